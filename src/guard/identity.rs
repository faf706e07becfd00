//! Headers that name a user.

/// The headers by which proxies tell applications who a user is. A client that sends one
/// itself must not be believed, so a guard removes them before the handler.
pub const IDENTITY_HEADERS: [&str; 18] = [
    "remote-user",
    "x-remote-user",
    "x-remote-group",
    "x-forwarded-user",
    "x-forwarded-email",
    "x-forwarded-groups",
    "x-forwarded-preferred-username",
    "x-auth-request-user",
    "x-auth-request-email",
    "x-auth-request-groups",
    "x-auth-request-preferred-username",
    "x-authenticated-user",
    "x-authenticated-userid",
    "x-webauth-user",
    "x-consumer-id",
    "x-consumer-username",
    "x-user",
    "x-user-id",
];
