//! One user with an API key and a token, and what checks them.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::jwt::{JwtAlgorithm, JwtAuthenticator, JwtKey, JwtPolicy, JwtVerifier};
use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{KeyOwner, NewKey};
use portcullis::{Clock, KeyAdmin, Scheme, SystemClock, UserId};

const SECRET: &str = "9b1d6fe03a7c52c48e9f0b7a61d23c58f47ea90c1b5d8e26";

/// Six claims, as an identity provider sends them.
#[derive(Clone, serde::Deserialize, serde::Serialize)]
pub struct Claims {
    pub iss: String,
    pub sub: String,
    pub aud: String,
    pub exp: i64,
    pub iat: i64,
    pub jti: String,
}

/// What every app is given.
pub struct Credentials {
    keys: MemoryKeyStore,
    pub api_key: String,
    pub token: String,
}

impl Credentials {
    pub fn new() -> Self {
        let (keys, now) = (MemoryKeyStore::new(), SystemClock.now());
        ready(keys.add_user(&UserId::from("ada"), None)).expect("a user");
        let mut api_key = String::new();
        for _ in 0..1000 {
            let key = NewKey::new(Scheme::ApiKey, KeyOwner::user("ada")).with_prefix("igny8_");
            let issued = ready(keys.issue(key, now)).expect("a key");
            api_key = format!("Bearer {}", issued.secret.expose_text().expect("text"));
        }
        let now = now.as_unix_seconds();
        let claims = Claims {
            iss: "https://issuer.example".into(),
            sub: "user-1".into(),
            aud: "api://default".into(),
            exp: now + 24 * 3600,
            iat: now,
            jti: "7f3c1d2e".into(),
        };
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        let token = jsonwebtoken::encode(&Header::default(), &claims, &key).expect("a token");
        Self { keys, api_key, token: format!("Bearer {token}") }
    }

    pub fn api_keys(&self) -> ApiKeyAuthenticator<MemoryKeyStore> {
        ApiKeyAuthenticator::new(self.keys.clone(), KeyShape::prefix("igny8_"))
    }

    pub fn jwt(&self) -> JwtAuthenticator {
        let key = JwtKey::hmac(JwtAlgorithm::Hs256, SECRET.into()).expect("a key");
        let policy = JwtPolicy::new().with_issuer("https://issuer.example").with_audience("api://default");
        JwtAuthenticator::new(JwtVerifier::new(policy, [key]).expect("a verifier"))
    }
}

/// The check as it is written by hand.
#[derive(Clone)]
pub struct ByHand(std::sync::Arc<(DecodingKey, Validation)>);

impl ByHand {
    pub fn new() -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&["https://issuer.example"]);
        validation.set_audience(&["api://default"]);
        Self(std::sync::Arc::new((DecodingKey::from_secret(SECRET.as_bytes()), validation)))
    }

    pub fn check(&self, token: &str) -> Option<Claims> {
        jsonwebtoken::decode::<Claims>(token, &self.0.0, &self.0.1).ok().map(|data| data.claims)
    }
}

/// What a store in memory answers at once.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("a store in memory does not wait"),
    }
}
