//! The manual: what a signature in the reference does not say.
//!
//! | chapter | for whom |
//! |---|---|
//! | [`chain`] | who claims a credential, what comes first, and what the answers are |
//! | [`schemes`] | how to configure each scheme, and what its clients send |
//! | [`clients`] | programs that call a service, in the shell, Python, Node and PHP |
//! | [`strict_forms`] | the strict forms of x-auth and of signed URLs, to the byte |
//! | [`sigv4`] | signatures of AWS: regions and services of our own, S3, which client needs what |
//! | [`message_signatures`] | signed messages of RFC 9421: services, clients, and every decision |
//! | [`jwt`] | what is asked of tokens, several issuers, and every decision about tokens |
//! | [`issuers`] | keys that issuers publish, opaque tokens, tokens that are bound, tokens verified once |
//! | [`issuing`] | access tokens, keys that take turns, refresh tokens, exchange, revocation |
//! | [`guard`] | what else happens to a request: hygiene, caches, addresses, audit, metrics |
//! | [`access`] | who may do what: scopes, roles, entry points, networks, tenants |
//! | [`signing`] | requests that go out: signers, the client layer, redirects, clocks |
//! | [`webhooks`] | signed events of other services, and to them |
//! | [`frameworks`] | tower, axum, actix-web, tonic; descriptions and tests |
//! | [`stores`] | keys and their lives; where keys, claims and counts are kept; how to write a store |
//! | [`scaling`] | several nodes: what each store does, what to run where, what it costs |
//! | [`outbound`] | secrets of other services: where they come from, where they go, what comes back |
//! | [`command_line`] | the operator's binary: keys, owners, signed requests, explanations |
//! | [`console`] | pages for operators: who gets in, what there is, what is refused |
//! | [`past_failures`] | what went wrong elsewhere, and what stops it here |
//! | [`policy`] | every decision in which implementations differ |
//!
//! The chapters are shown where all features are on, and their examples are tests.

macro_rules! chapters {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {$(
        $(#[$doc])*
        #[cfg_attr(feature = "full", doc = "")]
        #[cfg_attr(feature = "full", doc = include_str!($text))]
        pub mod $name {}
    )*};
}

chapters! {
    /// Who claims a credential, what comes first, and what the answers are.
    chain = "chain.md";
    /// How to configure each scheme, and what its clients send.
    schemes = "schemes.md";
    /// Programs that call a service, in the shell, Python, Node and PHP.
    clients = "clients.md";
    /// The strict forms of x-auth and of signed URLs, to the byte.
    strict_forms = "strict_forms.md";
    /// Signatures of AWS: regions and services of our own, S3, which client needs what.
    sigv4 = "sigv4.md";
    /// Signed messages of RFC 9421: services, clients, and every decision.
    message_signatures = "message_signatures.md";
    /// What is asked of tokens, several issuers, and every decision about tokens.
    jwt = "jwt.md";
    /// Keys that issuers publish, opaque tokens, tokens that are bound, tokens verified once.
    issuers = "issuers.md";
    /// Access tokens, keys that take turns, refresh tokens, exchange, revocation.
    issuing = "issuing.md";
    /// What else happens to a request: hygiene, caches, addresses, audit, metrics.
    guard = "guard.md";
    /// Who may do what: scopes, roles, entry points, networks, tenants.
    access = "access.md";
    /// Requests that go out: signers, the client layer, redirects, clocks.
    signing = "signing.md";
    /// Signed events of other services, and to them.
    webhooks = "webhooks.md";
    /// The frameworks, descriptions for clients, and tests of applications.
    frameworks = "frameworks.md";
    /// Keys and their lives; where keys, claims and counts are kept; how to write a store.
    stores = "stores.md";
    /// Several nodes: what each store does, what to run where, what it costs.
    scaling = "scaling.md";
    /// Secrets of other services: where they come from, where they go, what comes back.
    outbound = "outbound.md";
    /// The operator's binary: keys, owners, signed requests, explanations.
    command_line = "command_line.md";
    /// Pages for operators: who gets in, what there is, what is refused.
    console = "console.md";
    /// What went wrong elsewhere, and what stops it here.
    past_failures = "past_failures.md";
    /// Every decision in which implementations differ.
    policy = "policy.md";
}

/// The examples of the README are tests.
#[cfg(all(doctest, feature = "full"))]
#[doc = include_str!("../../README.md")]
struct Readme;
