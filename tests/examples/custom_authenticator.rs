//! IGNY8's chain: four schemes, one of them the example's own.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::demo::{changed, command_of, secret_of};
use crate::process::{Example, command};
use crate::shell::{Answer, paste};

const COMMANDS: [&str; 8] = [PING, API_KEY, X_API_KEY, LOGIN, JWT, SESSION, BASIC, LOGOUT];
const PING: &str = "Is it up";
const API_KEY: &str = "Who am I, by API key";
const X_API_KEY: &str = "The same in a header of its own";
const LOGIN: &str = "A token and a session for a password";
const JWT: &str = "Who am I, by token";
const SESSION: &str = "Who am I, by session";
const BASIC: &str = "Who am I, by password";
const LOGOUT: &str = "Log out";

struct Igny8 {
    _folder: TempDir,
    service: Example,
    address: String,
    printed: Vec<String>,
}

impl Igny8 {
    fn start() -> Self {
        let folder = TempDir::new().expect("a folder");
        let mut command = command("custom_authenticator", folder.path());
        command.env("PORT", "0").env("RUST_LOG", "trace");
        let service = Example::start(command);
        let (printed, address) = service.listening();
        Self { _folder: folder, service, address, printed }
    }

    fn paste(&self, label: &str) -> Answer {
        paste(command_of(&self.printed, label))
    }

    fn api_key(&self) -> &str {
        secret_of(&self.printed, "API key")
    }

    fn password(&self) -> &str {
        secret_of(&self.printed, "user and password")
    }

    /// A new session, as `name=value`.
    fn log_in(&self) -> String {
        let answer = self.paste(LOGIN);
        let [cookie] = answer.header("set-cookie")[..] else { panic!("one cookie: {answer:?}") };
        let (pair, attributes) = cookie.split_once("; ").expect("attributes");
        assert_eq!(attributes, "Max-Age=28800; Path=/; HttpOnly; SameSite=Lax");
        pair.to_owned()
    }

    fn whoami(&self, options: &str) -> Answer {
        paste(&format!("curl http://{}/api/v1/whoami/ {options}", self.address))
    }

    fn with_cookie(&self, cookie: &str) -> Answer {
        self.whoami(&format!("-H 'Cookie: {cookie}'"))
    }
}

/// A refusal in IGNY8's words.
fn assert_refused(answer: &Answer, status: u16, error: &str) {
    let body = answer.json();
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!((&body["success"], &body["error"]), (&json!(false), &json!(error)));
    assert_eq!(body["request_id"].as_str().map(str::len), Some(32));
}

const UNKNOWN: &str = "Authentication required";

#[test]
fn every_printed_command_works_twice_in_a_row() {
    let igny8 = Igny8::start();
    let lines: Vec<_> = igny8.printed.iter().filter(|line| line.starts_with("curl")).collect();
    assert_eq!(lines, COMMANDS.map(|label| command_of(&igny8.printed, label)));
    for label in COMMANDS {
        let expected = if label == LOGOUT { 204 } else { 200 };
        for time in ["first", "second"] {
            assert_eq!(igny8.paste(label).status, expected, "{label}, the {time} time");
        }
    }
    let ping = igny8.paste(PING).json();
    assert_eq!((&ping["success"], &ping["data"]), (&json!(true), &json!({ "status": "ok" })));
    assert!(ping["request_id"].is_string());
}

#[test]
fn every_scheme_reaches_the_same_handler_as_the_same_user() {
    let igny8 = Igny8::start();
    for (label, scheme, site) in [
        (API_KEY, "api-key", json!("demo-site")),
        (X_API_KEY, "api-key", json!("demo-site")),
        (JWT, "jwt", Value::Null),
        (SESSION, "session", Value::Null),
        (BASIC, "basic", Value::Null),
    ] {
        let expected = json!({ "user": "demo", "account": "demo", "site": site, "scheme": scheme });
        assert_eq!(igny8.paste(label).json(), expected, "{label}");
    }
}

#[test]
fn without_a_credential_every_challenge_is_offered() {
    let answer = Igny8::start().whoami("");
    assert_refused(&answer, 401, UNKNOWN);
    let challenges = ["Bearer", "Api-Key", r#"Basic realm="igny8", charset="UTF-8""#];
    assert_eq!(answer.header("www-authenticate"), challenges);
}

#[test]
fn a_wrong_credential_of_any_scheme_is_401() {
    let igny8 = Igny8::start();
    let session = igny8.log_in();
    for options in [
        format!("-H 'Authorization: Bearer {}'", changed(igny8.api_key())),
        "-H 'X-API-Key: not-one-of-ours-at-all'".to_owned(),
        "-H 'Authorization: Bearer a.b.c'".to_owned(),
        format!("-H 'Cookie: {}'", changed(&session)),
        "-H 'Cookie: sessionid='".to_owned(),
        format!("-u demo:{}", changed(igny8.password())),
        format!("-u Demo:{}", igny8.password()),
        "-H 'Authorization: Basic'".to_owned(),
    ] {
        assert_refused(&igny8.whoami(&options), 401, UNKNOWN);
    }
}

#[test]
fn what_a_browser_sends_besides_the_session_is_no_credential() {
    let igny8 = Igny8::start();
    let session = igny8.log_in();
    assert_eq!(igny8.with_cookie(&format!("theme=dark; {session}; consent=1")).status, 200);
    // Other cookies neither stand in the way of a credential nor are one.
    let basic = format!("-H 'Cookie: theme=dark' -u demo:{}", igny8.password());
    assert_eq!(igny8.whoami(&basic).status, 200);
    let challenges = igny8.with_cookie("theme=dark").header("www-authenticate").len();
    assert_eq!(challenges, 3);
}

#[test]
fn two_sessions_or_two_credentials_are_400() {
    let igny8 = Igny8::start();
    let session = igny8.log_in();
    for options in [
        format!("-H 'Cookie: {session}; {session}'"),
        format!("-H 'Cookie: {session}; sessionid=planted'"),
        format!("-H 'Cookie: {session}' -H 'Cookie: sessionid=planted'"),
        format!("-H 'Cookie: {session}' -H 'Authorization: Bearer {}'", igny8.api_key()),
        format!("-H 'Cookie: {session}' -H 'X-API-Key: {}'", igny8.api_key()),
        format!("-H 'Cookie: {session}' -u demo:{}", igny8.password()),
        format!("-H 'X-API-Key: {0}' -H 'Authorization: Bearer {0}'", igny8.api_key()),
    ] {
        assert_refused(&igny8.whoami(&options), 400, "Bad request");
    }
}

#[test]
fn a_session_ends_with_its_logout() {
    let igny8 = Igny8::start();
    let (session, other) = (igny8.log_in(), igny8.log_in());
    assert_ne!(session, other);
    assert_eq!(igny8.with_cookie(&session).status, 200);
    let log_out =
        paste(&format!("curl -X POST http://{}/auth/logout/ -H 'Cookie: {session}'", igny8.address));
    assert_eq!(log_out.status, 204);
    assert_eq!(log_out.header("set-cookie"), ["sessionid=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"]);
    assert_refused(&igny8.with_cookie(&session), 401, UNKNOWN);
    assert_eq!(igny8.with_cookie(&other).status, 200);
}

#[test]
fn a_form_on_another_site_can_neither_use_a_session_nor_begin_one() {
    let igny8 = Igny8::start();
    let session = igny8.log_in();
    let post = |origin: &str| igny8.whoami(&format!("-X POST -H 'Cookie: {session}' -H '{origin}'"));
    for origin in ["Origin: https://evil.example", "Origin: null", "Sec-Fetch-Site: same-site"] {
        assert_refused(&post(origin), 403, "Permission denied");
        let log_in = format!("{} -H '{origin}'", command_of(&igny8.printed, LOGIN));
        let answer = paste(&log_in);
        assert_eq!((answer.status, answer.header("set-cookie")), (403, vec![]), "{origin}");
    }
    assert_eq!(post(&format!("Origin: http://{}", igny8.address)).status, 200);
    assert_eq!(post("Sec-Fetch-Site: same-origin").status, 200);
}

#[test]
fn a_login_that_fails_begins_no_session() {
    let igny8 = Igny8::start();
    let command = command_of(&igny8.printed, LOGIN);
    for (from, to) in [
        (igny8.password().to_owned(), changed(igny8.password())),
        ("username=demo".to_owned(), "username=nobody".to_owned()),
    ] {
        let answer = paste(&command.replace(&from, &to));
        assert_eq!((answer.status, answer.header("set-cookie")), (401, vec![]));
        assert_eq!(answer.json(), json!({ "detail": "Incorrect username or password." }));
    }
}

#[test]
fn the_log_has_the_reason_of_a_refusal_and_no_secret() {
    let igny8 = Igny8::start();
    let session = igny8.log_in();
    for label in COMMANDS {
        igny8.paste(label);
    }
    let wrong = changed(igny8.password());
    for options in [
        format!("-u demo:{wrong}"),
        "-H 'X-API-Key: igny8_0000000000000000000000'".to_owned(),
        format!("-H 'Cookie: {}'", changed(&session)),
        format!("-H 'Cookie: {session}; {session}'"),
        format!("-X POST -H 'Origin: null' -H 'Cookie: {session}'"),
    ] {
        assert!(igny8.whoami(&options).status >= 400, "{options}");
    }
    let secrets = [igny8.api_key(), igny8.password(), &wrong, &session[10..]].map(str::to_owned);
    igny8.service.signal("TERM");
    let end = igny8.service.end();
    assert_eq!(end.code, Some(0));
    let lines: Vec<_> = end.log.lines().filter(|line| line.contains("refused")).collect();
    for (scheme, reason) in [
        ("basic", "the signature is wrong"),
        ("api-key", "the key is unknown"),
        ("session", "the key is unknown"),
        ("session", "a cookie was repeated"),
        ("session", "the request comes from a page of another origin"),
    ] {
        let told = |line: &&&str| line.contains(scheme) && line.contains(reason);
        assert!(lines.iter().any(|line| told(&line)), "{scheme}: {reason}: {lines:#?}");
    }
    for secret in secrets {
        assert!(!end.log.contains(&secret), "a secret is in the log");
    }
}
