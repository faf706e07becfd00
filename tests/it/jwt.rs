//! JSON Web Tokens.

use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::crypto::{HmacAlgorithm, HmacKey};
use portcullis::jwt::{JwtAlgorithm, JwtAuthenticator, JwtKey, JwtPolicy, JwtVerifier, VerifiedToken};
use portcullis::query_signature::QuerySignatureAuthenticator;
use portcullis::store::StoredPrincipal;
use portcullis::tower::AuthLayer;
use portcullis::x_auth::XAuthAuthenticator;
use portcullis::{Authenticator, AuthenticatorExt, Principal, UserId};

use crate::kit::{Answer, Calls, Kit, get, request, send, send_counted};

pub(crate) const SECRET: &str = "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oAmN3Yj0iPS4hcgUuTwjAzZr1Z9CAowKOb";
pub(crate) const OTHER: &str = "Zr1Z9CAowKObmN3Yj0iPS4hcgUuTwjAzT7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA";
pub(crate) const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
pub(crate) const CLAIMS: &str = concat!(
    r#"{"iss":"https://issuer.example","aud":"shop","sub":"ada","tenant":7,"#,
    r#""iat":1699999990,"nbf":1699999990,"exp":1700000060}"#
);
pub(crate) const INVALID: [&str; 1] = [r#"Bearer error="invalid_token""#];

/// Signs a header and a payload, both encoded already, whatever they are.
fn sign_encoded(algorithm: HmacAlgorithm, secret: &str, header: &str, payload: &str) -> String {
    let signed = format!("{header}.{payload}");
    let tag = HmacKey::new(algorithm, &secret.into()).sign(&[signed.as_bytes()]);
    format!("{signed}.{}", encode(tag.expose()))
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token with a good signature.
pub(crate) fn token(header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
    sign_encoded(HmacAlgorithm::Sha256, SECRET, &encode(header), &encode(payload))
}

pub(crate) fn good() -> String {
    token(HEADER, CLAIMS)
}

/// The claims with one part replaced.
pub(crate) fn but(from: &str, to: &str) -> String {
    assert!(CLAIMS.contains(from), "{from}");
    CLAIMS.replacen(from, to, 1)
}

pub(crate) fn key(secret: &str) -> JwtKey {
    JwtKey::hmac(JwtAlgorithm::Hs256, secret.into()).expect("key")
}

pub(crate) fn map(token: &VerifiedToken) -> Result<StoredPrincipal, &'static str> {
    let user = token.subject().ok_or("no subject")?;
    Ok(Principal::builder(Some(UserId::from(user))).account(None).site(None).build())
}

pub(crate) fn jwt_of(
    policy: JwtPolicy,
    keys: impl IntoIterator<Item = JwtKey>,
) -> JwtAuthenticator<StoredPrincipal> {
    JwtAuthenticator::new(JwtVerifier::new(policy, keys).expect("verifier")).with_mapping(map)
}

pub(crate) fn jwt() -> JwtAuthenticator<StoredPrincipal> {
    let policy = JwtPolicy::new().with_issuer("https://issuer.example").with_audience("shop");
    jwt_of(policy.require_claim("tenant"), [key(SECRET)])
}

fn chain(kit: &Kit) -> impl Authenticator<Principal = StoredPrincipal> + use<> {
    ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::prefix("igny8_"))
        .or(jwt())
        .or(QuerySignatureAuthenticator::new(kit.keys.clone(), kit.nonces.clone()))
        .or(XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone()))
}

pub(crate) async fn ask<A>(layer: &AuthLayer<A>, authorization: &str) -> Answer
where
    A: Authenticator<Principal = StoredPrincipal>,
{
    send(layer, get("/", &[("authorization", authorization)])).await
}

pub(crate) async fn status<A>(layer: &AuthLayer<A>, token: &str) -> u16
where
    A: Authenticator<Principal = StoredPrincipal>,
{
    ask(layer, &format!("Bearer {token}")).await.status.as_u16()
}

/// What a client sees of a token that is refused.
pub(crate) async fn refused<A>(layer: &AuthLayer<A>, name: &str, authorization: &str) -> Answer
where
    A: Authenticator<Principal = StoredPrincipal>,
{
    let calls = Calls::default();
    let answer = send_counted(layer, get("/", &[("authorization", authorization)]), &calls).await;
    assert_eq!((answer.status.as_u16(), calls.count()), (401, 0), "{name}");
    assert_eq!(answer.header("cache-control"), ["no-store"], "{name}");
    answer
}

/// Asserts that every one of these tokens is answered with the same bytes.
async fn look_alike(tokens: impl IntoIterator<Item = (String, String)>) {
    let layer = Kit::new().await.layer(jwt());
    let wrong = sign_encoded(HmacAlgorithm::Sha256, OTHER, &encode(HEADER), &encode(CLAIMS));
    let expected = refused(&layer, "wrong secret", &format!("Bearer {wrong}")).await;
    assert_eq!(expected.header("www-authenticate"), INVALID);
    let mut count = 0;
    for (name, token) in tokens {
        assert_eq!(refused(&layer, &name, &format!("Bearer {token}")).await, expected, "{name}");
        count += 1;
    }
    assert!(count > 2, "there are tokens to compare");
}

/// The same bytes in another spelling: the bits behind the last byte are not zero.
fn with_tail_bits(encoded: &str) -> String {
    assert!(!encoded.len().is_multiple_of(4), "no spare bits");
    let (rest, last) = encoded.split_at(encoded.len() - 1);
    format!("{rest}{}", char::from(last.as_bytes()[0] + 1))
}

fn named<const N: usize>(tokens: [(&str, String); N]) -> impl Iterator<Item = (String, String)> {
    tokens.into_iter().map(|(name, token)| (name.to_owned(), token))
}

#[tokio::test]
async fn a_good_token_passes_with_its_method_and_body() {
    let layer = Kit::new().await.layer(jwt());
    for word in ["Bearer", "bearer", "BEARER", "Bearer "] {
        let value = format!("{word} {}", good());
        for (method, body) in [("GET", &b""[..]), ("POST", b"{}"), ("PUT", b"\0\x01"), ("BREW", b"tea")] {
            let answer = send(&layer, request(method, "/a?b", &[("authorization", &value)], body)).await;
            assert_eq!(answer.status, 200, "{word} {method}");
            assert_eq!(answer.body.as_bytes(), [b"ada|", body].concat(), "{method}");
        }
    }
}

#[tokio::test]
async fn no_token_is_401_with_the_bare_challenge() {
    let answer = send(&Kit::new().await.layer(jwt()), get("/", &[("accept", "*/*")])).await;
    assert_eq!((answer.status.as_u16(), answer.header("www-authenticate")), (401, vec!["Bearer"]));
    assert_eq!(answer.header("content-type"), ["application/problem+json"]);
}

#[tokio::test]
async fn a_token_beside_another_credential_is_400() {
    let kit = Kit::new().await;
    let layer = kit.layer(chain(&kit));
    let value = format!("Bearer {}", good());
    assert_eq!(ask(&layer, &value).await.status, 200);
    let cases: [&[(&str, &str)]; 7] = [
        &[("authorization", &value), ("authorization", &value)],
        &[("authorization", &value), ("authorization", "Basic eDp5")],
        &[("authorization", "Basic eDp5"), ("authorization", &value)],
        &[("authorization", &value), ("authorization", "")],
        &[("authorization", &value), ("x-api-key", "")],
        &[("authorization", &value), ("x-api-key", "igny8_0000000000000000000000")],
        &[("authorization", &value), ("x-auth-iss", "x")],
    ];
    for headers in cases {
        let answer = send(&layer, get("/", headers)).await;
        assert_eq!((answer.status.as_u16(), answer.header("www-authenticate")), (400, vec![]), "{headers:?}");
    }
    for target in ["/?signature=x", "/?a&signature", "/?%73ignature=x"] {
        assert_eq!(send(&layer, get(target, &[("authorization", &value)])).await.status, 400, "{target}");
    }
    let alone = Kit::new().await.layer(jwt());
    assert_eq!(send(&alone, get("/", cases[0])).await.status, 400);
}

#[tokio::test]
async fn tokens_of_another_form_look_like_wrong_ones() {
    let (good, header, claims) = (good(), encode(HEADER), encode(CLAIMS));
    let signature = good.rsplit('.').next().expect("a signature").to_owned();
    let raw = |header: &str, payload: &str| sign_encoded(HmacAlgorithm::Sha256, SECRET, header, payload);
    let padded = URL_SAFE.encode(format!("{CLAIMS}{}", " ".repeat((CLAIMS.len() + 1) % 3)));
    assert!(padded.ends_with('='), "{padded}");
    let slashes = encode(but("ada", "????????")).replace('_', "/");
    assert!(slashes.contains('/'), "{slashes}");
    look_alike(named([
        ("one part", header.clone()),
        ("two parts", format!("{header}.{claims}")),
        ("four parts", format!("{good}.{signature}")),
        ("five parts", format!("{header}.a.b.c.d")),
        ("a dot more", format!("{good}.")),
        ("only dots", "..".to_owned()),
        ("an empty header", raw("", &claims)),
        ("an empty payload", raw(&header, "")),
        ("no signature", format!("{header}.{claims}.")),
        ("half a signature", format!("{header}.{claims}.{}", &signature[..21])),
        ("a signature twice", format!("{good}{signature}")),
        ("a padded signature", format!("{good}=")),
        ("tail bits in the signature", format!("{header}.{claims}.{}", with_tail_bits(&signature))),
        ("a padded header", raw(&URL_SAFE.encode(format!("{HEADER} ")), &claims)),
        ("a padded payload", raw(&header, &padded)),
        ("tail bits in the payload", raw(&header, &with_tail_bits(padded.trim_end_matches('=')))),
        ("the other alphabet", raw(&header, &slashes)),
        ("white space in the payload", raw(&header, &format!("{claims} "))),
        ("a trailing parameter", format!("{good}, foo")),
        ("a trailing token", format!("{good}, Bearer {good}")),
        ("a quoted token", format!("{header}.\"{claims}\".{signature}")),
        ("non-ascii", format!("{good}é")),
        ("non-ascii alone", "éé".to_owned()),
        ("sixteen kibibytes", token(HEADER, but("ada", &"a".repeat(12 * 1024)))),
        ("a mebibyte", format!("ey{}", "a".repeat(1 << 20))),
        (
            "json serialisation with dots",
            format!(r#"ey{{"payload":"{claims}","signature":"{signature}"}}.."#),
        ),
    ]))
    .await;
}

#[tokio::test]
async fn the_algorithm_is_never_the_tokens_choice() {
    let claims = encode(CLAIMS);
    let mut tokens = Vec::new();
    for alg in ["none", "None", "nOnE", "NONE", "", " none", "none ", "hs256", "HS257", "XS256", "RS256"] {
        let header = encode(format!(r#"{{"alg":"{alg}"}}"#));
        let signed = sign_encoded(HmacAlgorithm::Sha256, SECRET, &header, &claims);
        for signature in ["", "x", &"A".repeat(43)] {
            tokens.push((format!("{alg:?} with {signature:?}"), format!("{header}.{claims}.{signature}")));
        }
        tokens.push((format!("{alg:?}, signed"), signed));
    }
    for alg in ["null", "256", "[\"HS256\"]", "{}", "true"] {
        tokens.push((alg.to_owned(), token(format!(r#"{{"alg":{alg}}}"#), CLAIMS)));
    }
    for (name, algorithm) in [("HS384", HmacAlgorithm::Sha384), ("HS512", HmacAlgorithm::Sha512)] {
        let header = encode(format!(r#"{{"alg":"{name}"}}"#));
        tokens.push((name.to_owned(), sign_encoded(algorithm, SECRET, &header, &claims)));
        tokens.push((format!("{name} by name"), token(format!(r#"{{"alg":"{name}"}}"#), CLAIMS)));
    }
    tokens.push(("no alg".to_owned(), token(r#"{"typ":"JWT"}"#, CLAIMS)));
    look_alike(tokens).await;
}

#[tokio::test]
async fn headers_that_are_not_understood_look_like_wrong_tokens() {
    let members = [
        r#""crit":["exp"],"exp":1"#,
        r#""crit":[]"#,
        r#""crit":"exp""#,
        r#""crit":null"#,
        r#""\u0063rit":["x"]"#,
        r#""b64":false"#,
        r#""b64":true"#,
        r#""zip":"DEF""#,
        r#""alg":"HS256""#,
        r#""\u0061lg":"none""#,
        r#""x":1,"x":1"#,
        r#""kid":7"#,
        r#""typ":null"#,
    ];
    let members =
        members.map(|more| (more.to_owned(), token(format!(r#"{{"alg":"HS256",{more}}}"#), CLAIMS)));
    let deep = format!(r#"{{"alg":"HS256","x":{}}}"#, "[".repeat(2000));
    look_alike(members.into_iter().chain(named([
        ("a mark of byte order", token(format!("\u{feff}{HEADER}"), CLAIMS)),
        ("a nul", token(format!("{HEADER}\0"), CLAIMS)),
        ("two values", token(format!("{HEADER}{{}}"), CLAIMS)),
        ("latin-1", token(b"{\"alg\":\"HS256\",\"x\":\"\xe9\"}", CLAIMS)),
        ("a list", token(r#"[{"alg":"HS256"}]"#, CLAIMS)),
        ("deep", token(deep, CLAIMS)),
    ])))
    .await;
}

#[tokio::test]
async fn claims_that_are_not_accepted_look_like_wrong_tokens() {
    let changes = [
        (r#""exp":1700000060"#, r#""exp":1700000000"#),
        (r#""exp":1700000060"#, r#""exp":1"#),
        (r#""exp":1700000060"#, r#""exp":"1700000060""#),
        (r#""exp":1700000060"#, r#""exp":null"#),
        (r#""exp":1700000060"#, r#""exp":[1700000060]"#),
        (r#""exp":1700000060"#, r#""exp":1e400"#),
        (r#""exp":1700000060"#, r#""exp":-1"#),
        (r#""exp":1700000060"#, r#""exp":1700000060000"#),
        (r#""exp":1700000060"#, r#""exp":18446744073709551616"#),
        (r#""exp":1700000060"#, r#""exp":true"#),
        (r#""exp":1700000060"#, r#""EXP":1700000060"#),
        (r#""exp":1700000060"#, r#""x":1"#),
        (r#""exp":1700000060"#, r#""exp":1700000060,"exp":1700000060"#),
        (r#""nbf":1699999990"#, r#""nbf":1700000001"#),
        (r#""nbf":1699999990"#, r#""nbf":"1699999990""#),
        (r#""iat":1699999990"#, r#""iat":1700003600"#),
        (r#""iat":1699999990"#, r#""iat":null"#),
        (r#""iss":"https://issuer.example""#, r#""iss":"https://issuer.example/""#),
        (r#""iss":"https://issuer.example""#, r#""iss":{}"#),
        (r#""iss":"https://issuer.example""#, r#""iss":["https://issuer.example"]"#),
        (r#""iss":"https://issuer.example","#, ""),
        (r#""aud":"shop""#, r#""aud":"Shop""#),
        (r#""aud":"shop""#, r#""aud":"shop shop""#),
        (r#""aud":"shop""#, r#""aud":["shop",7]"#),
        (r#""aud":"shop""#, r#""aud":[]"#),
        (r#""aud":"shop""#, r#""aud":123"#),
        (r#""aud":"shop","#, ""),
        (r#""tenant":7"#, r#""tenant":null"#),
        (r#""tenant":7,"#, ""),
        (r#""sub":"ada""#, r#""sub":7"#),
        (r#""sub":"ada","#, ""),
        (r#""sub":"ada""#, r#""sub":"ada","\u0073ub":"root""#),
        (r#""sub":"ada""#, "\"sub\":\"a\0da\""),
    ];
    let changed = changes.map(|(from, to)| (format!("{from} -> {to}"), token(HEADER, but(from, to))));
    let deep = but("7", &format!("{}7{}", "[".repeat(2000), "]".repeat(2000)));
    look_alike(changed.into_iter().chain(named([
        ("a mark of byte order", token(HEADER, format!("\u{feff}{CLAIMS}"))),
        ("a nul", token(HEADER, format!("{CLAIMS}\0"))),
        ("not utf-8", token(HEADER, b"\xff\xfe")),
        ("a list", token(HEADER, format!("[{CLAIMS}]"))),
        ("two objects", token(HEADER, format!("{CLAIMS}{CLAIMS}"))),
        ("deep", token(HEADER, deep)),
        ("nothing", token(HEADER, "{}")),
    ])))
    .await;
}
