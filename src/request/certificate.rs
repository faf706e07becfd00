//! The client's certificate, as far as tokens are bound to it.

use super::RequestView;

/// The SHA-256 thumbprint of the certificate that the client showed in the TLS handshake.
///
/// Whoever ends TLS knows it, and the crate does not: the server puts this into the
/// extensions of the request (with actix-web, there or into the data of the connection). It
/// must never be taken from a header that clients can send.
///
/// ```
/// use portcullis::request::ClientCertificate;
/// let der = b"the certificate as it came, in DER";
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(ClientCertificate::from_der(der));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientCertificate([u8; 32]);

impl ClientCertificate {
    /// From the SHA-256 of the certificate in DER.
    #[must_use]
    pub const fn from_sha256(thumbprint: [u8; 32]) -> Self {
        Self(thumbprint)
    }

    /// The SHA-256 of the certificate in DER.
    #[must_use]
    pub const fn sha256(&self) -> &[u8; 32] {
        &self.0
    }
}

impl<'a> RequestView<'a> {
    /// Says which certificate the client showed; what an adapter to a framework does.
    #[must_use]
    pub const fn with_client_certificate(mut self, certificate: Option<&'a ClientCertificate>) -> Self {
        self.client_certificate = certificate;
        self
    }

    /// The certificate that the client showed, where the server said so.
    #[must_use]
    pub const fn client_certificate(&self) -> Option<&'a ClientCertificate> {
        self.client_certificate
    }
}
