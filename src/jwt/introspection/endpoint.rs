//! Where an issuer is asked, and how the question is put.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Uri};
use zeroize::Zeroizing;

use super::{IntrospectionError, IntrospectionSettingsError};
use crate::Secret;
use crate::canonical::base64;

/// The introspection endpoint of an issuer, and how this service authenticates there (RFC
/// 7662, section 2.1).
///
/// ```
/// use portcullis::jwt::{ClientAuthentication, IntrospectionEndpoint};
/// let client = ClientAuthentication::basic("orders-api", &"T7qvYx2mWn0sKdR5".into())?;
/// let endpoint = IntrospectionEndpoint::new("https://issuer.example/introspect", client.clone())?;
/// assert!(IntrospectionEndpoint::new("http://issuer.example/introspect", client).is_err());
/// # let _ = endpoint;
/// # Ok::<(), portcullis::jwt::IntrospectionSettingsError>(())
/// ```
#[derive(Clone)]
pub struct IntrospectionEndpoint {
    uri: Uri,
    authentication: ClientAuthentication,
}

/// How the service that asks says who it is.
#[derive(Clone)]
pub struct ClientAuthentication(Kind);

#[derive(Clone)]
enum Kind {
    Header(HeaderValue),
    Own(Arc<Own>),
}

type Own = dyn Fn(Request<Bytes>) -> Result<Request<Bytes>, Box<dyn Error + Send + Sync>> + Send + Sync;

impl ClientAuthentication {
    /// `Authorization: Basic` with the id and the secret of an OAuth client (RFC 6749,
    /// section 2.3.1).
    ///
    /// # Errors
    /// Never for what is a client's id and secret: both are encoded.
    pub fn basic(id: &str, secret: &Secret) -> Result<Self, IntrospectionSettingsError> {
        let encoded = |bytes| form_urlencoded::byte_serialize(bytes).collect::<String>();
        let secret = Zeroizing::new(encoded(secret.expose()));
        let pair = Zeroizing::new(format!("{}:{}", encoded(id.as_bytes()), *secret));
        let value = Zeroizing::new(format!("Basic {}", base64::encode_standard(pair.as_bytes())));
        Self::header(&value)
    }

    /// `Authorization: Bearer` with a token of this service's own.
    ///
    /// # Errors
    /// When the token cannot stand in a header.
    pub fn bearer(token: &Secret) -> Result<Self, IntrospectionSettingsError> {
        let token = token.expose_text().ok_or(IntrospectionSettingsError::Credential)?;
        Self::header(&Zeroizing::new(format!("Bearer {token}")))
    }

    /// Whatever the application does to the request: sign it, or add the parameters of
    /// another method to its form. Its failure is a 503.
    #[must_use]
    pub fn own<F>(authenticate: F) -> Self
    where
        F: Fn(Request<Bytes>) -> Result<Request<Bytes>, Box<dyn Error + Send + Sync>> + Send + Sync + 'static,
    {
        Self(Kind::Own(Arc::new(authenticate)))
    }

    fn header(value: &str) -> Result<Self, IntrospectionSettingsError> {
        let value = HeaderValue::try_from(value).map_err(|_| IntrospectionSettingsError::Credential);
        value.map(|mut value| {
            value.set_sensitive(true);
            Self(Kind::Header(value))
        })
    }
}

impl IntrospectionEndpoint {
    /// The endpoint at an `https` address.
    ///
    /// # Errors
    /// When the address is no such one, or has a user or a fragment.
    pub fn new(
        address: &str,
        authentication: ClientAuthentication,
    ) -> Result<Self, IntrospectionSettingsError> {
        Self::at(address, authentication, |uri| uri.scheme_str() == Some("https"))
    }

    /// The endpoint at an `http` address on this machine: for tests. Tokens and the
    /// credential of this service go there in clear.
    ///
    /// # Errors
    /// When the host is not `localhost` or a loopback address.
    pub fn dangerous_http_on_loopback(
        address: &str,
        authentication: ClientAuthentication,
    ) -> Result<Self, IntrospectionSettingsError> {
        let endpoint = Self::at(address, authentication, |uri| {
            let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
            let is_loopback = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
            uri.scheme_str() == Some("http") && (is_loopback || host == "localhost")
        })?;
        crate::trace::danger("introspection: an endpoint without TLS");
        Ok(endpoint)
    }

    fn at(
        address: &str,
        authentication: ClientAuthentication,
        allowed: impl Fn(&Uri) -> bool,
    ) -> Result<Self, IntrospectionSettingsError> {
        let uri = address.parse::<Uri>().ok().filter(|_| !address.contains('#')).filter(allowed);
        let has_host = |uri: &Uri| {
            let authority = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
            !authority.contains('@') && uri.host().is_some_and(|host| !host.is_empty())
        };
        let uri = uri.filter(has_host).ok_or(IntrospectionSettingsError::Endpoint)?;
        Ok(Self { uri, authentication })
    }

    /// The question about a token.
    pub(super) fn question(&self, token: &str) -> Result<Request<Bytes>, IntrospectionError> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("token", token).append_pair("token_type_hint", "access_token");
        let mut request = Request::new(Bytes::from(form.finish()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        match &self.authentication.0 {
            Kind::Header(value) => {
                headers.insert(AUTHORIZATION, value.clone());
                Ok(request)
            }
            Kind::Own(own) => own(request).map_err(IntrospectionError::Authentication),
        }
    }
}

impl fmt::Debug for ClientAuthentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientAuthentication(..)")
    }
}

impl fmt::Debug for IntrospectionEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntrospectionEndpoint").field("host", &self.uri.host()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> ClientAuthentication {
        ClientAuthentication::basic("an id:", &"s%/ü".into()).expect("credential")
    }

    #[test]
    fn only_https_is_an_endpoint_and_http_on_loopback_if_that_is_said() {
        let https = |address: &str| IntrospectionEndpoint::new(address, client()).is_ok();
        let http =
            |address: &str| IntrospectionEndpoint::dangerous_http_on_loopback(address, client()).is_ok();
        assert!(https("https://issuer.example:8443/introspect?realm=a"));
        assert!(http("http://127.0.0.1:8080/") && http("http://[::1]/x") && http("http://localhost"));
        for bad in [
            "http://issuer.example/",
            "http://127.0.0.1/",
            "https://user@issuer.example/",
            "https://issuer.example/#x",
            "https://",
            "issuer.example",
            "/introspect",
            "ftp://issuer.example/",
            "",
        ] {
            assert!(!https(bad), "{bad}");
        }
        for bad in [
            "http://issuer.example/",
            "http://localhost.issuer.example/",
            "http://127.0.0.1@issuer.example/",
            "http://10.0.0.1/",
            "https://127.0.0.1/",
        ] {
            assert!(!http(bad), "{bad}");
        }
    }

    #[test]
    fn the_question_is_a_form_and_hides_its_credential() {
        let endpoint = IntrospectionEndpoint::new("https://issuer.example/i", client()).expect("endpoint");
        let question = endpoint.question("a+b/c==&d").expect("question");
        assert_eq!(question.method(), Method::POST);
        assert_eq!(question.body(), "token=a%2Bb%2Fc%3D%3D%26d&token_type_hint=access_token");
        let header = &question.headers()[AUTHORIZATION];
        assert!(header.is_sensitive());
        let expected = format!("Basic {}", base64::encode_standard(b"an+id%3A:s%25%2F%C3%BC"));
        assert_eq!(header.to_str().expect("ascii"), expected);
        assert!(!format!("{endpoint:?} {question:?}").contains(&expected));
    }

    #[test]
    fn a_credential_that_no_header_can_hold_is_refused() {
        assert!(ClientAuthentication::bearer(&"a\nb".into()).is_err());
        assert!(ClientAuthentication::bearer(&Secret::new([0xff])).is_err());
        assert!(ClientAuthentication::bearer(&"abc".into()).is_ok());
    }

    #[test]
    fn an_application_can_authenticate_by_itself_and_fail() {
        let own = ClientAuthentication::own(|mut request| {
            *request.body_mut() = [request.body().as_ref(), b"&client_id=a"].concat().into();
            Ok(request)
        });
        let endpoint = IntrospectionEndpoint::new("https://issuer.example/i", own).expect("endpoint");
        let question = endpoint.question("t").expect("question");
        assert_eq!(question.body(), "token=t&token_type_hint=access_token&client_id=a");
        assert!(question.headers().get_all(AUTHORIZATION).iter().next().is_none());
        let own = ClientAuthentication::own(|_| Err("no key".into()));
        let endpoint = IntrospectionEndpoint::new("https://issuer.example/i", own).expect("endpoint");
        assert!(matches!(endpoint.question("t"), Err(IntrospectionError::Authentication(_))));
    }
}
