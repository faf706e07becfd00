//! Secrets of other services, by name.
//!
//! A service that calls others has keys of theirs. Here each is an [`OutboundSecret`]: a name, a
//! switch, and a value that never prints. They come from the environment, or from the sealed
//! store of the service, by [`OutboundSecretStore`]; a set of them, [`OutboundSecrets`], may
//! change while requests are made. [`OutboundHeader`] puts one into a request that goes out,
//! where a template names it: `Api-Key ${WISPHUB_NET_KEY}` holds no secret, and may be in a file
//! of settings that everybody reads.
//!
//! # When a header is put in
//! In this order; the first that fails is an error, and the request is as it was:
//!
//! 1. The request goes to the [`Origin`] that the header is for: scheme, host and port are the
//!    same, and a `Host` header says nothing else. So neither a redirect nor an address that
//!    somebody else has chosen takes the secret along.
//! 2. The request has no header of that name. What a client sent to this service is not
//!    overwritten in silence, and not sent on beside it.
//! 3. Every secret that the template names is there, from one source, and is switched on.
//! 4. The value is printable ASCII. It is marked as sensitive, for whoever prints headers.
//!
//! # What comes back
//! A 401 or a 403 from upstream is about the key of this service, and no client's concern: one
//! who sees it logs in again, or learns that there is such a key. [`UpstreamGuard`] logs it,
//! and makes it a 502 whose body the application chooses. It passes on the headers that were
//! named, and no others.
//!
//! # Example
//!
//! ```
//! use http::Request;
//! use portcullis::Timestamp;
//! use portcullis::outbound::{Origin, OutboundHeader, OutboundSecrets};
//! use portcullis::settings::Environment;
//! use portcullis::sign::RequestSigner;
//!
//! let environment = Environment::from_pairs([("WISPHUB_NET_KEY", "abcdef.0123456789")]);
//! let secrets = OutboundSecrets::from_environment(&environment, ["WISPHUB_NET_KEY"])?;
//! let upstream: Origin = "https://api.wisphub.net".parse()?;
//! let key = OutboundHeader::authorization(secrets, upstream, "Api-Key ${WISPHUB_NET_KEY}")?;
//!
//! let request = Request::get("https://api.wisphub.net/api/clientes/").body(())?;
//! let (mut head, ()) = request.into_parts();
//! key.sign_request(&mut head, b"", Timestamp::from_unix_seconds(0))?;
//! assert_eq!(head.headers["authorization"], "Api-Key abcdef.0123456789");
//! assert!(head.headers["authorization"].is_sensitive());
//!
//! let elsewhere = Request::get("https://attacker.example/api/clientes/").body(())?;
//! assert!(key.sign_request(&mut elsewhere.into_parts().0, b"", Timestamp::from_unix_seconds(0)).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod document;
mod error;
mod guard;
mod header;
mod name;
mod secret;
mod secrets;
mod store;
mod template;

pub use answer::UpstreamFailure;
pub use error::OutboundError;
pub use guard::UpstreamGuard;
pub use header::OutboundHeader;
pub use name::{InvalidSecretName, SecretName};
pub use secret::{InvalidOutboundSecret, OutboundSecret, OutboundSecretSummary};
pub use secrets::OutboundSecrets;
pub use store::OutboundSecretStore;
pub use template::InvalidTemplate;

pub use crate::sign::{InvalidOrigin, Origin};
