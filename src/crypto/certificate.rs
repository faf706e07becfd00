//! The thumbprint of a certificate.

use super::digest::sha256;
use crate::request::ClientCertificate;

impl ClientCertificate {
    /// From the certificate in DER, as it came in the handshake.
    #[must_use]
    pub fn from_der(certificate: &[u8]) -> Self {
        Self::from_sha256(sha256(certificate))
    }
}
