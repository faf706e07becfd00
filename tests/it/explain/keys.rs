//! API keys, tokens and passwords: what a request carries is as good as the secret itself.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use portcullis::basic::BasicAuthenticator;
use portcullis::explain::{ExplainSettings, ExplainedRequest, Explainer, Hint, Verdict};
use portcullis::jwt::{JwtAlgorithm, JwtIssuer, JwtKey};
use portcullis::password::{PasswordHash, SinglePassword, UserVerifier};
use portcullis::store::{Enabled, KeyRef};
use portcullis::{KeyAdmin, Realm, Reason, Scheme};

use super::{Client, NOW, everything, mac, spellings};

const JWT_KEY: &str = "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA";

fn with_tokens() -> ExplainSettings {
    let key = JwtKey::hmac(JwtAlgorithm::Hs256, JWT_KEY.into()).expect("a key");
    ExplainSettings::new().with_jwt_key(key)
}

#[tokio::test]
async fn an_api_key_is_explained_wherever_it_stands_and_never_shown() {
    let client = Client::of(Scheme::ApiKey).await;
    for (header, settings) in [
        ("X-API-Key: ", ExplainSettings::new()),
        ("Authorization: Bearer ", ExplainSettings::new()),
        ("Authorization: ", ExplainSettings::new().accept_raw_authorization()),
        ("X-Own: ", ExplainSettings::new().with_key_header("X-Own")),
    ] {
        let line = format!("curl https://a.example/ -H '{header}{}'", client.text());
        let explained = client.explain_by(settings, &line, None, &[]).await;
        assert_eq!((explained.verdict(), explained.scheme()), (Verdict::Accepted, Some(Scheme::ApiKey)));
        assert_eq!(explained.key().map(|key| key.id.as_str()), Some(client.id.as_str()));
        assert_eq!(explained.key().and_then(|key| key.last_used), None);
    }
    let other = Client::of(Scheme::ApiKey).await;
    let line = format!("curl https://a.example/ -H 'X-API-Key: {}'", other.text());
    let explained = client.explain(&line, &[other.text()]).await;
    assert_eq!(explained.refusal().map(|refusal| refusal.reason()), Some(Reason::UnknownKey));
    assert_eq!(explained.hints(), [Hint::NoSuchKey]);
    let key = KeyRef { realm: Realm::default(), id: client.id.as_str().into() };
    client.store.set_enabled(&key, Enabled::No).await.expect("switched off");
    let line = format!("curl https://a.example/ -H 'X-API-Key: {}'", client.text());
    let explained = client.explain(&line, &[]).await;
    let refusal = explained.refusal().expect("a refusal");
    assert_eq!((refusal.reason(), refusal.text()), (Reason::KeyDisabled, "the key is disabled"));
}

#[tokio::test]
async fn a_request_without_a_credential_is_absent_and_would_be_a_401() {
    let client = Client::of(Scheme::ApiKey).await;
    let explained = client.explain("GET / HTTP/1.1\nHost: a\n\n", &[]).await;
    assert_eq!((explained.verdict(), explained.scheme()), (Verdict::Absent, None));
    let refusal = explained.refusal().expect("a refusal");
    assert_eq!((refusal.status(), refusal.reason()), (401, Reason::MissingCredential));
}

#[tokio::test]
async fn a_token_is_explained_by_the_key_that_is_given_and_never_shown() {
    let client = Client::of(Scheme::ApiKey).await;
    let key = JwtKey::hmac(JwtAlgorithm::Hs256, JWT_KEY.into()).expect("a key");
    let token = JwtIssuer::new(key, Duration::from_secs(60)).issue("ada", NOW).expect("a token");
    let line = |token: &str| format!("curl https://a.example/ -H 'Authorization: Bearer {token}'");
    let explained = client.explain_by(with_tokens(), &line(&token), None, &[&token, JWT_KEY]).await;
    assert_eq!((explained.verdict(), explained.scheme()), (Verdict::Accepted, Some(Scheme::Jwt)));

    // The claims are others, and so is the signature that would be right.
    let parts: Vec<_> = token.split('.').collect();
    let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).expect("base64")).expect("text");
    let claims = URL_SAFE_NO_PAD.encode(claims.replace("ada", "eve"));
    let forged = format!("{}.{claims}.{}", parts[0], parts[2]);
    let right = spellings(&mac(JWT_KEY.as_bytes(), format!("{}.{claims}", parts[0]).as_bytes()));
    let own = spellings(&mac(JWT_KEY.as_bytes(), format!("{}.{}", parts[0], parts[1]).as_bytes()));
    assert!(own.iter().any(|own| own == parts[2]), "tokens are signed otherwise");
    let hidden: Vec<_> =
        right.iter().map(String::as_str).chain([forged.as_str(), JWT_KEY, parts[2]]).collect();
    let explained = client.explain_by(with_tokens(), &line(&forged), None, &hidden).await;
    assert_eq!(explained.refusal().map(|refusal| refusal.reason()), Some(Reason::WrongSignature));
    assert_eq!((explained.scheme(), explained.hints()), (Some(Scheme::Jwt), &[Hint::ForeignToken][..]));

    // Without the key nobody claims it; for another audience it is refused.
    let explained = client.explain(&line(&token), &[&token]).await;
    assert_eq!(explained.refusal().map(|refusal| refusal.reason()), Some(Reason::UnclaimedCredential));
    assert_eq!(explained.hints(), [Hint::NoTokenKey, Hint::NoPasswords]);
    let settings = with_tokens().with_jwt_audience("orders");
    let explained = client.explain_by(settings, &line(&token), None, &[&token]).await;
    assert_ne!(explained.verdict(), Verdict::Accepted);
}

#[tokio::test]
async fn passwords_are_explained_where_the_application_adds_them_and_never_shown() {
    let client = Client::of(Scheme::ApiKey).await;
    let hash = PasswordHash::bcrypt(&"correct horse".into(), 4).expect("a hash");
    let users = UserVerifier::single(SinglePassword::new("ada".into(), hash)).expect("a user");
    let explainer = Explainer::new(ExplainSettings::new()).expect("an explainer");
    let explainer = explainer.with_authenticator(BasicAuthenticator::new(users));
    for (password, reason) in [("correct horse", None), ("battery staple", Some(Reason::WrongSignature))] {
        let line = format!("curl https://a.example/ -u 'ada:{password}'");
        let encoded = STANDARD.encode(format!("ada:{password}"));
        let dump = format!("GET / HTTP/1.1\nHost: a.example\nAuthorization: Basic {encoded}\n\n");
        for text in [line, dump] {
            let request = ExplainedRequest::parse(&text).expect("a request");
            let explained = explainer.explain(&client.store, &request, None, NOW).await.expect("an answer");
            assert_eq!(explained.refusal().map(|refusal| refusal.reason()), reason, "{explained:?}");
            assert_eq!((explained.scheme(), explained.hints()), (Some(Scheme::Basic), &[][..]));
            let all = format!("{} {request:?}", everything(&explained));
            for hidden in [password, &encoded, "$2b$"] {
                assert!(!all.contains(hidden), "{all}");
            }
        }
    }
}
