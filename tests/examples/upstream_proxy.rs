//! The second half of WispHub as a process, in front of an upstream of the test's own.

use std::fs;
use std::process::Command;

use http::Method;
use portcullis::password::PasswordHash;
use serde_json::json;
use tempfile::TempDir;

use crate::process::{End, Example, command};
use crate::shell::{Answer, paste};
use crate::upstream::{Mood, Upstream};

const KEY: &str = "h0Vc2mQx.T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA";
const FAILURE: &str = r#"{"ok": false, "type": "error", "action": "CLIENT_NOT_FOUND", "data": null, "message": "Unable to fetch client data"}"#;

fn proxy(folder: &TempDir, upstream: &Upstream) -> Command {
    let mut command = command("upstream_proxy", folder.path());
    let hash = PasswordHash::bcrypt(&"correct horse".into(), 4).expect("a hash");
    command.env("PORT", "0").env("RUST_LOG", "trace");
    command.env("JWT_SECRET_KEY", "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oB");
    command.env("API_USERNAME", "ada").env("API_PASSWORD_HASH", hash.expose());
    command.env("WISPHUB_NET_HOST", &upstream.host);
    command
}

/// The service, its upstream, and somebody who has logged in.
struct Wisphub {
    upstream: Upstream,
    service: Example,
    address: String,
    token: String,
    _folder: TempDir,
}

impl Wisphub {
    fn start() -> Self {
        Self::start_with(|command| command.env("WISPHUB_NET_KEY", KEY))
    }

    fn start_with(settings: impl FnOnce(&mut Command) -> &mut Command) -> Self {
        let (folder, upstream) = (TempDir::new().expect("a folder"), Upstream::start());
        let mut command = proxy(&folder, &upstream);
        settings(&mut command);
        let service = Example::start(command);
        let address = service.listening().1;
        let login = paste(&format!(
            "curl http://{address}/api/v1/auth/token -d username=ada -d 'password=correct horse'"
        ));
        let token = login.json()["access_token"].as_str().expect("a token").to_owned();
        Self { upstream, service, address, token, _folder: folder }
    }

    fn ask(&self, path: &str, options: &str) -> Answer {
        paste(&format!(
            "curl 'http://{}{path}' -H 'Authorization: Bearer {}' {options}",
            self.address, self.token
        ))
    }

    /// Stops it. Its log never has the key, whatever happened.
    fn stop(self) -> String {
        self.service.signal("TERM");
        let End { code, log } = self.service.end();
        assert_eq!(code, Some(0), "{log}");
        assert!(!log.contains(KEY), "the key is in the log");
        log
    }
}

#[test]
fn requests_go_on_with_the_upstreams_key_and_without_the_clients_token() {
    let service = Wisphub::start();
    let json = "-H 'Content-Type: application/json' -d";
    for (path, options, method, target) in [
        (
            "/api/v1/clients/?limit=5&nombre=a%20b",
            String::new(),
            Method::GET,
            "/api/clientes/?limit=5&nombre=a%20b",
        ),
        (
            "/api/v1/clients/12/profile/",
            format!("-X PATCH {json} '{{\"a\":1}}'"),
            Method::PATCH,
            "/api/clientes/12/perfil/",
        ),
        ("/api/v1/internet-plans/", String::new(), Method::GET, "/api/plan-internet/"),
        ("/api/v1/tickets/", String::new(), Method::GET, "/api/tickets/"),
        ("/api/v1/tickets/", format!("{json} '{{\"a\":1}}'"), Method::POST, "/api/tickets/"),
        ("/api/v1/tickets/7/", format!("-X PUT {json} '{{\"a\":1}}'"), Method::PUT, "/api/tickets/7/"),
        ("/api/v1/tickets/7/", String::new(), Method::GET, "/api/tickets/7/"),
        ("/api/v1/tasks/", String::new(), Method::GET, "/api/tasks/"),
    ] {
        let answer = service.ask(path, &options);
        assert_eq!((answer.status, answer.json()), (200, json!({ "target": target })), "{path}");
        assert_eq!(answer.header("content-type"), ["application/json"]);
        for name in ["server", "set-cookie", "x-request-key"] {
            assert_eq!(answer.header(name), [""; 0], "{path}: {name}");
        }
        let asked = service.upstream.asked();
        assert_eq!(asked.len(), 1, "{path}");
        assert_eq!((&asked[0].method, asked[0].target.as_str()), (&method, target));
        assert_eq!(asked[0].authorization, [format!("Api-Key {KEY}")]);
        assert_eq!(asked[0].body.is_empty(), method == Method::GET);
    }
    service.stop();
}

#[test]
fn json_is_json_with_parameters_and_in_any_case() {
    let service = Wisphub::start();
    for kind in [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "Application/JSON ; charset=\"utf-8\"",
    ] {
        let options = format!("-H 'Content-Type: {kind}' -d '{{\"a\":1}}'");
        assert_eq!(service.ask("/api/v1/tickets/", &options).status, 200, "{kind}");
        let asked = service.upstream.asked();
        assert_eq!((asked.len(), &asked[0].body[..]), (1, &br#"{"a":1}"#[..]), "{kind}");
    }
    service.stop();
}

#[test]
fn without_a_token_nothing_is_asked() {
    let service = Wisphub::start();
    for path in ["clients", "internet-plans", "tickets", "tasks"] {
        for options in ["", "-H 'Authorization: Bearer a.b.c'", "-H 'Authorization: Api-Key x'"] {
            let answer = paste(&format!("curl http://{}/api/v1/{path}/ {options}", service.address));
            assert_eq!(answer.status, 401, "{path}");
            assert_eq!(answer.body, r#"{"detail":"Could not validate credentials."}"#);
        }
    }
    assert_eq!(service.upstream.asked(), []);
    assert_eq!(paste(&format!("curl http://{}/health", service.address)).status, 200);
    service.stop();
}

#[test]
fn an_answer_is_kept_and_a_failure_is_not() {
    let service = Wisphub::start();
    service.upstream.is(Mood::Talkative(500));
    assert_eq!((service.ask("/api/v1/clients/", "").status, service.upstream.asked().len()), (502, 1));
    service.upstream.is(Mood::Well);
    for asked in [1, 0, 0] {
        assert_eq!(service.ask("/api/v1/clients/", "").status, 200);
        assert_eq!(service.upstream.asked().len(), asked);
    }
    // Another page is another answer.
    service.ask("/api/v1/clients/?offset=100", "");
    assert_eq!(service.upstream.asked().len(), 1);
    // A change drops what is kept.
    service.ask("/api/v1/clients/12/profile/", "-X PATCH -H 'Content-Type: application/json' -d '{}'");
    service.ask("/api/v1/clients/", "");
    assert_eq!(service.upstream.asked().len(), 2);
    service.stop();
}

#[test]
fn whatever_the_upstream_says_of_its_key_the_client_sees_one_body() {
    let service = Wisphub::start();
    for (mood, status) in [
        (Mood::Talkative(401), 502),
        (Mood::Talkative(403), 502),
        (Mood::Talkative(407), 502),
        (Mood::Talkative(302), 502),
        (Mood::Talkative(500), 502),
        (Mood::Talkative(429), 503),
        (Mood::Talkative(503), 503),
        (Mood::Refusing(404), 404),
        (Mood::Refusing(422), 422),
        (Mood::Talkative(404), 502),
        (Mood::Echoing, 502),
        (Mood::Html, 502),
        (Mood::Gone, 502),
    ] {
        service.upstream.is(mood);
        for path in ["/api/v1/clients/", "/api/v1/internet-plans/", "/api/v1/tickets/"] {
            let answer = service.ask(path, "");
            assert_eq!((answer.status, answer.body.as_str()), (status, FAILURE), "{mood:?} {path}");
            assert!(!format!("{answer:?}").contains(KEY), "{mood:?}: {answer:?}");
            for name in ["www-authenticate", "location", "server", "set-cookie", "x-request-key"] {
                assert_eq!(answer.header(name), [""; 0], "{mood:?}: {name}");
            }
            let patience: &[&str] = if status == 503 { &["17"] } else { &[] };
            assert_eq!(answer.header("retry-after"), patience, "{mood:?}");
            assert_eq!(service.upstream.asked().len(), 1, "{mood:?}");
        }
    }
    let log = service.stop();
    for status in [401, 403, 407] {
        let line =
            format!("the upstream refused the key of this service upstream=\"wisphub\" status={status}");
        assert_eq!(log.matches(&line).count(), 3, "{line}");
    }
    assert_eq!(log.matches("the upstream sent a secret of this service back").count(), 6);
}

#[test]
fn beyond_the_limit_the_upstream_is_not_asked() {
    // The longest period there is, so that none ends while this runs.
    let limits = |command: &mut Command| {
        command.env("WISPHUB_NET_KEY", KEY).env("WISPHUB_NET_LIMITS", "2/31622400");
    };
    let service = Wisphub::start_with(|command| {
        limits(command);
        command
    });
    for (page, status) in [(1, 200), (2, 200), (3, 503), (1, 200)] {
        let answer = service.ask(&format!("/api/v1/clients/?page={page}"), "");
        assert_eq!(answer.status, status, "{page}");
        if status == 503 {
            assert_eq!(answer.body, FAILURE);
            let wait: u64 = answer.header("retry-after")[0].parse().expect("seconds");
            assert!((1..=31_622_400).contains(&wait));
        }
    }
    assert_eq!(service.upstream.asked().len(), 2);
    service.stop();
}

#[test]
fn what_leads_elsewhere_or_is_too_much_is_not_asked() {
    let service = Wisphub::start();
    let json = "-X PATCH -H 'Content-Type: application/json' -d '{}'";
    let long = format!("/api/v1/clients/?{}", "a".repeat(1025));
    for (path, options, status) in [
        ("/api/v1/clients/..%2Ftickets/profile/", json, 404),
        ("/api/v1/clients/1%3Fx/profile/", json, 404),
        ("/api/v1/tickets/1%2F2/", "", 404),
        ("/api/v1/clients/1/profile/", "-X PATCH -d 'a=b'", 415),
        ("/api/v1/clients/1/profile/", "-X PATCH -H 'Content-Type: application/jsonp' -d '{}'", 415),
        (
            "/api/v1/clients/1/profile/",
            "-X PATCH -H 'Content-Type: text/plain; application/json' -d '{}'",
            415,
        ),
        ("/api/v1/clients/1/profile/", "-X PATCH -H 'Content-Type: application/json'", 415),
        (&long, "", 414),
        ("/api/v1/tasks/", "-X POST", 405),
        ("/api/v1/invoices/", "", 404),
    ] {
        assert_eq!(service.ask(path, options).status, status, "{path} {options}");
    }
    assert_eq!(service.upstream.asked(), []);
    service.stop();
}

#[test]
fn key_and_host_come_from_mounted_files_too() {
    let folder = TempDir::new().expect("a folder");
    let key = folder.path().join("key");
    fs::write(&key, format!("{KEY}\n")).expect("written");
    let service = Wisphub::start_with(|command| {
        let host =
            command.get_envs().find(|(name, _)| *name == "WISPHUB_NET_HOST").and_then(|(_, host)| host);
        let file = folder.path().join("host");
        fs::write(&file, format!("{}\n", host.and_then(|host| host.to_str()).expect("a host")))
            .expect("written");
        command.env_remove("WISPHUB_NET_HOST");
        command.env("WISPHUB_NET_KEY_FILE", &key).env("WISPHUB_NET_HOST_FILE", file)
    });
    assert_eq!(service.ask("/api/v1/clients/", "").status, 200);
    assert_eq!(service.upstream.asked()[0].authorization, [format!("Api-Key {KEY}")]);
    service.stop();
}

/// What is said by a service that does not start.
fn refused(command: Command) -> String {
    let service = Example::start(command);
    assert_eq!(service.remaining(), [""; 0]);
    let End { code, log } = service.end();
    assert_eq!(code, Some(1), "{log}");
    log
}

#[test]
fn a_start_without_settings_names_each_that_is_missing_once() {
    let folder = TempDir::new().expect("a folder");
    let said = refused(command("upstream_proxy", folder.path()));
    for name in ["JWT_SECRET_KEY", "API_USERNAME", "API_PASSWORD_HASH", "WISPHUB_NET_KEY", "WISPHUB_NET_HOST"]
    {
        assert_eq!(said.matches(&format!("{name} is missing")).count(), 1, "{name}: {said}");
    }
}

#[test]
fn a_setting_that_cannot_be_is_named_and_not_shown() {
    let upstream = Upstream::start();
    for (name, value) in [
        ("WISPHUB_NET_KEY", "two\nlines"),
        ("WISPHUB_NET_KEY", "sch\u{f6}n-geheim"),
        ("WISPHUB_NET_HOST", "http://api.example"),
        ("WISPHUB_NET_HOST", "api.example"),
        ("WISPHUB_NET_HOST", "https://api.example/v1"),
        ("WISPHUB_NET_LIMITS", "many"),
        ("WISPHUB_NET_CLIENTS_SECONDS", "0"),
        ("WISPHUB_NET_PLANS_SECONDS", "soon"),
    ] {
        let folder = TempDir::new().expect("a folder");
        let mut command = proxy(&folder, &upstream);
        command.env("WISPHUB_NET_KEY", KEY).env(name, value);
        let said = refused(command);
        assert!(said.contains(&format!("{name} is not accepted")), "{said}");
        assert!(!said.contains("geheim") && !said.contains("lines"), "{said}");
    }
}
