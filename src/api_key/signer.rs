//! Sending API keys.

use std::borrow::Cow;
use std::fmt;

use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Uri};
use zeroize::Zeroizing;

use super::ApiKeyCarrier;
use crate::canonical::query;
use crate::sign::{AuthorizationValue, RequestSigner, SignError, UnsendableSecret, sendable};
use crate::{Secret, Timestamp};

/// Sends an API key in the carrier that the other side reads.
///
/// ```
/// use portcullis::api_key::{ApiKeyCarrier, ApiKeySigner};
/// use portcullis::sign::SignExt;
/// use portcullis::{Secret, Timestamp};
///
/// let key = Secret::from("igny8_0123456789abcdefghijklmnopqrstuv");
/// let signer = ApiKeySigner::new(ApiKeyCarrier::ApiKey, &key)?;
/// let now = Timestamp::from_unix_seconds(1_700_000_000);
/// let request = http::Request::get("https://api.example/orders").body("")?.signed_by(&signer, now)?;
/// assert_eq!(request.headers()["authorization"], "Api-Key igny8_0123456789abcdefghijklmnopqrstuv");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ApiKeySigner(Way);

/// How the key is sent.
#[derive(Clone)]
enum Way {
    Authorization(AuthorizationValue),
    Header(HeaderName, HeaderValue),
    /// A name, and the pair as it stands in the query.
    Parameter(Cow<'static, str>, Zeroizing<String>),
}

impl ApiKeySigner {
    /// Sends `key`, a [`Secret`] or that of an issued key, in this carrier. In a parameter of the
    /// query it ends up in logs: prefer a header.
    ///
    /// # Errors
    /// When the key is empty or has characters other than visible ASCII, and when the carrier
    /// names a header or a parameter that cannot be.
    pub fn new(carrier: ApiKeyCarrier, key: &impl AsRef<Secret>) -> Result<Self, UnsendableSecret> {
        let key = key.as_ref();
        match carrier {
            ApiKeyCarrier::Bearer => Self::in_authorization("Bearer", key),
            ApiKeyCarrier::ApiKey => Self::in_authorization("Api-Key", key),
            ApiKeyCarrier::RawAuthorization => {
                Ok(Self(Way::Authorization(AuthorizationValue::new("", key)?)))
            }
            ApiKeyCarrier::Header(name) => {
                let name = HeaderName::try_from(name.as_ref()).map_err(|_| UnsendableSecret)?;
                Ok(Self(Way::Header(name, sendable("", key)?)))
            }
            ApiKeyCarrier::Parameter(name) => {
                let value = sendable("", key)?;
                if name.is_empty() {
                    return Err(UnsendableSecret);
                }
                let escaped = [escape(name.as_bytes()), "=".to_owned(), escape(value.as_bytes())];
                Ok(Self(Way::Parameter(name, Zeroizing::new(escaped.concat()))))
            }
        }
    }

    /// Sends `key` in `Authorization` behind a scheme word of the other side's own.
    ///
    /// ```
    /// use portcullis::{Secret, api_key::ApiKeySigner};
    /// let signer = ApiKeySigner::in_authorization("Token", &Secret::from("0123456789abcdef"))?;
    /// # Ok::<(), portcullis::sign::UnsendableSecret>(())
    /// ```
    ///
    /// # Errors
    /// When the key cannot be sent, and when `word` is no token (RFC 9110, section 5.6.2).
    pub fn in_authorization(word: &str, key: &impl AsRef<Secret>) -> Result<Self, UnsendableSecret> {
        // The names of headers are tokens too.
        HeaderName::try_from(word).map_err(|_| UnsendableSecret)?;
        let value = AuthorizationValue::new(&format!("{word} "), key.as_ref())?;
        Ok(Self(Way::Authorization(value)))
    }
}

impl RequestSigner for ApiKeySigner {
    fn sign_request(&self, head: &mut Parts, _: &[u8], _: Timestamp) -> Result<(), SignError> {
        match &self.0 {
            Way::Authorization(value) => value.put_into(&mut head.headers)?,
            Way::Header(name, value) => {
                if head.headers.contains_key(name) {
                    return Err(SignError::AlreadySigned);
                }
                head.headers.insert(name.clone(), value.clone());
            }
            Way::Parameter(name, pair) => head.uri = with_pair(&head.uri, name, pair)?,
        }
        Ok(())
    }
}

/// The URI with one more pair in its query, which must not be there already.
fn with_pair(uri: &Uri, name: &str, pair: &str) -> Result<Uri, SignError> {
    let query = uri.query().unwrap_or_default();
    if query::pairs(query).any(|held| held.name == name || query::is_disguise_of(held.name, name)) {
        return Err(SignError::AlreadySigned);
    }
    let between = if query.is_empty() { "" } else { "&" };
    let target = format!("{}?{query}{between}{pair}", uri.path());
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).map_err(|_| SignError::InvalidTarget)?);
    Uri::from_parts(parts).map_err(|_| SignError::InvalidTarget)
}

/// Everything but letters, digits and `-._~` as an escape (RFC 3986, section 2.3).
fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            text.push(char::from(*byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

impl fmt::Debug for ApiKeySigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeySigner(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::SignExt;

    const KEY: &str = "igny8_01234567+9/abcdefghij";

    fn signed(
        carrier: ApiKeyCarrier,
        request: http::Request<&str>,
    ) -> Result<http::Request<&str>, SignError> {
        let signer = ApiKeySigner::new(carrier, &Secret::from(KEY)).expect("a signer");
        assert_eq!(format!("{signer:?}"), "ApiKeySigner(..)");
        request.signed_by(&signer, Timestamp::from_unix_seconds(0))
    }

    fn get(uri: &str) -> http::Request<&str> {
        http::Request::get(uri).body("").expect("a request")
    }

    #[test]
    fn a_key_is_sent_where_it_is_read() {
        for (carrier, name, value) in [
            (ApiKeyCarrier::Bearer, "authorization", format!("Bearer {KEY}")),
            (ApiKeyCarrier::ApiKey, "authorization", format!("Api-Key {KEY}")),
            (ApiKeyCarrier::RawAuthorization, "authorization", KEY.to_owned()),
            (ApiKeyCarrier::header("X-API-Key"), "x-api-key", KEY.to_owned()),
        ] {
            let request = signed(carrier.clone(), get("https://a.example/")).expect("signed");
            assert_eq!(request.headers()[name], value);
            assert!(request.headers()[name].is_sensitive());
            assert!(matches!(signed(carrier, request), Err(SignError::AlreadySigned)), "{name}");
        }
    }

    #[test]
    fn a_key_in_the_query_is_escaped_and_stands_alone() {
        let query = |uri: &str| {
            let request = signed(ApiKeyCarrier::parameter("api key"), get(uri))?;
            Ok::<_, SignError>(request.uri().to_string())
        };
        let pair = "api%20key=igny8_01234567%2B9%2Fabcdefghij";
        for (before, after) in [
            ("https://a.example", format!("https://a.example/?{pair}")),
            ("https://a.example/o?", format!("https://a.example/o?{pair}")),
            ("/o?page=2", format!("/o?page=2&{pair}")),
        ] {
            assert_eq!(query(before).expect("signed"), after);
        }
        assert!(matches!(query("/o?api%20key=1"), Err(SignError::AlreadySigned)));
    }

    #[test]
    fn a_key_that_no_header_can_hold_is_refused() {
        for bad in ["", "a b", "a\r\nx: y", "é"] {
            for carrier in [ApiKeyCarrier::Bearer, ApiKeyCarrier::header("x"), ApiKeyCarrier::parameter("x")]
            {
                assert!(ApiKeySigner::new(carrier, &Secret::from(bad)).is_err(), "{bad:?}");
            }
        }
        for word in ["", "a b", "a:", "é"] {
            assert!(ApiKeySigner::in_authorization(word, &Secret::from(KEY)).is_err(), "{word}");
        }
    }
}
