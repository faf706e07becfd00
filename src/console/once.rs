//! Forms that count once: a page that is loaded again must not make another secret.

use std::time::Duration;

use maud::{Markup, html};

use super::Shared;
use super::reply::Failure;
use super::visit::{Change, Visit};
use crate::crypto::random;
use crate::store::Claim;
use crate::{KeyId, NonceStore, Realm, Scheme};

/// For how long a form is known to have been sent.
const KNOWN: Duration = Duration::from_secs(24 * 60 * 60);

impl Visit {
    /// The field that tells a form from itself, sent again.
    pub(super) fn once_field(&self) -> Markup {
        let once = random::hex::<16>().unwrap_or_default();
        html! { input type="hidden" name="once" value=(once); }
    }
}

impl Shared {
    /// Refuses a form that was sent before, and one that cannot be told from others.
    pub(super) async fn once(&self, change: &Change) -> Result<(), Failure> {
        let wrong = || Failure::invalid("this form was sent before: what it asked for was done then");
        let once = change.form.text("once").filter(|once| once.len() == 32).ok_or_else(wrong)?;
        let (now, user) = (change.visit.now, KeyId::from(change.visit.me.user().as_str()));
        let realm = Realm::default();
        let claim = Claim {
            realm: &realm,
            scheme: Scheme::Basic,
            key: &user,
            nonce: once.as_bytes(),
            until: now.saturating_add(KNOWN),
            now,
        };
        if self.forms.claim(&claim).await? { Ok(()) } else { Err(wrong()) }
    }
}
