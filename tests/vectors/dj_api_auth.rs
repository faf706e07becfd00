//! Signed URLs of dj-api-auth.

use portcullis::query_signature::QuerySignatureAuthenticator;
use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use portcullis::store::{EntryPoints, KeyOwner, NewKey, StoredPrincipal};
use portcullis::{KeyAdmin, Scheme, Secret, Timestamp, UserId};
use serde_json::Value;

use crate::harness::{load, text, verdict};

async fn keys(file: &Value) -> MemoryKeyStore {
    let keys: MemoryKeyStore = MemoryKeyStore::new();
    keys.add_user(&UserId::from("admin"), None).await.expect("user");
    for (id, entry_points) in file["permissions"].as_object().expect("permissions") {
        // There, paths are written without the slash that they are sent with.
        let paths =
            entry_points.as_array().expect("a list").iter().map(|path| path.as_str().expect("a text"));
        let names: Vec<_> = paths.map(|path| format!("/{path}")).collect();
        let key = NewKey::new(Scheme::QuerySignature, KeyOwner::user("admin"))
            .with_id(id.as_str())
            .with_secret(Secret::from(text(file, "secret")))
            .with_entry_points(EntryPoints::only(names.iter().map(String::as_str)).expect("names"));
        let _ = keys.issue(key, Timestamp::from_unix_seconds(0)).await.expect("issued");
    }
    keys
}

async fn run(
    file: &Value,
    authenticator: impl Fn() -> QuerySignatureAuthenticator<MemoryKeyStore, MemoryNonceStore>,
) {
    let mut accepted = 0;
    let cases = file["vectors"].as_array().expect("cases");
    for case in cases {
        let now = case["server_now"].as_i64().expect("a time");
        let found: Result<StoredPrincipal, _> = verdict(&authenticator(), case, now).await;
        let expected = text(case, "recommended") == "accept";
        assert_eq!(found.is_ok(), expected, "{}: {:?}", text(case, "name"), found.err());
        accepted += usize::from(expected);
    }
    assert_eq!((cases.len(), accepted), (12, 9));
}

#[tokio::test]
async fn every_signed_url_gets_its_verdict_in_the_strict_form() {
    let file = load("dj_api_auth");
    let keys = keys(&file).await;
    run(&file, || QuerySignatureAuthenticator::new(keys.clone(), MemoryNonceStore::new())).await;
}

#[tokio::test]
async fn every_signed_url_gets_its_verdict_in_the_compatible_form() {
    let file = load("dj_api_auth");
    let keys = keys(&file).await;
    let compatible =
        || QuerySignatureAuthenticator::new(keys.clone(), MemoryNonceStore::new()).accept_compatible_form();
    run(&file, compatible).await;
}
