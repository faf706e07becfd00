//! Passwords, API keys and bearer tokens in headers and queries.

use std::collections::HashMap;

use portcullis::api_key::{ApiKeyAuthenticator, ApiKeyCarrier, KeyShape};
use portcullis::basic::BasicAuthenticator;
use portcullis::jwt::JwtAuthenticator;
use portcullis::password::{PasswordHash, PasswordUsers, UserVerifier};
use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{KeyOwner, NewKey};
use portcullis::{KeyAdmin, Scheme, Secret, Timestamp, UserId};
use serde_json::Value;

use crate::harness::{load, text, verdict};
use crate::jwt_tokens::verifier;

#[tokio::test]
async fn every_user_and_password_gets_its_verdict() {
    let file = load("http_auth");
    let part = &file["basic"];
    let hash = |password: &str| PasswordHash::bcrypt(&password.into(), 4).expect("a hash");
    let users: HashMap<UserId, PasswordHash> = part["users"]
        .as_object()
        .expect("users")
        .iter()
        .map(|(name, password)| (name.as_str().into(), hash(password.as_str().expect("a text"))))
        .collect();
    let users = UserVerifier::new(PasswordUsers::new(users), &hash("")).expect("a verifier");
    let authenticator = BasicAuthenticator::new(users);
    let cases = part["cases"].as_array().expect("cases");
    let mut accepted = 0;
    for case in cases {
        let name = text(case, "name");
        let expected = match text(case, "expected") {
            "accept" => true,
            "reject" => false,
            // Left to policy: one space or more is the grammar of RFC 9110, and a value has
            // one alphabet.
            _ => name == "ok-two-spaces",
        };
        let found = verdict(&authenticator, case, 1_700_000_000).await;
        assert_eq!(found.is_ok(), expected, "{name}: {:?}", found.err());
        accepted += usize::from(expected);
    }
    assert_eq!((cases.len(), accepted), (14, 8));
}

#[tokio::test]
async fn every_api_key_gets_its_verdict() {
    let file = load("http_auth");
    let part = &file["apikey"];
    let keys: MemoryKeyStore = MemoryKeyStore::new();
    keys.add_user(&UserId::from("u"), None).await.expect("user");
    let key = NewKey::new(Scheme::ApiKey, KeyOwner::user("u")).with_secret(Secret::from(text(part, "key")));
    let _ = keys.issue(key, Timestamp::from_unix_seconds(0)).await.expect("issued");
    let authenticator = ApiKeyAuthenticator::new(keys, KeyShape::any()).with_carriers([
        ApiKeyCarrier::header(text(part, "header")),
        ApiKeyCarrier::parameter(text(part, "query").to_owned()),
    ]);
    // What the file leaves to policy, we refuse: a name that is the same only after
    // decoding, and a scheme word that was not asked for.
    let refused = ["query-pct-encoded-name", "authorization-apikey-scheme"];
    let cases = part["cases"].as_array().expect("cases");
    for case in cases {
        let name = text(case, "name");
        let expected = match text(case, "expected") {
            "accept" => true,
            "reject" => false,
            _ => !refused.contains(&name),
        };
        let found = verdict(&authenticator, case, 1_700_000_000).await;
        assert_eq!(found.is_ok(), expected, "{name}: {:?}", found.err());
    }
    assert_eq!(cases.len(), 11);
}

#[tokio::test]
async fn every_bearer_token_gets_its_verdict() {
    let tokens = load("jwt_tokens");
    let all = tokens["cases"].as_array().expect("cases");
    let good = all.iter().find(|case| text(case, "name") == "ok-hs256").expect("the token");
    let authenticator = JwtAuthenticator::new(verifier(&tokens["profiles"][text(good, "profile")]));
    let now = tokens["now"].as_i64().expect("a time");
    let filled_in = load("http_auth")["bearer"].to_string().replace("{JWT}", text(good, "token"));
    let part: Value = serde_json::from_str(&filled_in).expect("json");
    let cases = part["cases"].as_array().expect("cases");
    let mut accepted = 0;
    for case in cases {
        let found = verdict(&authenticator, case, now).await;
        let expected = text(case, "expected") == "accept";
        assert_eq!(found.is_ok(), expected, "{}: {:?}", text(case, "name"), found.err());
        accepted += usize::from(expected);
    }
    assert_eq!((cases.len(), accepted), (12, 4));
}
