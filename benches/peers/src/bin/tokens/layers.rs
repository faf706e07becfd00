//! Whole layers around a service that reads who was let in.

use std::convert::Infallible;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use aliri::{Jwk, Jwks, jwa, jwt};
use aliri_clock::UnixTime;
use aliri_oauth2::{Authority, HasScope, Scope};
use aliri_tower::Oauth2Authorizer;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use portcullis::crypto::{HmacAlgorithm, HmacKey};
use portcullis::jwt::{JwtAlgorithm, JwtAuthenticator, JwtKey, JwtPolicy, JwtVerifier};
use portcullis::tower::{AuthBody, AuthLayer};
use portcullis::{AuthState, Principal, UserId};
use tower::{Layer, Service, service_fn};

use crate::keys::{Pair, SECRET, claims, encode};
use crate::turns::Subject;

type Sent = Request<Full<Bytes>>;
type Answer = Response<Full<Bytes>>;

/// A token of HMAC.
pub fn hmac_token() -> String {
    let signed = format!("{}.{}", encode(r#"{"alg":"HS256","typ":"JWT"}"#), encode(claims()));
    let tag = HmacKey::new(HmacAlgorithm::Sha256, &SECRET.into()).sign(&[signed.as_bytes()]);
    format!("{signed}.{}", encode(tag.expose()))
}

fn subject<S, R>(algorithm: &'static str, name: &'static str, token: &str, mut service: S) -> Subject
where
    S: Service<Sent, Response = Response<R>, Error = Infallible> + 'static,
{
    let sent = Request::get("/whoami").header("authorization", format!("Bearer {token}"));
    let sent = sent.body(Full::default()).expect("a request");
    let work = move |sent| {
        let mut context = Context::from_waker(Waker::noop());
        assert!(matches!(service.poll_ready(&mut context), Poll::Ready(Ok(()))));
        let Poll::Ready(Ok(answer)) = pin!(service.call(sent)).poll(&mut context) else {
            unreachable!("nothing here waits")
        };
        assert_eq!(answer.status(), 200);
        black_box(answer);
    };
    Subject::on(algorithm, name, move || sent.clone(), work)
}

/// An answer, if somebody was let in.
fn known(known: bool) -> std::future::Ready<Result<Answer, Infallible>> {
    assert!(known, "somebody was let in");
    let answer = Response::builder().header("content-type", "text/plain").body(Full::default());
    std::future::ready(Ok(answer.expect("a response")))
}

fn of_ours(algorithm: &'static str, token: &str, key: JwtKey) -> Subject {
    let policy = JwtPolicy::new().with_issuer("https://issuer.example").with_audience("api://default");
    let jwt = JwtAuthenticator::new(JwtVerifier::new(policy, [key]).expect("a verifier"));
    let inner = service_fn(|request: Request<AuthBody<Full<Bytes>>>| {
        let state = request.extensions().get::<AuthState<Principal<UserId>>>();
        known(state.and_then(AuthState::principal).is_some())
    });
    subject(algorithm, "portcullis, in a layer", token, AuthLayer::new(jwt).layer(inner))
}

pub fn portcullis_hmac() -> Subject {
    let key = JwtKey::hmac(JwtAlgorithm::Hs256, SECRET.into()).expect("a key");
    of_ours("HS256", &hmac_token(), key)
}

pub fn portcullis(pair: &Pair) -> Subject {
    of_ours(pair.algorithm, &pair.token, pair.ours.clone())
}

/// The same six claims as `aliri` has them.
#[derive(Clone, Debug, serde::Deserialize)]
struct Claims {
    iss: jwt::Issuer,
    sub: jwt::Subject,
    aud: jwt::Audiences,
    exp: UnixTime,
    #[expect(dead_code, reason = "it is read")]
    iat: UnixTime,
    #[expect(dead_code, reason = "it is read")]
    jti: String,
    #[serde(skip)]
    scope: Scope,
}

impl jwt::CoreClaims for Claims {
    fn nbf(&self) -> Option<UnixTime> {
        None
    }

    fn exp(&self) -> Option<UnixTime> {
        Some(self.exp)
    }

    fn aud(&self) -> &jwt::Audiences {
        &self.aud
    }

    fn iss(&self) -> Option<&jwt::IssuerRef> {
        Some(&self.iss)
    }

    fn sub(&self) -> Option<&jwt::SubjectRef> {
        Some(&self.sub)
    }
}

impl HasScope for Claims {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

pub fn aliri_tower_hmac() -> Subject {
    let mut keys = Jwks::default();
    let key = jwa::Hmac::new(SECRET.as_bytes().to_vec());
    keys.add_key(Jwk::from(key).with_algorithm(jwa::Algorithm::HS256));
    let validator = jwt::CoreValidator::default()
        .add_approved_algorithm(jwa::Algorithm::HS256)
        .add_allowed_audience(jwt::Audience::from_static("api://default"))
        .require_issuer(jwt::Issuer::from_static("https://issuer.example"));
    let authorizer =
        Oauth2Authorizer::new().with_claims::<Claims>().with_terse_error_handler::<Full<Bytes>>();
    let inner = service_fn(|request: Sent| known(request.extensions().get::<Claims>().is_some()));
    let layer = authorizer.jwt_layer(Authority::new(keys, validator));
    subject("HS256", "aliri_tower 0.6.1, in a layer", &hmac_token(), layer.layer(inner))
}
