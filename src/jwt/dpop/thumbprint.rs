//! The thumbprint of a key (RFC 7638).

use crate::canonical::base64::encode_url;
use crate::crypto::digest::sha256;
use crate::jwt::JwtKey;
use crate::jwt::key::PublicNumbers;

/// The public half as a JWK that has the members that its type requires and no others, in
/// the order of their names and without white space (RFC 7638, section 3; RFC 8037, section
/// 2). None for shared secrets.
pub(super) fn required_members(key: &JwtKey) -> Option<String> {
    Some(match key.numbers()? {
        PublicNumbers::Rsa { n, e } => {
            format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, encode_url(e), encode_url(n))
        }
        PublicNumbers::Ec { curve, x, y } => {
            let (x, y) = (encode_url(x), encode_url(y));
            format!(r#"{{"crv":"{}","kty":"EC","x":"{x}","y":"{y}"}}"#, curve.name())
        }
        PublicNumbers::Ed25519 { x } => {
            format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, encode_url(x))
        }
    })
}

/// The thumbprint; none for shared secrets.
pub(super) fn thumbprint(key: &JwtKey) -> Option<[u8; 32]> {
    required_members(key).map(|members| sha256(members.as_bytes()))
}

#[cfg(all(test, feature = "aws-lc-rs"))]
mod tests {
    use super::*;
    use crate::jwt::JwtAlgorithm;

    #[test]
    fn the_published_thumbprints_come_out() {
        for (algorithm, jwk, expected) in [
            (
                // RFC 7638, section 3.1.
                JwtAlgorithm::Rs256,
                concat!(
                    r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7a"#,
                    "PFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0",
                    "_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4",
                    r#"lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#,
                ),
                "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
            ),
            (
                // RFC 8037, appendix A.3.
                JwtAlgorithm::EdDsa,
                r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
                "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
            ),
            (
                // RFC 9449, sections 4.1 and 6.1.
                JwtAlgorithm::Es256,
                concat!(
                    r#"{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","#,
                    r#""y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"}"#,
                ),
                "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
            ),
        ] {
            let key = JwtKey::from_jwk_text(jwk, algorithm).expect("key");
            assert_eq!(thumbprint(&key).map(|print| encode_url(&print)).as_deref(), Some(expected));
        }
        let secret = JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into());
        assert_eq!(thumbprint(&secret.expect("key")), None);
    }
}
