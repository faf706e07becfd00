//! Opaque API keys.
//!
//! # Decision
//!
//! 1. Each declared [carrier](ApiKeyCarrier) is looked at. A repeated header or parameter
//!    is a 400, and so are keys in two carriers.
//! 2. A value that does not have the declared [shape](KeyShape), or fewer than 20
//!    characters, is no key: the next authenticator may claim it. Under `Bearer`, neither
//!    is a token that begins with `ey`: that is a JWT.
//! 3. What has the shape is claimed: from here on, everything but a usable key is a 401.
//!    More than 255 characters, or one outside printable ASCII, is refused before it is
//!    hashed.
//! 4. Where the shape is a [`KeyFormat`](crate::store::KeyFormat), what has not its whole
//!    form, with the checksum, is refused before it is hashed or looked up: a mistyped key,
//!    a cut one, garbage. The client sees the answer to an unknown key.
//! 5. The key is found by its digest, in one realm, and may be used now.
//! 6. Its entry points allow the path: else 403.

mod authenticator;
mod carrier;
mod legacy;
mod shape;
mod signer;

pub use authenticator::ApiKeyAuthenticator;
pub use carrier::ApiKeyCarrier;
pub use shape::KeyShape;
pub use signer::ApiKeySigner;
