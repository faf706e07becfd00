//! x-auth headers of Drupal's API key manager.

use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use portcullis::store::{Enabled, KeyOwner, KeyRef, NewKey};
use portcullis::x_auth::{XAuthAuthenticator, XAuthSigner};
use portcullis::{KeyAdmin, KeyId, Realm, Scheme, Secret, Timestamp, UserId};
use serde_json::Value;

use crate::harness::{load, text, verdict};

async fn keys(file: &Value) -> MemoryKeyStore {
    let keys: MemoryKeyStore = MemoryKeyStore::new();
    for key in file["keys"].as_array().expect("keys") {
        let user = UserId::from(key["uid"].to_string());
        let id = KeyId::from(text(key, "api_key"));
        keys.add_user(&user, None).await.expect("user");
        let new = NewKey::new(Scheme::XAuth, KeyOwner::user(user))
            .with_id(id.clone())
            .with_secret(Secret::from(text(key, "shared_secret")));
        let _ = keys.issue(new, Timestamp::from_unix_seconds(0)).await.expect("issued");
        if key["enabled"] == false {
            keys.set_enabled(&KeyRef { realm: Realm::default(), id }, Enabled::No).await.expect("disabled");
        }
    }
    keys
}

const LONG_EXP: &str = "seed-doc-example-exp-11-digits";

#[tokio::test]
async fn every_request_gets_its_verdict() {
    let file = load("drupal_x_auth");
    let keys = keys(&file).await;
    let mut accepted = 0;
    let cases = file["vectors"].as_array().expect("cases");
    for case in cases {
        let now = case["server_now"].as_i64().expect("a time");
        let x_auth = XAuthAuthenticator::new(keys.clone(), MemoryNonceStore::new());
        let found = verdict(&x_auth, case, now).await;
        let expected = text(case, "recommended") == "accept";
        assert_eq!(found.is_ok(), expected, "{}: {:?}", text(case, "name"), found.as_ref().err());
        if let Ok(principal) = found {
            let user = principal.user().as_ref().expect("a user").to_string();
            assert_eq!(format!("user:{user}"), text(case, "seed_user"));
            accepted += 1;
        }
        let lenient = XAuthAuthenticator::new(keys.clone(), MemoryNonceStore::new())
            .dangerous_accept_eleven_digit_exp();
        let with_option = verdict(&lenient, case, now).await.is_ok();
        assert_eq!(with_option, expected || text(case, "name") == LONG_EXP, "{}", text(case, "name"));
    }
    assert_eq!((cases.len(), accepted), (12, 6));
}

#[tokio::test]
async fn the_eleven_digit_client_is_served_for_as_long_as_any_other() {
    let file = load("drupal_x_auth");
    let keys = keys(&file).await;
    let cases = file["vectors"].as_array().expect("cases");
    let case = cases.iter().find(|case| text(case, "name") == LONG_EXP).expect("the case");
    let signed = case["server_now"].as_i64().expect("a time");
    for (later, accepted) in [(0, true), (599, true), (600, false), (86_400, false), (938_000_000, false)] {
        let lenient = XAuthAuthenticator::new(keys.clone(), MemoryNonceStore::new())
            .dangerous_accept_eleven_digit_exp();
        assert_eq!(verdict(&lenient, case, signed + later).await.is_ok(), accepted, "{later}");
    }
}

#[test]
fn our_signer_makes_the_signatures_of_the_originals_clients() {
    use base64::Engine;
    let file = load("drupal_x_auth");
    let secret = |id: &str| {
        let keys = file["keys"].as_array().expect("keys");
        keys.iter().find(|key| text(key, "api_key") == id).map(|key| Secret::from(text(key, "shared_secret")))
    };
    let mut compared = 0;
    for case in file["vectors"].as_array().expect("cases") {
        let header = |name: &str| {
            let headers = case["headers"].as_array().expect("headers");
            headers
                .iter()
                .find(|pair| pair[0] == name)
                .map(|pair| pair[1].as_str().expect("a text").to_owned())
        };
        let parts = (header("x-auth-iss"), header("x-auth-exp"), header("x-auth-nbf"));
        let (Some(iss), Some(exp), Some(nbf)) = parts else { continue };
        let (Some(secret), Some(theirs)) = (secret(&iss), case["crypto_js_signature"].as_str()) else {
            continue;
        };
        let seconds = |text: &str| text.parse::<i64>().expect("seconds");
        if exp.len() != 10 {
            continue;
        }
        // Our signer sets `nbf` five seconds back.
        let now = seconds(&nbf) + 5;
        let Ok(life) = u64::try_from(seconds(&exp) - now) else { continue };
        let body = base64::engine::general_purpose::STANDARD.decode(text(case, "body_b64")).expect("base64");
        let signer = XAuthSigner::new(iss, &secret).with_life(std::time::Duration::from_secs(life));
        let signed = signer.sign(&body, Timestamp::from_unix_seconds(now)).expect("signed");
        if text(case, "name") != "wrong-secret" {
            assert_eq!(signed.signature, theirs, "{}", text(case, "name"));
            compared += 1;
        }
    }
    assert!(compared >= 8, "{compared} compared");
}
