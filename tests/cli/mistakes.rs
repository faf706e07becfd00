//! `explain`: what it says of keys, tokens and settings that are not the right ones, and that
//! nothing in a dump reaches the terminal as it is.

use crate::explain::{Client, NOW, post};
use crate::harness::{Cli, JWT_KEY, text};

fn get(header: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: a\r\n{header}\r\n\r\n")
}

/// Every control character but the line end, which ends a line of the dump too.
fn controls() -> String {
    ('\0'..='\u{9f}').filter(|c| c.is_control() && *c != '\n').collect()
}

#[test]
fn nothing_in_a_dump_moves_the_cursor() {
    let odd = controls();
    assert_eq!(odd.chars().count(), 64);
    let limited = Client::of("api-key", &[]);
    limited.cli.file("routes", "orders.read /orders/{id}\n");
    limited.cli.ok(&["entry-points", "sync", "routes"]);
    limited.cli.ok(&["keys", "edit", &limited.id, "--entry-point", "orders.read"]);
    let hinted = format!("GET /{odd}x HTTP/1.1\nX-API-Key: {}\n\n", limited.secret);
    let (reason, people, report) = limited.refused(&hinted, &[], &[]);
    assert_eq!(reason, "the key may not call this entry point");
    assert!(people.contains("hint: the entry point is taken to be /"), "{people}");
    let in_json = report["hints"][0].as_str().expect("a hint").to_owned();

    let signed = Client::of("x-auth", &[]);
    let body = format!("{odd}\n");
    let text_of_body = post("/", &signed.x_auth("", NOW), &body);
    let (_, canonical, _) = signed.refused(&text_of_body, &[], &[]);
    let file = signed.cli.file("canonical", format!("{body}other"));
    let (_, compared, _) = signed.refused(&text_of_body, &["--client-canonical", &file], &[]);
    // The id of the key, and the texts of a signed URL.
    let url = format!("GET /{odd}?apikey={odd}&timestamp={NOW}&signature=AAAA HTTP/1.1\n\n");
    let (_, unknown, _) = signed.refused(&url, &[], &[]);
    assert!(unknown.contains(" (unknown)") && unknown.contains("the server signs"), "{unknown}");
    for shown in [&people, &in_json, &canonical, &compared, &unknown] {
        let raw: Vec<_> = shown.chars().filter(|c| c.is_control() && *c != '\n').collect();
        assert!(raw.is_empty(), "{raw:?} in {shown:?}");
    }
}

#[test]
fn a_curl_line_is_explained_as_its_dump_is() {
    let client = Client::of("x-auth", &[]);
    let headers = client.x_auth("{}", NOW);
    for body in ["{}", "{ }"] {
        let lines: Vec<_> =
            headers.pairs().iter().map(|(name, value)| format!(" \\\n  -H '{name}: {value}'")).collect();
        let curl = format!("$ curl -s https://a.example/orders{} -d '{body}' | jq .\n", lines.concat());
        let (code, people, report) = client.explain(&curl, &[], &[]);
        assert_eq!(code, Some(if body == "{}" { 0 } else { 4 }), "{people}");
        assert_eq!((code, people, report), client.explain(&post("/orders", &headers, body), &[], &[]));
    }
    let (id, key) = client.cli.issue(&["--scheme", "api-key"]);
    let line = format!("curl https://a.example/ -H \"X-API-Key: {key}\"");
    let (_, people, report) = client.explain(&line, &[], &[]);
    assert_eq!(text(&report["key"], "id"), id);
    assert!(!people.contains(&key), "{people}");
    for (line, said) in [
        ("curl a -d @s3cret", "option -d of the curl line"),
        ("curl a -F s3cret=1", "option -F of the curl line"),
        ("curl a -H 's3cret", "line 1, column 11 of the curl line"),
    ] {
        let done = client.cli.run_with(&["explain"], line.as_bytes());
        assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{done:?}");
        assert!(done.err.contains(said) && !done.err.contains("s3cret"), "{done:?}");
    }
}

#[test]
fn a_mistyped_key_is_told_from_an_unknown_one() {
    let client = Client::of("api-key", &["--format", "checked:acme:live"]);
    let head = &client.secret[..client.secret.len() - 1];
    let mistyped = format!("{head}{}", if client.secret.ends_with('a') { "b" } else { "a" });
    let format = ["--key-format", "checked:acme:live"];
    for (header, arguments, reason) in [
        ("X-API-Key: ", &[][..], "the key is unknown"),
        ("Authorization: Bearer ", &[], "the key is unknown"),
        ("X-Own: ", &["--api-key-header", "X-Own"], "the key is unknown"),
        ("X-API-Key: ", &format, "the credential has the wrong form"),
    ] {
        let (said, people, _) = client.refused(&get(&format!("{header}{mistyped}")), arguments, &[]);
        assert_eq!(said, reason, "{header}");
        assert!(people.contains("its checksum is wrong") && !people.contains("--realm"), "{people}");
        assert!(!people.contains(&mistyped), "{people}");
    }
    let (_, people, _) = client.refused(&get(&format!("X-API-Key: {}", "k".repeat(40))), &[], &[]);
    assert!(people.contains("--realm") && !people.contains("checksum"), "{people}");
    // A format that the service names is asked for, a prefix may stand beside it.
    let good = get(&format!("X-API-Key: {}", client.secret));
    assert_eq!(client.explain(&good, &format, &[]).0, Some(0));
    assert_eq!(
        client.explain(&good, &["--key-format", "plain:40:x_", "--key-prefix", "acme_"], &[]).0,
        Some(0)
    );
    let (reason, ..) = client.refused(&good, &["--key-format", "checked:acme:test"], &[]);
    assert_eq!(reason, "no authenticator claims the credential");
    let short = get(&format!("X-API-Key: x_{}", "k".repeat(30)));
    let (reason, people, _) = client.refused(&short, &["--key-format", "plain:40:x_"], &[]);
    assert_eq!(reason, "the credential has the wrong form");
    assert!(people.contains("begins like one of --key-format"), "{people}");
    client.cli.fails(&["explain", "--key-format", "checked:acme"], 2, "a format is written");
}

#[test]
fn a_bare_key_is_hinted_at_and_taken_where_the_service_takes_it() {
    let client = Client::of("api-key", &[]);
    let bare = get(&format!("Authorization: {}", client.secret));
    let (reason, people, _) = client.refused(&bare, &[], &[]);
    assert_eq!(reason, "no authenticator claims the credential");
    assert!(people.contains("hint: Authorization holds one word: --raw-authorization"), "{people}");
    assert_eq!(client.explain(&bare, &["--raw-authorization"], &[]).0, Some(0));
    let prefixed = ["--key-prefix", "other_"];
    for (header, arguments) in [
        (format!("Authorization: {}", client.secret), &prefixed[..]),
        (format!("Authorization: Digest {}", client.secret), &[]),
        ("Authorization: short".to_owned(), &[]),
        (format!("Authorization: {}", "ey".repeat(20)), &[]),
    ] {
        let (_, people, _) = client.refused(&get(&header), arguments, &[]);
        assert!(!people.contains("--raw-authorization"), "{header}: {people}");
    }
}

#[test]
fn a_token_is_told_by_its_times_and_its_key() {
    let client = Client::of("api-key", &[]);
    let client = Client { cli: client.cli.with("JWT_SECRET_KEY", JWT_KEY), ..client };
    let bearer = |token: &str| get(&format!("Authorization: Bearer {}", token.trim_end()));
    let token = client.cli.ok(&["token", "issue", "--sub", "ada", "--ttl", "1h"]);
    let (reason, people, report) = client.refused(&bearer(&token), &["--at", "2h"], &[]);
    assert_eq!(reason, "the credential has expired");
    let hints = report["hints"].to_string();
    for time in ["iat is 20", "exp is 20"] {
        assert!(people.contains(time) && hints.contains(time), "{people}");
    }
    assert!(people.contains(" s before the time of the request") && !people.contains("nbf"), "{people}");
    let (_, people, _) = client.refused(&bearer(&token), &["--at", "1000000000"], &[]);
    assert!(people.contains(" s after the time of the request"), "{people}");

    let other = Cli::bare().with("JWT_SECRET_KEY", &JWT_KEY.chars().rev().collect::<String>());
    let token = other.ok(&["token", "issue", "--sub", "ada"]);
    let (reason, people, _) = client.refused(&bearer(&token), &[], &[]);
    assert_eq!(reason, "the signature is wrong");
    assert!(people.contains("another key than that of JWT_SECRET_KEY"), "{people}");
    assert!(!people.contains("--client-canonical"), "{people}");
    let signing = Client::of("x-auth", &[]);
    let dump = post("/", &signing.x_auth("a", NOW), "b");
    let (_, people, _) = signing.refused(&dump, &[], &[]);
    assert!(people.contains("--client-canonical") && !people.contains("JWT"), "{people}");
}

#[test]
fn another_master_key_is_hinted_at() {
    for scheme in ["x-auth", "query-signature"] {
        let client = Client::of(scheme, &[]);
        let dump = match scheme {
            "x-auth" => post("/", &client.x_auth("", NOW), ""),
            _ => format!("GET {} HTTP/1.1\n\n", client.query("/", "", NOW)),
        };
        let client = Client { cli: client.cli.with("PORTCULLIS_MASTER_KEY", &"5b".repeat(32)), ..client };
        let arguments = ["explain", "--at", "1800000000"];
        let done = client.cli.run_with(&arguments, dump.as_bytes());
        assert_eq!(done.code, Some(3), "{done:?}");
        assert!(done.out.contains("refused: 503, a store cannot answer"), "{done:?}");
        assert!(
            done.out.contains(
                "hint: the store holds a secret that the master key does not open: PORTCULLIS_MASTER_KEY"
            ),
            "{done:?}"
        );
        let programs = client.cli.run_with(&[&arguments[..], &["--json"]].concat(), dump.as_bytes());
        let report = serde_json::from_str(&programs.out).expect("json");
        assert_eq!(text(&report, "reason"), "a store cannot answer");
    }
}
