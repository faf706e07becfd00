//! Signing whole requests.

use http::Request;

use super::{RequestSigner, SignError};
use crate::Timestamp;

/// Signing for [`http::Request`].
pub trait SignExt: Sized {
    /// The request, signed at `now`.
    ///
    /// ```
    /// use portcullis::sign::{BearerSigner, SignExt};
    /// use portcullis::{Clock, SystemClock};
    ///
    /// let signer = BearerSigner::new(&"a-token".into())?;
    /// let request = http::Request::post("https://api.example/orders").body(r#"{"title":"Hi"}"#)?;
    /// let request = request.signed_by(&signer, SystemClock.now())?;
    /// assert_eq!(request.headers()["authorization"], "Bearer a-token");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the request cannot be signed so that it means one thing only.
    fn signed_by<S: RequestSigner + ?Sized>(self, signer: &S, now: Timestamp) -> Result<Self, SignError>;
}

impl<B: AsRef<[u8]>> SignExt for Request<B> {
    fn signed_by<S: RequestSigner + ?Sized>(self, signer: &S, now: Timestamp) -> Result<Self, SignError> {
        let (mut head, body) = self.into_parts();
        signer.sign_request(&mut head, body.as_ref(), now)?;
        Ok(Self::from_parts(head, body))
    }
}
