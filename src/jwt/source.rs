//! Where the keys of a verifier come from.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::{JwtAlgorithm, JwtKeySet};
use crate::Timestamp;

/// Keys that may change while a verifier uses them, such as those that an issuer publishes.
///
/// ```
/// use portcullis::Timestamp;
/// use portcullis::jwt::{JwtKeySet, JwtKeySource, KeysUnavailable, NewKeys};
/// use std::sync::{Arc, RwLock};
///
/// /// Keys that the application replaces when it likes.
/// #[derive(Debug)]
/// struct Replaceable(RwLock<Arc<JwtKeySet>>);
///
/// impl JwtKeySource for Replaceable {
///     fn keys(&self, _now: Timestamp) -> Result<Arc<JwtKeySet>, KeysUnavailable> {
///         self.0.read().map(|keys| Arc::clone(&keys)).map_err(|_| KeysUnavailable)
///     }
/// }
/// ```
pub trait JwtKeySource: fmt::Debug + Send + Sync {
    /// The keys as they are known at the moment `now`. This is asked for every token, and
    /// must not wait.
    ///
    /// # Errors
    /// When the keys are not known, or too old to be trusted: an outage, which becomes
    /// a 503.
    fn keys(&self, now: Timestamp) -> Result<Arc<JwtKeySet>, KeysUnavailable>;

    /// A token names a key that is not among them: none has this id and is of the type that
    /// the token's `algorithm` goes with. Whoever can look again does so, within
    /// bounds, for tokens of strangers ask for it too; the default has nothing to look at.
    fn look_again<'a>(&'a self, kid: &'a str, algorithm: JwtAlgorithm, now: Timestamp) -> NewKeys<'a> {
        let _ = (kid, algorithm, now);
        Box::pin(std::future::ready(Ok(None)))
    }
}

/// The answer of [`look_again`](JwtKeySource::look_again): other keys than before, or none
/// where there are none.
pub type NewKeys<'a> =
    Pin<Box<dyn Future<Output = Result<Option<Arc<JwtKeySet>>, KeysUnavailable>> + Send + 'a>>;

/// The keys are not known, or too old to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the keys of the issuer cannot be had")]
pub struct KeysUnavailable;
