//! What the quickstart prints works when it is pasted.

use serde_json::json;

use crate::demo::{
    API_KEY, COMMANDS, Demo, EVENT, FEED, JWT, MESSAGE, ORDER, SIGNED_URL, SIGV4, TOKEN, X_AUTH, X_AUTH_BODY,
};

#[test]
fn every_printed_command_works_twice_in_a_row() {
    let demo = Demo::start();
    assert_eq!(demo.lines(), COMMANDS.map(|label| demo.command(label)));
    for label in COMMANDS {
        let expected = if label == ORDER { 201 } else { 200 };
        for time in ["first", "second"] {
            let answer = demo.paste(label);
            assert_eq!(answer.status, expected, "{label}, the {time} time: {answer:?}");
        }
    }
}

#[test]
fn each_scheme_says_who_it_was() {
    let demo = Demo::start();
    for (label, scheme, site, scopes) in [
        (API_KEY, "api-key", json!("demo-site"), json!(["orders:read", "orders:write"])),
        (JWT, "jwt", json!(null), json!([])),
        (X_AUTH, "x-auth", json!(null), json!([])),
        (X_AUTH_BODY, "x-auth", json!(null), json!([])),
        (SIGV4, "sigv4", json!(null), json!([])),
        (MESSAGE, "message-signature", json!(null), json!([])),
    ] {
        let me = demo.paste(label).json();
        assert_eq!(
            (&me["user"], &me["account"], &me["site"], &me["scheme"], &me["scopes"]),
            (&json!("demo"), &json!("demo"), &site, &json!(scheme), &scopes),
            "{label}"
        );
        assert_eq!(me["key"].is_string(), scheme != "jwt", "{label}");
    }
    let me = demo.paste_changed(SIGNED_URL, "/api/hello/?", "/whoami?").json();
    assert_eq!((&me["user"], &me["scheme"]), (&json!("demo"), &json!("query-signature")));
    assert_eq!(demo.paste(SIGNED_URL).json(), json!({ "hello": "demo" }));
    let event = json!({ "event": "order.paid", "user": "demo-shop", "scheme": "webhook" });
    assert_eq!(demo.paste(EVENT).json(), event);
}

#[test]
fn the_public_routes_answer_in_their_words() {
    let demo = Demo::start();
    assert_eq!(demo.paste("Is it up").json(), json!({ "status": "ok" }));
    let ping = demo.paste("The same, as IGNY8 asks").json();
    assert_eq!((&ping["success"], &ping["data"]), (&json!(true), &json!({ "status": "ok" })));
    assert_eq!(ping["request_id"].as_str().map(str::len), Some(32));

    let answer = demo.paste(TOKEN);
    assert_eq!(answer.header("cache-control"), ["no-store"]);
    assert_eq!(answer.json()["token_type"], "bearer");
    assert_eq!(demo.paste(FEED).json(), json!({ "reader": "anonymous" }));
    let known = demo.paste_changed(API_KEY, "/whoami", "/feed");
    assert_eq!(known.json(), json!({ "reader": "demo" }));
}
