//! Keys that are replaced while requests go out.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use http::request::Parts;

use super::{RequestSigner, SignError};
use crate::Timestamp;

/// A signer that can be replaced by another, of another scheme too, while it is in use. Each
/// request is signed by one of them as a whole. Clones are the same.
///
/// ```
/// use portcullis::sign::{BearerSigner, SignExt, SwappableSigner};
/// use portcullis::Timestamp;
///
/// let signer = SwappableSigner::new(BearerSigner::new(&"first".into())?);
/// let in_use = signer.clone();
/// signer.replace(BearerSigner::new(&"second".into())?);
/// let request = http::Request::get("https://api.example/").body("")?;
/// let request = request.signed_by(&in_use, Timestamp::from_unix_seconds(1_700_000_000))?;
/// assert_eq!(request.headers()["authorization"], "Bearer second");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SwappableSigner(Arc<RwLock<Arc<dyn RequestSigner>>>);

impl SwappableSigner {
    /// Signs with `signer` until it is replaced.
    #[must_use]
    pub fn new(signer: impl RequestSigner) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(signer))))
    }

    /// Signs with `signer` from now on. A request that is being signed is signed by the other.
    pub fn replace(&self, signer: impl RequestSigner) {
        let signer: Arc<dyn RequestSigner> = Arc::new(signer);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = signer;
    }

    fn current(&self) -> Arc<dyn RequestSigner> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl RequestSigner for SwappableSigner {
    fn sign_request(&self, head: &mut Parts, body: &[u8], now: Timestamp) -> Result<(), SignError> {
        // Not under the lock: whoever replaces does not wait for long bodies.
        self.current().sign_request(head, body, now)
    }
}

impl fmt::Debug for SwappableSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SwappableSigner").field(&self.current()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::SignExt;

    /// Writes its number twice, with others between.
    #[derive(Debug)]
    struct Twice(u32);

    impl RequestSigner for Twice {
        fn sign_request(&self, head: &mut Parts, _: &[u8], _: Timestamp) -> Result<(), SignError> {
            head.headers.insert("x-first", self.0.into());
            std::thread::yield_now();
            head.headers.insert("x-second", self.0.into());
            Ok(())
        }
    }

    #[test]
    fn each_request_is_signed_by_one_signer_as_a_whole() {
        let signer = SwappableSigner::new(Twice(0));
        let numbers = std::thread::scope(|scope| {
            let sign = || {
                let mut last = 0;
                let mut seen = Vec::new();
                while last < 1_000 {
                    let now = Timestamp::from_unix_seconds(0);
                    let request = http::Request::new("").signed_by(&signer, now).expect("signed");
                    let number = |name: &str| {
                        request.headers()[name].to_str().expect("text").parse::<u32>().expect("a number")
                    };
                    assert_eq!(number("x-first"), number("x-second"));
                    assert!(number("x-first") >= last, "an old key came back");
                    last = number("x-first");
                    seen.push(last);
                }
                seen.dedup();
                seen.len()
            };
            let signing = [scope.spawn(sign), scope.spawn(sign)];
            for number in 1..=1_000 {
                signer.replace(Twice(number));
                std::thread::yield_now();
            }
            signing.map(|thread| thread.join().expect("no panic"))
        });
        assert!(numbers.into_iter().all(|different| different > 0));
    }
}
