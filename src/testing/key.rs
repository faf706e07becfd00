//! Credentials that sign requests.

use http::header::{AUTHORIZATION, HOST};
use http::{HeaderName, HeaderValue, Request};

use super::must;
#[cfg(feature = "query-signature")]
use crate::query_signature::QuerySigner;
use crate::sign::RequestSigner;
#[cfg(feature = "x-auth")]
use crate::x_auth::XAuthSigner;
use crate::{Clock, FrozenClock, KeyId, Secret, crypto};

/// A credential of one scheme; from a [`TestKit`](super::TestKit), whose clock it signs by.
///
/// Keys that sign see what was signed: two equal requests at one moment have one signature,
/// and the second is a replay. Advance the clock in between.
#[derive(Clone, Debug)]
pub struct TestKey {
    scheme: Signing,
    id: Option<KeyId>,
    secret: Secret,
    clock: FrozenClock,
}

/// What is done to a request.
#[derive(Clone, Debug)]
pub(super) enum Signing {
    Bearer,
    Header(HeaderName),
    #[cfg(feature = "basic")]
    Basic(crate::UserId),
    #[cfg(feature = "query-signature")]
    QuerySignature,
    #[cfg(feature = "x-auth")]
    XAuth,
    #[cfg(feature = "query-signature")]
    StrictQuerySignature,
    #[cfg(feature = "x-auth")]
    StrictXAuth,
    #[cfg(feature = "sigv4")]
    SigV4 {
        region: String,
        service: String,
    },
    #[cfg(feature = "message-signature")]
    MessageSignature,
}

impl TestKey {
    pub(super) const fn new(scheme: Signing, id: Option<KeyId>, secret: Secret, clock: FrozenClock) -> Self {
        Self { scheme, id, secret, clock }
    }

    /// Sends an API key in a header of its own, such as `X-API-Key`, in place of
    /// `Authorization: Bearer`. Nothing changes for keys of other schemes.
    ///
    /// # Panics
    /// When `name` is no name of a header.
    #[must_use]
    pub fn in_header(mut self, name: &str) -> Self {
        if matches!(self.scheme, Signing::Bearer | Signing::Header(_)) {
            self.scheme = Signing::Header(must(name.parse()));
        }
        self
    }

    /// Signs in the strict form: a key of x-auth, or one that signs URLs. Nothing changes for
    /// keys of other schemes.
    ///
    /// ```
    /// use http::Request;
    /// use portcullis::testing::TestKit;
    /// let kit = TestKit::new();
    /// let signed = kit.x_auth("ada").strict().sign(Request::post("/orders").body("{}")?);
    /// assert_eq!(signed.headers()["x-auth-version"], "1");
    /// # Ok::<(), http::Error>(())
    /// ```
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.scheme = match self.scheme {
            #[cfg(feature = "query-signature")]
            Signing::QuerySignature => Signing::StrictQuerySignature,
            #[cfg(feature = "x-auth")]
            Signing::XAuth => Signing::StrictXAuth,
            other => other,
        };
        self
    }

    /// The public id, if a store has this key.
    #[must_use]
    pub const fn id(&self) -> Option<&KeyId> {
        self.id.as_ref()
    }

    /// The text of an API key or of a token, a password, or what a key signs with.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// A key with the same id and form, whose secret is another: what somebody guesses.
    ///
    /// ```
    /// use portcullis::testing::TestKit;
    /// let key = TestKit::new().api_key("ada");
    /// assert_ne!(key.forged().secret().expose(), key.secret().expose());
    /// assert_eq!(key.forged().secret().expose().len(), key.secret().expose().len());
    /// ```
    ///
    /// # Panics
    /// When the system has no randomness.
    #[must_use]
    pub fn forged(&self) -> Self {
        let text = self.secret.expose();
        let guess = must(crypto::random::alphanumeric(FORGED.min(text.len())));
        let kept = text.get(..text.len() - guess.expose().len()).unwrap_or_default();
        Self { secret: Secret::new([kept, guess.expose()].concat()), ..self.clone() }
    }

    /// The request with this credential, for its target and its body as they are now. Turn
    /// the body into the framework's afterwards: `key.sign(request).map(Body::from)`.
    ///
    /// Schemes that sign the host give a request that names none the header `Host: localhost`.
    ///
    /// ```
    /// use http::Request;
    /// use portcullis::testing::TestKit;
    /// let kit = TestKit::new();
    /// let signed = kit.x_auth("ada").sign(Request::post("/orders").body(r#"{"n":1}"#)?);
    /// assert_eq!(signed.headers()["x-auth-exp"], "1700000060");
    /// # Ok::<(), http::Error>(())
    /// ```
    ///
    /// # Panics
    /// When the scheme cannot sign this request.
    #[must_use]
    pub fn sign<B: AsRef<[u8]>>(&self, mut request: Request<B>) -> Request<B> {
        match &self.scheme {
            Signing::Bearer => {
                let value = [b"Bearer ", self.secret.expose()].concat();
                request.headers_mut().insert(AUTHORIZATION, must(HeaderValue::from_bytes(&value)));
            }
            Signing::Header(name) => {
                let value = must(HeaderValue::from_bytes(self.secret.expose()));
                request.headers_mut().insert(name, value);
            }
            #[cfg(feature = "basic")]
            Signing::Basic(user) => {
                let pair = [user.as_str().as_bytes(), b":", self.secret.expose()].concat();
                let value = format!("Basic {}", crate::canonical::base64::encode_standard(&pair));
                request.headers_mut().insert(AUTHORIZATION, must(value.parse()));
            }
            #[cfg(feature = "query-signature")]
            Signing::QuerySignature => {
                let signer = QuerySigner::new(self.signing_id(), &self.secret);
                let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
                let signed = must(signer.sign(target, request.body().as_ref(), self.clock.now()));
                let mut uri = request.uri().clone().into_parts();
                uri.path_and_query = Some(must(signed.parse()));
                *request.uri_mut() = must(http::Uri::from_parts(uri));
            }
            #[cfg(feature = "x-auth")]
            Signing::XAuth => {
                let signer = XAuthSigner::new(self.signing_id(), &self.secret);
                let signed = must(signer.sign(request.body().as_ref(), self.clock.now()));
                must(signed.insert_into(request.headers_mut()));
            }
            #[cfg(feature = "query-signature")]
            Signing::StrictQuerySignature => {
                let signer = crate::query_signature::StrictQuerySigner::new(self.signing_id(), &self.secret);
                request = self.sign_head(request, &signer);
            }
            #[cfg(feature = "x-auth")]
            Signing::StrictXAuth => {
                let signer = crate::x_auth::StrictXAuthSigner::new(self.signing_id(), &self.secret);
                request = self.sign_head(request, &signer);
            }
            #[cfg(feature = "sigv4")]
            Signing::SigV4 { region, service } => {
                let (id, secret) = (self.signing_id(), &self.secret);
                let signer = crate::sigv4::SigV4Signer::new(id, secret, region.as_str(), service.as_str());
                let signer = if service == "s3" { signer.for_s3() } else { signer };
                request = self.sign_head(request, &signer);
            }
            #[cfg(feature = "message-signature")]
            Signing::MessageSignature => {
                let signer = crate::message_signature::MessageSigner::new(self.signing_id(), &self.secret);
                request = self.sign_head(request, &signer);
            }
        }
        request
    }

    fn sign_head<B: AsRef<[u8]>>(&self, request: Request<B>, signer: &dyn RequestSigner) -> Request<B> {
        let (mut head, body) = request.into_parts();
        if head.uri.authority().is_none() && !head.headers.contains_key(HOST) {
            head.headers.insert(HOST, HeaderValue::from_static("localhost"));
        }
        must(signer.sign_request(&mut head, body.as_ref(), self.clock.now()));
        Request::from_parts(head, body)
    }

    fn signing_id(&self) -> KeyId {
        must(self.id.clone().ok_or("a key that signs has an id"))
    }
}

/// How much of a secret is guessed anew: the end, so that prefixes stay.
const FORGED: usize = 16;
