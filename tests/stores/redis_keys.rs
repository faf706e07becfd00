//! What keys in Redis promise besides what every store of keys does.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use portcullis::store::redis::RedisServer;
use portcullis::store::{
    AdminError, Change, ChangeFeed, ChangeListener, Enabled, KeyAdmin, KeyHandle, KeyQuery, KeyStore,
    RoleAdmin, StoreError,
};
use portcullis::{GroupId, KeyId, Realm, RoleId, Scheme, UserId};
use redis::{AsyncCommands, cmd};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::fixtures::*;
use crate::redis_backends::{keys, namespace, plain, server_in};
use crate::servers::{OwnRedis, redis_url};

#[tokio::test]
async fn a_server_that_was_killed_has_everything_that_it_answered() {
    let own = OwnRedis::new();
    let store = keys(&RedisServer::connect(own.url()).await.expect("Redis"));
    store.add_user(&UserId::from("ada"), None).await.expect("added");
    let issued = issue(&store, api_key()).await;
    let signing = issue(&store, signing_key()).await;
    store.revoke(&default_realm(&issued.id), "lost", at(1)).await.expect("revoked");
    let number = store.change_number().await.expect("a number");

    own.kill_nine();
    own.start();

    let again = keys(&RedisServer::connect(own.url()).await.expect("Redis"));
    let record = find_key(&again, &issued.secret).await.expect("the key");
    assert_eq!(refusal(&record, at(2)), Some(portcullis::Reason::KeyRevoked));
    let record = find_id(&again, Scheme::XAuth, signing.id.as_str()).await.expect("the key");
    assert!(signs_with(&record, &signing.secret, at(2)));
    assert_eq!(again.change_number().await.expect("a number"), number);
    assert!(matches!(again.add_user(&UserId::from("ada"), None).await, Err(AdminError::Duplicate)));
}

#[tokio::test]
async fn a_change_is_heard_on_another_connection_within_100_ms() {
    let name = namespace();
    let (one, other) = (keys(&server_in(&name).await), keys(&server_in(&name).await));
    let mut heard = one.listen().await.expect("a listener");
    let mut late = 0;
    for number in 1..=20 {
        let user = UserId::from(format!("user {number}"));
        other.add_user(&user, None).await.expect("added");
        let started = Instant::now();
        let message = timeout(Duration::from_secs(60), heard.next()).await.expect("in time");
        late += usize::from(started.elapsed() > Duration::from_millis(100));
        let message = message.expect("a message");
        let owner = portcullis::store::OwnerRef::User(user);
        assert_eq!((message.number, message.change), (number, Change::Owner(owner)));
    }
    assert!(late <= 2, "{late} of 20, more than a busy machine explains");
}

#[tokio::test]
async fn neither_another_namespace_nor_another_database_is_seen_or_heard() {
    let name = namespace();
    let store = keys(&server_in(&name).await);
    let mut heard = store.listen().await.expect("a listener");
    let other_database = format!("{}/1", redis_url().trim_end_matches('/'));
    let elsewhere = RedisServer::connect(&other_database).await.expect("Redis");
    for server in [server_in(&namespace()).await, elsewhere.with_namespace(&name).expect("a namespace")] {
        let other = keys(&server);
        other.add_user(&UserId::from("ada"), None).await.expect("added");
        let issued = issue(&other, api_key()).await;
        assert!(find_key(&store, &issued.secret).await.is_none());
    }
    assert_eq!(store.change_number().await.expect("a number"), 0);
    store.add_user(&UserId::from("ada"), None).await.expect("added");
    assert_eq!(heard.next().await.expect("a message").number, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_of_one_document_at_once_are_all_made_and_numbered() {
    const MANY: u64 = 40;
    let name = namespace();
    let stores = [keys(&server_in(&name).await), keys(&server_in(&name).await)];
    let mut heard = stores[0].listen().await.expect("a listener");
    let mut changes = JoinSet::new();
    for number in 0..MANY {
        let store = stores[number as usize % 2].clone();
        changes.spawn(async move { store.add_group(&GroupId::from(format!("group {number:02}"))).await });
    }
    assert!(changes.join_all().await.iter().all(Result::is_ok));
    assert_eq!(stores[1].list_groups().await.expect("a list").len() as u64, MANY);
    for number in 1..=MANY {
        let message = heard.next().await.expect("a message");
        assert_eq!((message.number, message.change), (number, Change::Roles));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_that_issue_the_same_id_or_secret_at_once_one_succeeds() {
    let name = namespace();
    let stores = [keys(&server_in(&name).await), keys(&server_in(&name).await)];
    for round in 0..10 {
        let mut issuers = JoinSet::new();
        for number in 0..16 {
            let store = stores[number % 2].clone();
            let key = if round % 2 == 0 {
                api_key().with_id(format!("key {round}").replace(' ', "-"))
            } else {
                api_key().with_secret(portcullis::Secret::from(format!("{IMPORTED}{round}").as_str()))
            };
            issuers.spawn(async move { store.issue(key, at(0)).await });
        }
        let answers = issuers.join_all().await;
        let (issued, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(issued.len(), 1, "round {round}");
        assert!(refused.iter().all(|answer| matches!(answer, Err(AdminError::Duplicate))), "{refused:?}");
    }
    let listed = stores[0].list(&KeyQuery::new(Realm::default()), at(0)).await.expect("a list");
    assert_eq!(listed.len(), 10);
}

#[tokio::test]
async fn no_secret_is_in_the_database() {
    let name = namespace();
    let store = keys(&server_in(&name).await);
    let mut secrets = Vec::new();
    for key in [api_key().with_prefix("acme_"), signing_key()] {
        let issued = issue(&store, key).await;
        let renewed = store.rotate(&default_realm(&issued.id), seconds(60), at(1)).await.expect("rotated");
        secrets.extend([issued.secret, renewed.secret]);
    }
    let mut connection = plain(&redis_url()).await;
    let names: Vec<String> = connection.keys(format!("{{{name}}}:*")).await.expect("names");
    let mut everything = Vec::new();
    for name in &names {
        everything.extend_from_slice(name.as_bytes());
        let kind: String = cmd("TYPE").arg(name).query_async(&mut connection).await.expect("a type");
        let values: Vec<Vec<u8>> = match kind.as_str() {
            "string" => vec![connection.get(name).await.expect("a value")],
            "zset" => connection.zrange(name, 0, -1).await.expect("members"),
            other => panic!("{name} is a {other}"),
        };
        everything.extend(values.concat());
    }
    assert!(everything.windows(6).any(|bytes| bytes == b"sealed"), "the documents were read");
    for secret in secrets {
        let text = secret.expose();
        assert!(!everything.windows(text.len()).any(|bytes| bytes == text));
        let tail = &text[text.len() - 16..];
        assert!(!everything.windows(16).any(|bytes| bytes == tail));
    }
}

#[tokio::test]
async fn a_document_from_before_there_were_hints_shows_the_prefix_alone() {
    let name = namespace();
    let store = keys(&server_in(&name).await);
    let mut connection = plain(&redis_url()).await;
    for key in [api_key().with_prefix("acme_").with_id("api"), signing_key().with_id("signing")] {
        let key = issue(&store, key).await.id;
        let place = format!("{{{name}}}:key:7:default:{}:{key}", key.as_str().len());
        let whole: String = connection.get(&place).await.expect("the document");
        let (before, hint) = whole.split_once("\"hint\":{").expect("a hint");
        let (_, after) = hint.split_once("},").expect("the end of the hint");
        let () = connection.set(&place, format!("{before}{after}")).await.expect("written");
    }
    let hints = async |query: KeyQuery| -> Vec<String> {
        let listed = store.list(&query, at(0)).await.expect("a list");
        listed.iter().map(|key| format!("{} {}", key.id, key.hint)).collect()
    };
    let all = KeyQuery::new(Realm::default());
    assert_eq!(hints(all.clone()).await, ["api acme_…", "signing "]);

    let renewed = store.rotate(&default_realm(&"api".into()), seconds(60), at(9)).await.expect("rotated");
    let text = String::from_utf8(renewed.secret.expose().to_vec()).expect("text");
    let shown = format!("acme_…{}", &text[text.len() - 4..]);
    assert_eq!(hints(all.with_search(&shown)).await, [format!("api {shown}")]);
}

#[tokio::test]
async fn what_was_damaged_is_an_error_and_never_absent() {
    let name = namespace();
    let store = keys(&server_in(&name).await);
    let mut connection = plain(&redis_url()).await;
    store.add_user(&UserId::from("ada"), None).await.expect("added");
    let owner = portcullis::store::KeyOwner::user("ada");
    let key = |id: &str| signing_key().with_id(id).with_owner(owner.clone());
    for id in ["one", "two"] {
        keep(&store, key(id)).await;
    }
    let document = |id: &str| format!("{{{name}}}:key:7:default:3:{id}");
    let find = async |id: &str| {
        let realm = Realm::default();
        store.find(&KeyHandle::Id { realm: &realm, scheme: Scheme::XAuth, id }).await
    };
    let whole: String = connection.get(document("one")).await.expect("the document");
    let other: String = connection.get(document("two")).await.expect("the document");
    for damaged in [
        "",
        "{}",
        "not JSON",
        &whole.replace("\"user\":\"ada\"", "\"user\":\"bob\""),
        &whole.replace("\"enabled\"", "\"unknown\""),
        // What was sealed for another key, and the document of another key.
        &other.replace("\"id\":\"two\"", "\"id\":\"one\""),
        &other,
    ] {
        let () = connection.set(document("one"), damaged).await.expect("written");
        assert!(matches!(find("one").await, Err(StoreError::Corrupt(_))), "{damaged}");
        let changed = store.set_enabled(&default_realm(&KeyId::from("one")), Enabled::No).await;
        let refused = matches!(changed, Err(AdminError::Store(StoreError::Corrupt(_))));
        assert_eq!(refused, ["", "{}", "not JSON"].contains(&damaged) || damaged.contains("unknown"));
        let () = connection.set(document("one"), &whole).await.expect("written");
    }
    assert!(find("one").await.expect("an answer").is_some());

    let issued = issue(&store, api_key().with_id("api")).await;
    let () = connection.del(document("api")).await.expect("deleted");
    let digests = [portcullis::store::KeyHasher::sha256().digest(issued.secret.expose())];
    let realm = Realm::default();
    let found = store.find(&KeyHandle::Digests { realm: &realm, digests: &digests }).await;
    assert!(matches!(found, Err(StoreError::Corrupt(_))));
    let () = connection.set(format!("{{{name}}}:roles"), "{}").await.expect("written");
    assert!(matches!(store.list_roles().await, Err(AdminError::Store(StoreError::Corrupt(_)))));
}

#[tokio::test]
async fn a_list_longer_than_a_batch_is_whole_and_in_order() {
    let store = keys(&server_in(&namespace()).await);
    let new = (0..450).map(|number| signing_key().with_id(format!("k{number:03}")));
    drop(store.issue_all(new.collect(), at(0)).await.expect("issued"));
    let all = KeyQuery::new(Realm::default()).with_limit(1_000);
    let listed = store.list(&all, at(0)).await.expect("a list");
    let ids: Vec<_> = listed.iter().map(|key| key.id.to_string()).collect();
    assert_eq!(ids.len(), 450);
    assert!(ids.is_sorted());
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 450);
}

#[tokio::test]
async fn a_group_that_is_added_again_has_no_users_also_for_users_who_were_in_it() {
    let store = keys(&server_in(&namespace()).await);
    let (ada, staff, runner) = (UserId::from("ada"), GroupId::from("staff"), RoleId::from("runner"));
    store.add_user(&ada, None).await.expect("added");
    store.add_role(&runner).await.expect("added");
    for _ in 0..2 {
        store.add_group(&staff).await.expect("added");
        assert!(store.list_groups_of_user(&ada).await.expect("a list").is_empty());
        assert!(store.list_users_of_group(&staff, None, 9).await.expect("a list").is_empty());
        store.add_user_to_group(&ada, &staff).await.expect("added");
        assert_eq!(
            store.list_users_of_group(&staff, None, 9).await.expect("a list"),
            std::slice::from_ref(&ada)
        );
        store.remove_group(&staff).await.expect("removed");
    }
}
