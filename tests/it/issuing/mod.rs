//! What issuers of tokens do: refresh tokens, exchange of keys, revocation, keys that take turns.

mod exchange;
mod refresh;
mod revocation;
mod ring;

use std::time::Duration;

use portcullis::jwt::{JwtAlgorithm, JwtAuthenticator, JwtIssuer, JwtKey, JwtPolicy, JwtVerifier};
use portcullis::request::{BodyGate, RequestTarget, RequestView};
use portcullis::{Authenticator, Outcome, Principal, Reason, Timestamp, UserId};

use crate::jwt::SECRET;

const US: &str = "https://issuer.example";
const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn key() -> JwtKey {
    JwtKey::hmac(JwtAlgorithm::Hs256, SECRET.into()).expect("a key")
}

/// Access tokens of ten minutes.
fn issuer() -> JwtIssuer {
    JwtIssuer::access_tokens(key(), US, "api", "web", seconds(600))
}

fn policy() -> JwtPolicy {
    JwtPolicy::new().with_issuer(US).with_audience("api").with_type("at+jwt")
}

fn authenticator() -> JwtAuthenticator {
    JwtAuthenticator::new(JwtVerifier::new(policy(), [key()]).expect("a verifier"))
}

/// What becomes of a request with a token, from an address and to an entry point.
async fn ask_from(
    jwt: &JwtAuthenticator,
    token: &str,
    peer: &str,
    now: Timestamp,
) -> Result<Principal<UserId>, Reason> {
    let headers = vec![("authorization".to_owned(), format!("Bearer {token}").into_bytes())];
    let gate = BodyGate::new();
    let view = RequestView::new(RequestTarget::new("GET", "/", None), &headers, &gate, now);
    match jwt.authenticate(&view.with_peer(peer.parse().ok())).await {
        Ok(Outcome::Authenticated(me)) => Ok(me),
        Ok(_) => panic!("the token is claimed"),
        Err(error) => {
            assert_eq!(error.scheme(), Some(portcullis::Scheme::Jwt), "{error:?}");
            Err(error.reason())
        }
    }
}

async fn ask(jwt: &JwtAuthenticator, token: &str, now: Timestamp) -> Result<Principal<UserId>, Reason> {
    ask_from(jwt, token, "192.0.2.1", now).await
}
