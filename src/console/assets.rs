//! The style sheet and the script, which come from here and from nowhere else.

use std::sync::LazyLock;

use crate::crypto::{digest, hex};

/// A file that never changes under its name: the name has a part of its digest.
pub(super) struct Asset {
    path: String,
    pub(super) content_type: &'static str,
    pub(super) content: &'static str,
}

impl Asset {
    fn new(name: &str, extension: &str, content_type: &'static str, content: &'static str) -> Self {
        let digest = hex::text(&digest::sha256(content.as_bytes()));
        let digest = digest.get(..16).unwrap_or(&digest);
        Self { path: format!("/assets/{name}-{digest}.{extension}"), content_type, content }
    }

    /// Where it is within the console.
    pub(super) fn path(&self) -> &str {
        &self.path
    }
}

/// How pages look.
pub(super) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("console", "css", "text/css; charset=utf-8", include_str!("assets/console.css"))
});

/// What is smoother with a script; all of it works without.
pub(super) static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("console", "js", "text/javascript; charset=utf-8", include_str!("assets/console.js"))
});
