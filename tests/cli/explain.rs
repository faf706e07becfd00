//! `explain`: the right reason, and never the right signature.

use portcullis::query_signature::QuerySigner;
use portcullis::x_auth::{XAuthHeaders, XAuthSigner};
use portcullis::{Secret, Timestamp};
use serde_json::Value;

use crate::harness::{Cli, JWT_KEY, text};

pub(crate) const NOW: i64 = 1_800_000_000;
const AT: &str = "1800000000";

/// A key of a scheme, as its client has it.
pub(crate) struct Client {
    pub(crate) cli: Cli,
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Client {
    pub(crate) fn of(scheme: &str, arguments: &[&str]) -> Self {
        let cli = Cli::sqlite();
        cli.ok(&["accounts", "add", "acme"]);
        let (id, secret) = cli.issue(&[&["--scheme", scheme, "--account", "acme"], arguments].concat());
        Self { cli, id, secret }
    }

    pub(crate) fn x_auth(&self, body: &str, at: i64) -> XAuthHeaders {
        let signer = XAuthSigner::new(self.id.as_str(), &Secret::from(self.secret.as_str()));
        signer.sign(body.as_bytes(), Timestamp::from_unix_seconds(at)).expect("signed")
    }

    pub(crate) fn query(&self, target: &str, body: &str, at: i64) -> String {
        let signer = QuerySigner::new(self.id.as_str(), &Secret::from(self.secret.as_str()));
        signer.sign(target, body.as_bytes(), Timestamp::from_unix_seconds(at)).expect("signed")
    }

    /// What is said of a dump, for people and for programs. Neither has the secret, nor any of
    /// `right`: the signatures that would be accepted.
    pub(crate) fn explain(
        &self,
        dump: &str,
        arguments: &[&str],
        right: &[&str],
    ) -> (Option<i32>, String, Value) {
        let at: &[_] = if arguments.contains(&"--at") { &[] } else { &["--at", AT] };
        let arguments = [&["explain"], at, arguments].concat();
        let people = self.cli.run_with(&arguments, dump.as_bytes());
        let programs = self.cli.run_with(&[&arguments[..], &["--json"]].concat(), dump.as_bytes());
        assert_eq!((people.code, people.err.as_str()), (programs.code, ""), "{people:?} {programs:?}");
        for output in [&people.out, &programs.out] {
            assert!(!output.contains(&self.secret), "{output}");
            for right in right.iter().flat_map(|right| spellings(right)) {
                assert!(!output.contains(&right), "{right} is in {output}");
            }
        }
        let report = serde_json::from_str(&programs.out).expect("json");
        (people.code, people.out, report)
    }

    /// The reason of a refusal.
    pub(crate) fn refused(&self, dump: &str, arguments: &[&str], right: &[&str]) -> (String, String, Value) {
        let (code, people, report) = self.explain(dump, arguments, right);
        assert_eq!(code, Some(4), "{people}");
        let reason = text(&report, "reason");
        assert!(
            people.starts_with(&format!("the request would be refused: {}, {reason}\n", report["status"])),
            "{people}"
        );
        (reason, people, report)
    }
}

/// A signature in base64, as it may be written elsewhere: without padding, escaped, in hex.
fn spellings(signature: &str) -> Vec<String> {
    use base64::Engine;
    let plain = signature.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
    let bytes = base64::engine::general_purpose::STANDARD.decode(&plain).expect("base64");
    assert_eq!(bytes.len(), 32);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let bare = plain.trim_end_matches('=').to_owned();
    let url = bare.replace('+', "-").replace('/', "_");
    let escaped = bare.replace('+', "%2B").replace('/', "%2F");
    vec![bare, url, escaped, hex.to_uppercase(), hex]
}

fn signature_of(target: &str) -> &str {
    target.rsplit_once("signature=").expect("a signature").1
}

pub(crate) fn post(target: &str, headers: &XAuthHeaders, body: &str) -> String {
    let lines: Vec<_> = headers.pairs().iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("POST {target} HTTP/1.1\r\nHost: a.example\r\n{}\r\n{body}", lines.concat())
}

#[test]
fn a_good_request_would_be_accepted_as_often_as_it_is_asked() {
    let client = Client::of("x-auth", &[]);
    let headers = client.x_auth("{}", NOW);
    for _ in 0..2 {
        let (code, people, report) = client.explain(&post("/orders", &headers, "{}"), &[], &[]);
        assert_eq!((code, text(&report, "decision")), (Some(0), "accepted".to_owned()), "{people}");
        assert_eq!(
            (text(&report["key"], "id"), text(&report["key"], "status")),
            (client.id.clone(), "active".into())
        );
    }
    let client = Client::of("query-signature", &[]);
    let target = client.query("/orders?page=2", "{}", NOW);
    let (code, ..) = client.explain(&format!("POST {target} HTTP/1.1\n\n{{}}"), &[], &[]);
    assert_eq!(code, Some(0));
}

#[test]
fn an_unknown_key_is_unknown_or_another_schemes() {
    let client = Client::of("x-auth", &[]);
    let headers = XAuthHeaders { iss: "nobody".into(), ..client.x_auth("", NOW) };
    let (reason, people, report) = client.refused(&post("/", &headers, ""), &[], &[]);
    assert_eq!((reason.as_str(), &report["key"]), ("the key is unknown", &Value::Null));
    assert!(people.contains("nobody (unknown)"), "{people}");
    let (other, _) = client.cli.issue(&["--scheme", "query-signature"]);
    let headers = XAuthHeaders { iss: other, ..client.x_auth("", NOW) };
    let (_, people, _) = client.refused(&post("/", &headers, ""), &[], &[]);
    assert!(people.contains("there is a key of this id, but for query-signature"), "{people}");
}

#[test]
fn a_changed_body_is_a_wrong_signature_and_the_first_difference_is_marked() {
    let client = Client::of("x-auth", &[]);
    let signed = client.x_auth("{\"amount\": 1}", NOW);
    let right = client.x_auth("{\"amount\": 9}", NOW);
    let dump = post("/orders", &signed, "{\"amount\": 9}");
    let canonical =
        portcullis::x_auth::canonical_text(&signed.iss, &signed.exp, &signed.nbf, b"{\"amount\": 1}");
    let server =
        portcullis::x_auth::canonical_text(&signed.iss, &signed.exp, &signed.nbf, b"{\"amount\": 9}");
    let file = client.cli.file("canonical", &canonical);
    let (reason, people, report) = client.refused(&dump, &["--client-canonical", &file], &[&right.signature]);
    assert_eq!(reason, "the signature is wrong");
    let at = canonical.iter().zip(&server).position(|(one, other)| one != other).expect("a difference");
    assert_eq!(report["first_difference"], at);
    assert_eq!(text(&report, "canonical").as_bytes(), server);
    let lines: Vec<_> = people.lines().collect();
    let mark = lines.iter().position(|line| line.trim_start().starts_with('^')).expect("a mark");
    let column = lines[mark].find('^').expect("a mark");
    assert_ne!(lines[mark - 2].as_bytes()[column], lines[mark - 1].as_bytes()[column], "{people}");
    assert_eq!(lines[mark - 2].as_bytes()[8..column], lines[mark - 1].as_bytes()[8..column], "{people}");
}

#[test]
fn a_wrong_path_of_a_signed_url_is_a_wrong_signature() {
    let client = Client::of("query-signature", &[]);
    let target = client.query("/api/hello/?page=2", "", NOW);
    let right = client.query("/api/hello?page=2", "", NOW);
    let sent = target.replacen("/api/hello/", "/api/hello", 1);
    let dump = format!("GET {sent} HTTP/1.1\r\nHost: a\r\n\r\n");
    let file = client.cli.file("canonical", target.split("&signature").next().expect("a text"));
    let (reason, people, report) =
        client.refused(&dump, &["--client-canonical", &file], &[signature_of(&right)]);
    assert_eq!((reason.as_str(), &report["first_difference"]), ("the signature is wrong", &10.into()));
    assert!(people.contains("if the path had been signed with a slash at its end"), "{people}");
    assert!(people.contains("the server has \"?\", the client \"/\""), "{people}");
}

#[test]
fn what_the_client_signed_instead_is_found_out() {
    let client = Client::of("x-auth", &[]);
    let right = client.x_auth("{}\n", NOW);
    for (signed, words) in [
        ("", "if the body were empty"),
        ("{}", "if the body had not its last line end"),
        ("{}\n\n", "if the body had one more line end"),
        ("e30K", "if the body were base64"),
    ] {
        let dump = post("/", &client.x_auth(signed, NOW), "{}\n");
        let (reason, people, report) = client.refused(&dump, &[], &[&right.signature]);
        assert_eq!(
            (reason.as_str(), text(&report, "signature_right").as_str()),
            ("the signature is wrong", words)
        );
        assert!(people.contains(&format!("hint: the signature would be right {words}\n")), "{people}");
    }
}

#[test]
fn another_secret_is_a_wrong_signature_and_a_rotation_is_told() {
    let client = Client::of("x-auth", &[]);
    let now = portcullis::Clock::now(&portcullis::SystemClock).as_unix_seconds();
    let old = client.x_auth("", now + 60);
    client.cli.ok(&["keys", "rotate", &client.id, "--overlap", "0s"]);
    let (reason, people, report) =
        client.refused(&post("/", &old, ""), &["--at", &(now + 60).to_string()], &[]);
    assert_eq!((reason.as_str(), &report["signature_right"]), ("the signature is wrong", &Value::Null));
    assert!(people.contains("the secret before the last rotation ended at"), "{people}");
}

#[test]
fn times_are_told_with_how_far_they_are_off() {
    let client = Client::of("x-auth", &[]);
    for (at, reason) in
        [(NOW - 1000, "the credential has expired"), (NOW + 1000, "the credential is not valid yet")]
    {
        let headers = client.x_auth("", at);
        let (said, people, _) = client.refused(&post("/", &headers, ""), &[], &[&headers.signature]);
        assert_eq!(said, reason);
        assert!(people.contains("x-auth-exp is 2027-"), "{people}");
    }
    let client = Client::of("query-signature", &[]);
    let target = client.query("/", "", NOW - 301);
    let dump = format!("GET {target} HTTP/1.1\n\n");
    let (said, people, _) = client.refused(&dump, &[], &[signature_of(&target)]);
    assert_eq!(said, "the timestamp is too far from now");
    assert!(people.contains("301 s before the time of the request"), "{people}");
    assert_eq!(client.explain(&dump, &["--max-drift", "400s"], &[]).0, Some(0));
}

#[test]
fn digits_that_moved_are_no_times() {
    let client = Client::of("x-auth", &[]);
    let good = client.x_auth("", NOW);
    let (head, tail) = good.nbf.split_at(1);
    let headers = XAuthHeaders { exp: format!("{}{head}", good.exp), nbf: tail.to_owned(), ..good.clone() };
    let (reason, people, report) = client.refused(&post("/", &headers, ""), &[], &[&good.signature]);
    assert_eq!(reason, "the credential has the wrong form");
    assert!(people.contains("ten digits each"), "{people}");
    // The text that is signed is the same: only the form of the times tells.
    let canonical = portcullis::x_auth::canonical_text(&good.iss, &good.exp, &good.nbf, b"");
    assert_eq!(text(&report, "canonical").as_bytes(), canonical);
}

#[test]
fn the_state_of_a_key_is_the_reason() {
    let client = Client::of("x-auth", &["--expires", "2027-01-10"]);
    let headers = client.x_auth("", NOW);
    let dump = post("/", &headers, "");
    let reason = |arguments: &[&str]| {
        let (reason, _, report) = client.refused(&dump, arguments, &[&headers.signature]);
        (reason, text(&report["key"], "status"))
    };
    let pair = |reason: &str, status: &str| (reason.to_owned(), status.to_owned());
    assert_eq!(reason(&[]), pair("the credential has expired", "expired"));
    client.cli.ok(&["keys", "edit", &client.id, "--expires", "never", "--allow", "192.0.2.0/24"]);
    assert_eq!(reason(&[]), pair("the key may not be used from this address", "active"));
    assert_eq!(client.explain(&dump, &["--peer", "192.0.2.7"], &[]).0, Some(0));
    client.cli.file("routes", "orders.read /orders/{id}\n");
    client.cli.ok(&["entry-points", "sync", "routes"]);
    client.cli.ok(&["keys", "edit", &client.id, "--any-network", "--entry-point", "orders.read"]);
    assert_eq!(reason(&[]), pair("the key may not call this entry point", "active"));
    assert_eq!(client.explain(&dump, &["--entry-point", "orders.read"], &[]).0, Some(0));
    client.cli.ok(&["accounts", "disable", "acme"]);
    assert_eq!(reason(&[]), pair("an owner of the key is not active", "owner-inactive"));
    client.cli.ok(&["keys", "disable", &client.id]);
    assert_eq!(reason(&[]), pair("the key is disabled", "disabled"));
    client.cli.ok(&["keys", "revoke", &client.id, "--reason", "gone"]);
    assert_eq!(reason(&[]), pair("the key was revoked", "revoked"));
}

#[test]
fn api_keys_and_tokens_are_explained_without_being_shown() {
    let client = Client::of("api-key", &["--format", "checked:acme:live"]);
    let dump = |header: &str| format!("GET / HTTP/1.1\r\nHost: a\r\n{header}\r\n\r\n");
    let bearer = dump(&format!("Authorization: Bearer {}", client.secret));
    assert_eq!(client.explain(&bearer, &[], &[]).0, Some(0));
    let both = format!("X-API-Key: {0}\r\nAuthorization: Bearer {0}", client.secret);
    let (reason, ..) = client.refused(&dump(&both), &[], &[]);
    assert_eq!(reason, "credentials were presented in more than one place");
    let old = dump(&format!("X-API-Key: {}", client.secret));
    client.cli.ok(&["keys", "rotate", &client.id, "--overlap", "0s"]);
    let (reason, people, _) = client.refused(&old, &["--at", "1s"], &[]);
    assert_eq!(reason, "the credential has expired");
    assert!(people.contains("the secret before the last rotation ended at"), "{people}");
    client.cli.ok(&["keys", "rotate", &client.id, "--overlap", "0s"]);
    let (reason, people, report) = client.refused(&old, &["--at", "1s"], &[]);
    assert_eq!((reason.as_str(), text(&report["key"], "id")), ("the key is unknown", client.id.clone()));
    assert!(people.contains("was it rotated, or cut?"), "{people}");
    assert_eq!(client.refused(&dump("Accept: */*"), &[], &[]).0, "no credential was presented");

    let with = Cli::bare().with("JWT_SECRET_KEY", JWT_KEY);
    let token = with.ok(&["token", "issue", "--sub", "ada"]);
    let bearer = dump(&format!("Authorization: Bearer {}", token.trim_end()));
    let (reason, people, _) = client.refused(&bearer, &[], &[]);
    assert_eq!(reason, "no authenticator claims the credential");
    assert!(people.contains("JWT_SECRET_KEY") && !people.contains(token.trim_end()), "{people}");
    let client = Client { cli: client.cli.with("JWT_SECRET_KEY", JWT_KEY), ..client };
    let (reason, people, _) = client.refused(&bearer, &["--at", "2d"], &[]);
    assert!(reason == "the credential has expired" && !people.contains(token.trim_end()), "{people}");
}

#[test]
fn a_repeat_is_not_noticed_and_not_used_up() {
    let client = Client::of("x-auth", &[]);
    let now = portcullis::Clock::now(&portcullis::SystemClock).as_unix_seconds();
    let headers = client.x_auth("{}", now);
    let dump = post("/", &headers, "{}");
    let run = || client.cli.run_with(&["explain"], dump.as_bytes()).code;
    assert_eq!((run(), run()), (Some(0), Some(0)));
}

#[test]
fn a_dump_that_is_none_is_a_mistake_of_usage() {
    let cli = Cli::sqlite();
    for dump in ["", "nonsense s3cret\n", "GET / HTTP/1.1\ns3cret\n\n"] {
        let done = cli.run_with(&["explain"], dump.as_bytes());
        assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{done:?}");
        assert!(done.err.contains("of the dump") && !done.err.contains("s3cret"), "{done:?}");
    }
    let done = cli.run_with(&["explain"], b"POST / HTTP/1.1\nContent-Length: 9\n\nabc");
    assert!(done.code == Some(4) && done.out.contains("the dump has only 3 bytes of body"), "{done:?}");
}
