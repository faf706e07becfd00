//! Entry points: what routes are called, and which of them a key may call.

mod mistakes;
mod open_paths;
mod served;
mod signed_urls;

use portcullis::store::{AdminError, EntryPointStore, EntryPoints, KeyRef};
use portcullis::{KeyAdmin, Realm};

use self::served::{DECLARED, Framework, in_both, key};
use crate::kit::NOW;

#[test]
fn a_key_that_is_limited_to_a_route_may_call_that_one_and_nothing_else() {
    in_both(|framework, kit| async move {
        let reader = key(&kit, Some(&["orders.read"])).await;
        for (method, path, status) in [
            ("GET", "/api/v1/orders/7", 200),
            ("GET", "/api/v2/orders/7?path=/feed", 200),
            ("POST", "/api/v1/orders/7", 405),
            ("GET", "/api/v1/orders/new", 403),
            ("GET", "/api/v1/orders", 403),
            ("POST", "/api/v1/orders", 403),
            ("GET", "/api/v1/list/7", 403),
            ("GET", "/api/hello/", 403),
            ("GET", "/api", 403),
            ("GET", "/feed", 403),
            ("GET", "/", 403),
            ("GET", "/health", 200),
        ] {
            let answer = framework.ask(&kit, Some(&reader), method, path).await;
            assert_eq!(answer.status, status, "{framework:?} {method} {path}");
        }
    });
}

#[test]
fn whatever_the_spelling_the_route_that_answers_is_one_that_the_key_may_call() {
    in_both(|framework, kit| async move {
        let reader = key(&kit, Some(&["orders.read"])).await;
        let anybody = key(&kit, None).await;
        let mut answered = 0;
        for path in [
            "/api/v1/orders/7",
            "/api/v1/orders/%6Eew",
            "/api/v1/orders/n%65w",
            "/api/v1/orders/new/",
            "/api/v1/orders/new%2F",
            "/api/v1/orders/a%2Fb",
            "/api/v1/orders/..",
            "/api/v1/orders/%2e%2e",
            "/api/v1/orders/../list/7",
            "/api/v1/orders/..%2Flist%2F7",
            "/api/v1/%6Frders/7",
            "/api/v1/Orders/7",
            "//api/v1/orders/7",
            "/api//v1/orders/7",
            "/api/v1/orders/new;x",
            "/api/v1/orders//",
            "/api/v1/list/orders",
            "/%61pi/v1/list/7",
        ] {
            let limited = framework.ask(&kit, Some(&reader), "GET", path).await;
            let free = framework.ask(&kit, Some(&anybody), "GET", path).await;
            // What the router matched decides, and it is the same for both keys.
            let expected = match (free.status.as_u16(), free.body.as_str()) {
                (200, "/api/v{version}/orders/{id}") => 200,
                (200, _) => 403,
                (status, _) => status,
            };
            assert!([200, 404].contains(&free.status.as_u16()), "{framework:?} {path}: {free:?}");
            assert_eq!(limited.status, expected, "{framework:?} {path}: {free:?}");
            answered += u32::from(expected == 200);
        }
        assert!(answered >= 4, "{framework:?}: {answered}");
    });
}

#[test]
fn a_key_without_limits_may_call_everything_and_a_key_of_none_nothing() {
    in_both(|framework, kit| async move {
        let (anybody, nobody) = (key(&kit, None).await, key(&kit, Some(&[])).await);
        for (method, path) in SAMPLES {
            let free = framework.ask(&kit, Some(&anybody), method, path).await;
            assert_eq!(free.status, 200, "{framework:?} {path}");
            let none = framework.ask(&kit, Some(&nobody), method, path).await;
            assert_eq!(none.status, 403, "{framework:?} {path}");
        }
    });
}

/// A request for each of [`DECLARED`], in the same order.
const SAMPLES: [(&str, &str); 9] = [
    ("GET", "/"),
    ("GET", "/feed"),
    ("GET", "/api/hello/"),
    ("GET", "/api/v1/orders/new"),
    ("GET", "/api/v1/orders/7"),
    ("GET", "/api/v1/orders"),
    ("POST", "/api/v1/orders"),
    ("GET", "/api/v1/list/7"),
    ("GET", "/api"),
];

#[test]
fn the_list_is_what_was_declared_with_the_patterns_that_the_router_matches() {
    in_both(|framework, kit| async move {
        let listed = framework.entry_points(&kit);
        let pairs: Vec<_> = listed.iter().map(|one| (one.name(), one.pattern())).collect();
        assert_eq!(pairs, DECLARED, "{framework:?}");
        assert_eq!(framework.open_routes(&kit), ["/health"]);
        // Each route answers with the pattern that was matched.
        for ((name, pattern), (method, path)) in DECLARED.into_iter().zip(SAMPLES) {
            let only = key(&kit, Some(&[name])).await;
            let answer = framework.ask(&kit, Some(&only), method, path).await;
            assert_eq!(
                (answer.status.as_u16(), answer.body.as_str()),
                (200, pattern),
                "{framework:?} {name}"
            );
        }
    });
}

#[test]
fn every_route_but_the_open_and_the_anonymous_ones_wants_a_credential() {
    in_both(|framework, kit| async move {
        for (method, path) in SAMPLES {
            let status = framework.ask(&kit, None, method, path).await.status;
            assert_eq!(status, if path == "/feed" { 200 } else { 401 }, "{framework:?} {path}");
        }
        let wrong = crate::kit::get("/feed", &[("x-api-key", "wrong")]);
        assert_eq!(framework.send(&kit, wrong).await.status, 401, "{framework:?}");
        assert_eq!(framework.ask(&kit, None, "GET", "/health").await.status, 200);
    });
}

#[test]
fn a_scoped_route_wants_the_scope_and_the_name() {
    in_both(|framework, kit| async move {
        let new = portcullis::store::NewKey::new(portcullis::Scheme::ApiKey, crate::kit::Kit::ada());
        let only = EntryPoints::only(["orders.create"]).expect("a name");
        let unscoped = kit.issue(new.with_entry_points(only)).await;
        let scoped = key(&kit, Some(&["orders.create"])).await;
        let elsewhere = key(&kit, Some(&["orders.list"])).await;
        for (key, status) in [(&unscoped, 403), (&scoped, 200), (&elsewhere, 403)] {
            let answer = framework.ask(&kit, Some(key), "POST", "/api/v1/orders").await;
            assert_eq!(answer.status, status, "{framework:?}");
        }
        // The other method of the same path is another entry point.
        assert_eq!(framework.ask(&kit, Some(&scoped), "GET", "/api/v1/orders").await.status, 403);
        assert_eq!(framework.ask(&kit, Some(&elsewhere), "GET", "/api/v1/orders").await.status, 200);
    });
}

#[test]
fn a_name_that_is_assigned_or_taken_away_holds_at_the_next_request() {
    in_both(|framework, kit| async move {
        let issued = key(&kit, None).await;
        let key_ref = KeyRef { realm: Realm::default(), id: issued.id.clone() };
        let report = kit.keys.sync_entry_points(&framework.entry_points(&kit)).await.expect("synced");
        assert_eq!((report.added.len(), report.gone.len()), (DECLARED.len(), 0));
        for (names, read, list) in [
            (EntryPoints::only(["orders.read"]), 200, 403),
            (EntryPoints::only(["orders.list", "/api/v{version}/list/{id}"]), 403, 200),
            (Ok(EntryPoints::any()), 200, 200),
            (EntryPoints::only([]), 403, 403),
        ] {
            let names = names.expect("names");
            kit.keys.assign_entry_points(&key_ref, names).await.expect("assigned");
            for (path, status) in [("/api/v1/orders/7", read), ("/api/v1/list/7", list)] {
                let answer = framework.ask(&kit, Some(&issued), "GET", path).await;
                assert_eq!(answer.status, status, "{framework:?} {path}");
            }
        }
    });
}

#[test]
fn a_name_that_is_gone_is_kept_but_not_assigned() {
    in_both(|framework, kit| async move {
        let mut declared = framework.entry_points(&kit);
        kit.keys.sync_entry_points(&declared).await.expect("synced");
        assert!(kit.keys.sync_entry_points(&declared).await.expect("synced").is_empty());
        let reader = key(&kit, Some(&["orders.read"])).await;
        declared.retain(|one| one.name() != "orders.read");
        let report = kit.keys.sync_entry_points(&declared).await.expect("synced");
        assert_eq!(report.gone, ["orders.read"]);

        let saved = kit.keys.entry_points().await.expect("a list");
        let gone = saved.iter().find(|one| one.entry_point.name() == "orders.read");
        assert!(gone.is_some_and(|one| !one.live));
        let key_ref = KeyRef { realm: Realm::default(), id: reader.id.clone() };
        let names = EntryPoints::only(["orders.read"]).expect("a name");
        let assigned = kit.keys.assign_entry_points(&key_ref, names).await;
        assert!(matches!(assigned, Err(AdminError::UnknownEntryPoint)));
        // The list does not decide about requests: the key names the route, which is there.
        assert_eq!(framework.ask(&kit, Some(&reader), "GET", "/api/v1/orders/7").await.status, 200);
        kit.keys.revoke(&key_ref, "", NOW).await.expect("revoked");
        assert_eq!(framework.ask(&kit, Some(&reader), "GET", "/api/v1/orders/7").await.status, 401);
    });
}

#[test]
fn both_frameworks_answer_a_refused_key_in_the_same_words() {
    let answers = std::sync::Mutex::new(Vec::new());
    in_both(|framework: Framework, kit| {
        let answers = &answers;
        async move {
            let reader = key(&kit, Some(&["orders.read"])).await;
            let answer = framework.ask(&kit, Some(&reader), "GET", "/feed").await;
            answers.lock().expect("not poisoned").push((answer.status, answer.body));
        }
    });
    let answers = answers.into_inner().expect("not poisoned");
    assert_eq!(answers[0], answers[1]);
}
