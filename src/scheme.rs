//! The kinds of credential.

use std::fmt;

/// The kind of credential that a request presented or that a key is for.
///
/// A custom [`Authenticator`](crate::Authenticator) names its own with [`Scheme::Other`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Scheme {
    /// An opaque API key.
    ApiKey,
    /// A JSON Web Token (RFC 7519).
    Jwt,
    /// A URL signed with HMAC in its query.
    QuerySignature,
    /// `x-auth-*` headers signed with HMAC.
    XAuth,
    /// A user name and a password in each request (RFC 7617).
    Basic,
    /// AWS Signature Version 4.
    SigV4,
    /// HTTP Message Signatures (RFC 9421).
    MessageSignature,
    /// A signed event from another service.
    Webhook,
    /// A scheme of the application's own, by its kebab-case name.
    Other(&'static str),
}

impl Scheme {
    /// The stable kebab-case name, as logs and stores write it.
    ///
    /// ```
    /// assert_eq!(portcullis::Scheme::XAuth.name(), "x-auth");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApiKey => "api-key",
            Self::Jwt => "jwt",
            Self::QuerySignature => "query-signature",
            Self::XAuth => "x-auth",
            Self::Basic => "basic",
            Self::SigV4 => "sigv4",
            Self::MessageSignature => "message-signature",
            Self::Webhook => "webhook",
            Self::Other(name) => name,
        }
    }

    /// Whether a key store keeps secrets of this scheme that clients sign with, and finds them
    /// by the public id.
    pub(crate) const fn is_signing(self) -> bool {
        matches!(self, Self::QuerySignature | Self::XAuth | Self::SigV4 | Self::MessageSignature)
    }

    /// The scheme of a key that a store keeps, by its [name](Self::name). None of those of which
    /// no store keeps keys.
    ///
    /// ```
    /// use portcullis::Scheme;
    /// assert_eq!(Scheme::of_stored("sigv4"), Some(Scheme::SigV4));
    /// assert_eq!(Scheme::of_stored("basic"), None);
    /// ```
    #[must_use]
    pub fn of_stored(name: &str) -> Option<Self> {
        let stored = [Self::ApiKey, Self::QuerySignature, Self::XAuth, Self::SigV4, Self::MessageSignature];
        stored.into_iter().find(|scheme| scheme.name() == name)
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
