//! What a refusal tells whoever sees its answer on this side of the wire.

use crate::{AuthError, ErrorKind, Reason, Scheme};

/// Stands in the extensions of every answer by which a guard refused a request, for what is
/// around it on the way out, such as a layer that traces or counts. It is never sent.
///
/// ```
/// use portcullis::guard::Refused;
/// fn count<B>(answer: &http::Response<B>) -> &'static str {
///     answer.extensions().get::<Refused>().map_or("answered", |refused| refused.reason().text())
/// }
/// # assert_eq!(count(&http::Response::new(())), "answered");
/// ```
///
/// With actix-web, it is in the extensions of the `HttpResponse`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    reason: Reason,
    scheme: Option<Scheme>,
}

impl Refused {
    pub(super) const fn new(error: &AuthError) -> Self {
        Self { reason: error.reason(), scheme: error.scheme() }
    }

    /// The class of the refusal; a style may have chosen another status.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.reason.kind()
    }

    /// The precise reason: not for a stranger's eyes.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// The scheme of the credential that was refused, if one claimed it.
    #[must_use]
    pub const fn scheme(&self) -> Option<Scheme> {
        self.scheme
    }
}
