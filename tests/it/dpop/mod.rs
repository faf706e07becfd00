//! Tokens that are bound to a key or to a certificate.

mod certificates;
mod tokens;

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use jsonwebtoken::{Algorithm, EncodingKey};
use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::crypto::HmacKey;
use portcullis::jwt::{
    DpopError, DpopNonces, DpopProof, DpopVerifier, JwtAlgorithm, JwtAuthenticator, JwtKey, JwtPolicy,
    JwtVerifier,
};
use portcullis::request::ClientCertificate;
use portcullis::store::StoredPrincipal;
use portcullis::tower::AuthLayer;
use portcullis::{AuthenticatorExt, NonceStore, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::jwt::{HEADER, INVALID, encode, jwt_of, key, token};
use crate::kit::{Answer, Calls, Down, Kit, NOW, get, request, send, send_counted};

/// The private half of RFC 8037, appendix A.1, as PKCS#8.
const SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
/// Its thumbprint, of appendix A.3.
const JKT: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
const ADDRESS: &str = "https://api.example/orders";
const ALGS: &str = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA";

/// A token of ada's with this `cnf`.
fn bound(cnf: &Value) -> String {
    token(HEADER, json!({ "sub": "ada", "exp": 1_700_000_060, "cnf": cnf }).to_string())
}

fn to_jkt(thumbprint: &str) -> String {
    bound(&json!({ "jkt": thumbprint }))
}

fn sha256(text: &str) -> String {
    encode(Sha256::digest(text))
}

fn header() -> Value {
    json!({ "typ": "dpop+jwt", "alg": "EdDSA", "jwk": { "kty": "OKP", "crv": "Ed25519", "x": X } })
}

fn claims(token: &str) -> Value {
    json!({ "jti": "1", "htm": "GET", "htu": ADDRESS, "iat": 1_700_000_000, "ath": sha256(token) })
}

/// Whatever it says, signed by the key of RFC 8037.
fn signed(header: &Value, claims: &Value) -> String {
    signed_text(&header.to_string(), &claims.to_string())
}

fn signed_text(header: &str, claims: &str) -> String {
    let prefix = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    let seed = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, SEED).expect("seed");
    let key = EncodingKey::from_ed_der(&[&prefix[..], &seed].concat());
    let signed = format!("{}.{}", encode(header), encode(claims));
    let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &key, Algorithm::EdDSA).expect("signed");
    format!("{signed}.{signature}")
}

/// `value` with members replaced, or removed where they become null.
fn but(mut value: Value, changes: Value) -> Value {
    for (name, change) in changes.as_object().expect("an object") {
        let members = value.as_object_mut().expect("an object");
        if change.is_null() {
            members.remove(name)
        } else {
            members.insert(name.clone(), change.clone())
        };
    }
    value
}

fn verifier(nonces: impl NonceStore) -> DpopVerifier {
    DpopVerifier::new(nonces, "https://api.example").expect("origin")
}

fn jwt(dpop: DpopVerifier) -> JwtAuthenticator<StoredPrincipal> {
    jwt_of(JwtPolicy::new(), [key(crate::jwt::SECRET)]).with_dpop(dpop)
}

fn layer(kit: &Kit) -> AuthLayer<JwtAuthenticator<StoredPrincipal>> {
    kit.layer(jwt(verifier(kit.nonces.clone())))
}

fn sent(token: &str, proof: &str) -> Request<Full<Bytes>> {
    let authorization = format!("DPoP {token}");
    get("/orders?page=2", &[("host", "api.example"), ("authorization", &authorization), ("dpop", proof)])
}

/// Sends a request that must be refused before the handler runs.
async fn refused(
    layer: &AuthLayer<JwtAuthenticator<StoredPrincipal>>,
    request: Request<Full<Bytes>>,
) -> Answer {
    let calls = Calls::default();
    let answer = send_counted(layer, request, &calls).await;
    assert_eq!(calls.count(), 0, "the handler ran");
    answer
}

fn challenge(error: &str) -> String {
    format!(r#"DPoP algs="{ALGS}", error="{error}""#)
}

#[tokio::test]
async fn a_bound_token_with_its_proof_passes_once() {
    let kit = Kit::new().await;
    let (layer, token) = (layer(&kit), to_jkt(JKT));
    let proof = signed(&header(), &claims(&token));
    assert_eq!(send(&layer, sent(&token, &proof)).await.body, "ada|");
    let again = refused(&layer, sent(&token, &proof)).await;
    assert_eq!(again.status, 401);
    assert_eq!(again.header("www-authenticate"), ["Bearer", &challenge("invalid_dpop_proof")]);
    let another = signed(&header(), &but(claims(&token), json!({ "jti": "2" })));
    assert_eq!(send(&layer, sent(&token, &another)).await.status, 200);
}

#[tokio::test]
async fn proofs_made_here_pass_with_keys_of_every_algorithm() {
    let kit = Kit::new().await;
    let layer = layer(&kit);
    for algorithm in [
        JwtAlgorithm::Es256,
        JwtAlgorithm::Es384,
        JwtAlgorithm::Es512,
        JwtAlgorithm::EdDsa,
        JwtAlgorithm::Rs256,
        JwtAlgorithm::Ps384,
    ] {
        let (own, other) = (JwtKey::generate(algorithm), JwtKey::generate(algorithm));
        let (own, other) = (own.expect("key"), other.expect("key"));
        let token = to_jkt(&own.thumbprint().expect("thumbprint"));
        let proof = DpopProof::new("GET", "https://API.example:443/orders?x#y").with_token(&token);
        let made = |key| proof.sign(key, NOW).expect("signed");
        assert_eq!(send(&layer, sent(&token, &made(&own))).await.status, 200, "{algorithm}");
        assert_eq!(refused(&layer, sent(&token, &made(&other))).await.status, 401, "{algorithm}");
        // The claims of one and the signature of the other.
        let (own, other) = (made(&own), made(&other));
        let (signed, _) = own.rsplit_once('.').expect("parts");
        let (_, signature) = other.rsplit_once('.').expect("parts");
        let mixed = format!("{signed}.{signature}");
        assert_eq!(refused(&layer, sent(&token, &mixed)).await.status, 401, "{algorithm}");
    }
    let secret = key(crate::jwt::SECRET);
    assert!(DpopProof::new("GET", ADDRESS).sign(&secret, NOW).is_err());
    let before = Timestamp::from_unix_seconds(-1);
    let own = JwtKey::generate(JwtAlgorithm::EdDsa).expect("key");
    assert!(DpopProof::new("GET", ADDRESS).sign(&own, before).is_err());
}

#[tokio::test]
async fn a_proof_that_says_anything_else_is_refused_and_uses_nothing_up() {
    let kit = Kit::new().await;
    let (layer, token) = (layer(&kit), to_jkt(JKT));
    let long = "j".repeat(257);
    let wrong = [
        ("another method", json!({ "htm": "POST" })),
        ("the method in another case", json!({ "htm": "get" })),
        ("no method", json!({ "htm": null })),
        ("another path", json!({ "htu": "https://api.example/order" })),
        ("another host", json!({ "htu": "https://api.example.evil/orders" })),
        ("no TLS", json!({ "htu": "http://api.example/orders" })),
        ("no address", json!({ "htu": null })),
        ("a list of addresses", json!({ "htu": [ADDRESS] })),
        ("too old", json!({ "iat": 1_699_999_934 })),
        ("from the future", json!({ "iat": 1_700_000_006 })),
        ("a time that is text", json!({ "iat": "1700000000" })),
        ("no time", json!({ "iat": null })),
        ("no token", json!({ "ath": null })),
        ("another token", json!({ "ath": sha256("another") })),
        ("the token itself", json!({ "ath": token })),
        ("no id", json!({ "jti": null })),
        ("an empty id", json!({ "jti": "" })),
        ("a long id", json!({ "jti": long })),
        ("an id that is a number", json!({ "jti": 1 })),
    ];
    for (what, change) in wrong {
        let proof = signed(&header(), &but(claims(&token), change));
        let answer = refused(&layer, sent(&token, &proof)).await;
        assert_eq!(answer.status, 401, "{what}");
        assert_eq!(answer.header("www-authenticate"), ["Bearer", &challenge("invalid_dpop_proof")], "{what}");
    }
    for (n, iat) in [1_699_999_935_i64, 1_700_000_005].into_iter().enumerate() {
        let edge = signed(&header(), &but(claims(&token), json!({ "iat": iat, "jti": n.to_string() })));
        assert_eq!(send(&layer, sent(&token, &edge)).await.status, 200, "{iat}");
    }
    assert_eq!(kit.nonces.len(), 2, "only what passed was claimed");
}

#[tokio::test]
async fn a_header_that_is_not_that_of_a_proof_is_refused() {
    let kit = Kit::new().await;
    let (layer, token) = (layer(&kit), to_jkt(JKT));
    let with = |jwk: Value| json!({ "jwk": jwk });
    let wrong = [
        ("another type", json!({ "typ": "JWT" })),
        ("no type", json!({ "typ": null })),
        ("none", json!({ "alg": "none" })),
        ("none in another case", json!({ "alg": "nOnE" })),
        ("a shared secret", json!({ "alg": "HS256" })),
        ("another algorithm than the key's", json!({ "alg": "ES256" })),
        ("no algorithm", json!({ "alg": null })),
        ("no key", json!({ "jwk": null })),
        ("a key that is text", with(json!(X))),
        ("a private key", with(json!({ "kty": "OKP", "crv": "Ed25519", "x": X, "d": SEED }))),
        ("a symmetric key", with(json!({ "kty": "oct", "k": SEED }))),
        ("a key for encryption", with(json!({ "kty": "OKP", "crv": "Ed25519", "x": X, "use": "enc" }))),
        ("a key on another curve", with(json!({ "kty": "OKP", "crv": "X25519", "x": X }))),
        ("half a key", with(json!({ "kty": "OKP", "crv": "Ed25519", "x": &X[..40] }))),
        ("critical members", json!({ "crit": ["b64"], "b64": true })),
        ("compressed", json!({ "zip": "DEF" })),
    ];
    for (what, change) in wrong {
        let proof = signed(&but(header(), change), &claims(&token));
        let answer = refused(&layer, sent(&token, &proof)).await;
        assert_eq!(answer.status, 401, "{what}");
        assert_eq!(answer.header("www-authenticate"), ["Bearer", &challenge("invalid_dpop_proof")], "{what}");
    }
    assert!(kit.nonces.is_empty());
}

#[tokio::test]
async fn a_proof_under_a_shared_secret_is_refused_whatever_it_brings() {
    let kit = Kit::new().await;
    let secret = "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA";
    let k = encode(secret);
    // The thumbprint of the symmetric key itself (RFC 7638, section 3.2).
    let token = to_jkt(&sha256(&format!(r#"{{"k":"{k}","kty":"oct"}}"#)));
    let header = json!({ "typ": "dpop+jwt", "alg": "HS256", "jwk": { "kty": "oct", "k": k } });
    let text = format!("{}.{}", encode(header.to_string()), encode(claims(&token).to_string()));
    let mac = HmacKey::new(portcullis::crypto::HmacAlgorithm::Sha256, &secret.into());
    let proof = format!("{text}.{}", encode(mac.sign(&[text.as_bytes()]).expose()));
    assert_eq!(refused(&layer(&kit), sent(&token, &proof)).await.status, 401);
    assert!(verifier(kit.nonces.clone()).with_algorithms(&[JwtAlgorithm::Hs256]).is_err());
    assert!(verifier(kit.nonces.clone()).with_algorithms(&[]).is_err());
}

#[tokio::test]
async fn names_that_are_there_twice_are_refused() {
    let kit = Kit::new().await;
    let (layer, token) = (layer(&kit), to_jkt(JKT));
    let (good, body) = (header().to_string(), claims(&token).to_string());
    let twice = |text: &str, more: &str| format!("{},{more}}}", text.strip_suffix('}').expect("an object"));
    for (header, claims) in [
        (twice(&good, r#""alg":"EdDSA""#), body.clone()),
        (twice(&good, &format!(r#""jwk":{{"kty":"OKP","crv":"Ed25519","x":"{X}"}}"#)), body.clone()),
        (good.replace(r#""crv":"#, r#""crv":"Ed25519","crv":"#), body.clone()),
        (good.clone(), twice(&body, r#""htm":"GET""#)),
        (good.clone(), twice(&body, r#""\u006ati":"2""#)),
        (good.clone(), twice(&body, r#""a":1,"a":1"#)),
        (good.clone(), format!("{body} x")),
    ] {
        let answer = refused(&layer, sent(&token, &signed_text(&header, &claims))).await;
        assert_eq!(answer.status, 401, "{header} {claims}");
    }
    assert_eq!(send(&layer, sent(&token, &signed_text(&good, &body))).await.status, 200);
}

#[tokio::test]
async fn a_token_bound_to_another_key_is_refused() {
    let kit = Kit::new().await;
    let token = to_jkt(&sha256("another key"));
    let answer = refused(&layer(&kit), sent(&token, &signed(&header(), &claims(&token)))).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("www-authenticate"), ["Bearer", &challenge("invalid_dpop_proof")]);
    assert!(kit.nonces.is_empty());
}
