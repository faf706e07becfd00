//! Why a request was refused, in fixed vocabularies.

use std::fmt;

/// What class of refusal it is; decides the status of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request is ambiguous or cannot be parsed: 400.
    Malformed,
    /// No credential, or one that is unknown, wrong, expired or replayed: 401.
    Unauthenticated,
    /// Known, but not allowed: 403.
    Forbidden,
    /// A path that is another tenant's, and looks as if it did not exist: 404.
    NotFound,
    /// The body did not come in time: 408.
    Timeout,
    /// The body exceeds the limit: 413.
    BodyTooLarge,
    /// More than is allowed in a time: 429.
    TooManyRequests,
    /// Something that the decision needs cannot be reached: 503.
    Unavailable,
    /// The application is put together wrongly: 500.
    Internal,
}

impl ErrorKind {
    /// The HTTP status code of this kind.
    ///
    /// ```
    /// assert_eq!(portcullis::ErrorKind::Unauthenticated.status(), 401);
    /// ```
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Timeout => 408,
            Self::BodyTooLarge => 413,
            Self::TooManyRequests => 429,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $kind:ident, $text:literal;)*) => {
        /// The precise reason of a refusal: for logs and renderers, never for a stranger's eyes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// Every reason there is, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The kind that this reason belongs to.
            #[must_use]
            pub const fn kind(self) -> ErrorKind {
                match self { $(Self::$name => ErrorKind::$kind,)* }
            }

            /// A fixed text for logs.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

reasons! {
    /// A header that must be unique was sent twice.
    RepeatedHeader = Malformed, "a header was repeated";
    /// A query parameter that must be unique was sent twice.
    RepeatedParameter = Malformed, "a query parameter was repeated";
    /// A cookie that must be unique was sent twice.
    RepeatedCookie = Malformed, "a cookie was repeated";
    /// Credentials in two places at once.
    SeveralCarriers = Malformed, "credentials were presented in more than one place";
    /// A standard method in another case: `get` for `GET`.
    InvalidMethod = Malformed, "the method is a standard one in another case";
    /// A `Host` that is sent twice, is no authority, or disagrees with the target.
    InvalidHost = Malformed, "the host is ambiguous or is no authority";
    /// `Connection` names a header that decides something, for a proxy to drop it.
    HopByHopHeader = Malformed, "the connection header names one that must arrive";
    /// Some but not all parts of a credential.
    IncompleteCredential = Malformed, "some parts of the credential are missing";
    /// The query cannot be read: a bad percent escape, or a disguised parameter name.
    UnreadableQuery = Malformed, "the query cannot be read";
    /// The path cannot be read: a bad percent escape, or a dot segment in disguise.
    UnreadablePath = Malformed, "the path cannot be read";
    /// The signature does not say where the query ends and the body begins.
    AmbiguousSignature = Malformed, "the signature does not tell query and body apart";
    /// The header that must name the tenant is missing, empty or not readable.
    TenantNotNamed = Malformed, "the header names no tenant";
    /// The body could not be read to its end.
    UnreadableBody = Malformed, "the body could not be read";
    /// The body is not in the encoding that its signature announces.
    MalformedBody = Malformed, "the body is not in the announced encoding";
    /// A header or parameter of a signature cannot be read, or contradicts another.
    MalformedSignature = Malformed, "the parameters of the signature cannot be read";
    /// No credential was presented where one is required.
    MissingCredential = Unauthenticated, "no credential was presented";
    /// A credential was presented that no authenticator claims.
    UnclaimedCredential = Unauthenticated, "no authenticator claims the credential";
    /// Bytes that cannot be part of a credential.
    InvalidCharacters = Unauthenticated, "the credential has invalid characters";
    /// The credential has the wrong form.
    InvalidCredential = Unauthenticated, "the credential has the wrong form";
    /// No such key.
    UnknownKey = Unauthenticated, "the key is unknown";
    /// The signature or the password is wrong.
    WrongSignature = Unauthenticated, "the signature is wrong";
    /// Something is not covered by the signature that must be.
    NotCovered = Unauthenticated, "the signature does not cover what it must";
    /// The signature is for another service, region, day or host.
    WrongAudience = Unauthenticated, "the signature is for somewhere else";
    /// The body is not the one that was signed.
    DigestMismatch = Unauthenticated, "the body is not the one that was signed";
    /// The key does not accept this form of signature.
    FormNotAllowed = Unauthenticated, "the key does not accept this form of signature";
    /// The key is switched off.
    KeyDisabled = Unauthenticated, "the key is disabled";
    /// The key was revoked.
    KeyRevoked = Unauthenticated, "the key was revoked";
    /// The token was revoked, or the key behind it was changed since it was issued.
    TokenRevoked = Unauthenticated, "the token was revoked";
    /// The user, account or site behind the key is not active.
    OwnerInactive = Unauthenticated, "an owner of the key is not active";
    /// The key or the credential is past its end.
    Expired = Unauthenticated, "the credential has expired";
    /// The key or the credential is not valid yet.
    NotYetValid = Unauthenticated, "the credential is not valid yet";
    /// A timestamp too far from now.
    ClockDrift = Unauthenticated, "the timestamp is too far from now";
    /// A credential that claims to live for longer than is accepted.
    LifetimeTooLong = Unauthenticated, "the credential lives too long";
    /// The same signed request was seen before.
    Replayed = Unauthenticated, "the request was seen before";
    /// The algorithm is not the key's.
    AlgorithmMismatch = Unauthenticated, "the algorithm is not the key's";
    /// A required claim is missing.
    MissingClaim = Unauthenticated, "a required claim is missing";
    /// A claim has a type or a value that is not accepted.
    InvalidClaim = Unauthenticated, "a claim is not accepted";
    /// One of two credentials that are required together was not presented.
    MissingCompanion = Unauthenticated, "one of two required credentials is missing";
    /// Two credentials of one request are of different accounts.
    DifferentAccounts = Unauthenticated, "the credentials are of different accounts";
    /// What is wrong with the credential is only that it has no nonce of this server that
    /// counts: the answer brings a fresh one, and the client tries again.
    NonceRequired = Unauthenticated, "the credential has no nonce of this server that counts";
    /// The application's mapping refused a credential that verified.
    UnmappedPrincipal = Unauthenticated, "the credential maps to no principal";
    /// The key may not call this entry point.
    EntryPointNotAllowed = Forbidden, "the key may not call this entry point";
    /// A required scope is missing.
    MissingScope = Forbidden, "a required scope is missing";
    /// The key may not be used from this address, or the address is not known.
    AddressNotAllowed = Forbidden, "the key may not be used from this address";
    /// The claimed tenant is not the principal's.
    TenantNotAllowed = Forbidden, "the claimed tenant is not the principal's";
    /// A browser sent a credential of its own accord, for a page of another origin.
    ForeignOrigin = Forbidden, "the request comes from a page of another origin";
    /// A key was asked to mint one that it may not mint.
    ExceedsMinter = Forbidden, "the key may not mint such a key";
    /// The path is of another tenant, or of none.
    ForeignTenant = NotFound, "the path is of another tenant";
    /// The body did not come in time.
    SlowBody = Timeout, "the body did not come in time";
    /// The body is longer than the limit.
    BodyTooLarge = BodyTooLarge, "the body is too large";
    /// The key or one of its owners has made all the requests it may make in this time.
    QuotaExhausted = TooManyRequests, "the budget of the key or its owner is used up";
    /// Too many credentials from this address, or for this key, were refused.
    TooManyFailures = TooManyRequests, "too many credentials failed";
    /// A key store, a nonce store or a store of counters cannot answer.
    StoreUnavailable = Unavailable, "a store cannot answer";
    /// The keys of an issuer of tokens cannot be had.
    KeysUnavailable = Unavailable, "the keys of an issuer cannot be had";
    /// An issuer cannot say whether an opaque token is active.
    IntrospectionUnavailable = Unavailable, "the issuer cannot say whether the token is active";
    /// The authentication layer is missing around a handler that needs it.
    LayerMissing = Internal, "no authentication layer ran for this request";
    /// A key has limits, and nobody counts: the layer has no counters.
    CountersMissing = Internal, "a key has limits and the layer has no counters";
    /// The tenant is expected in a path parameter that the route does not have.
    TenantParameterMissing = Internal, "the route has no parameter that names the tenant";
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}
