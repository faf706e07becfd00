//! The audit log as lines of JSON.

use std::io::{self, Write};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use portcullis::audit::{
    ANONYMOUS, AuditEvent, AuditSink, Background, JsonLines, KeyChange, KeyLimit, RequestFacts, RightsChange,
    Who,
};
use portcullis::store::{Enabled, EntryPoints, KeyOwner, KeyRef, OwnerRef, StoredPrincipal, SyncReport};
use portcullis::{
    AccountId, AuthError, Credential, GroupId, KeyId, Principal, Realm, Reason, RoleId, Scheme, SiteId,
    Timestamp, UserId,
};
use serde_json::Value;

use crate::kit::NOW;

fn me() -> StoredPrincipal {
    Principal::builder(Some(UserId::from("ada")))
        .account(Some(AccountId::from("acme")))
        .site(Some(SiteId::from("shop")))
        .credential(Credential::of_key(Scheme::ApiKey, Realm::from("keys"), KeyId::from("k1")))
        .build()
}

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn facts<'a>() -> RequestFacts<'a> {
    RequestFacts::new("GET", "/orders/7")
        .with_entry_point(Some("/orders/{id}"))
        .with_peer(Some(address("::ffff:192.0.2.7")))
        .with_request_id(Some("7f"))
}

fn change() -> KeyChange {
    KeyChange::new(NOW, KeyRef { realm: Realm::from("keys"), id: KeyId::from("k1") })
}

fn refused(path: &str) -> AuditEvent<'_> {
    AuditEvent::refused(NOW, RequestFacts::new("GET", path), &AuthError::new(Reason::MissingCredential))
}

/// The lines that a sink writes of these events, each checked to be one object.
fn lines(events: &[AuditEvent<'_>]) -> Vec<String> {
    let sink = JsonLines::new(Vec::new());
    events.iter().for_each(|event| sink.record(event));
    assert_eq!(sink.failures(), 0);
    let text = String::from_utf8(sink.into_inner()).expect("text");
    assert!(text.ends_with('\n') || events.is_empty());
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.iter().for_each(|line| assert!(parsed(line).is_object(), "{line}"));
    lines
}

fn parsed(line: &str) -> Value {
    serde_json::from_str(line).expect("JSON")
}

#[test]
fn each_kind_of_event_has_its_line() {
    let me = me();
    let by_token = Principal::builder(UserId::from("ada")).credential(Credential::of_scheme(Scheme::Jwt));
    let by_token = by_token.build();
    let error = AuthError::new(Reason::KeyRevoked).with_scheme(Scheme::XAuth).with_key(KeyId::from("k2"));
    let by = || Some("grace".into());
    let mut report = SyncReport::default();
    report.added.push("list".to_owned());
    let events = [
        AuditEvent::Authenticated { at: NOW, request: facts(), who: Who::of(&me) },
        AuditEvent::Authenticated {
            at: NOW,
            request: RequestFacts::new("POST", "/"),
            who: Who::of(&by_token),
        },
        AuditEvent::Anonymous { at: NOW, request: facts(), name: ANONYMOUS.into() },
        AuditEvent::refused(NOW, facts(), &error),
        refused("/"),
        AuditEvent::FirstUse {
            at: NOW,
            request: facts(),
            who: Who::of(&me),
            address: address("2001:db8::1"),
        },
        AuditEvent::KeyIssued(
            change()
                .with_by(by())
                .with_issued(Scheme::XAuth, KeyOwner::user("ada").of_account("acme").for_site("shop")),
        ),
        AuditEvent::KeyRotated(change().with_by(by())),
        AuditEvent::KeyRevoked { change: change(), reason: "lost".to_owned() },
        AuditEvent::KeySwitched { change: change(), enabled: Enabled::No },
        AuditEvent::KeyLimited {
            change: change(),
            limit: KeyLimit::from(&EntryPoints::only(["/a", "/b/{id}"]).expect("patterns")),
        },
        AuditEvent::KeyLimited { change: change(), limit: KeyLimit::EntryPoints(None) },
        AuditEvent::KeyLimited { change: change(), limit: KeyLimit::Networks(Some(vec![])) },
        AuditEvent::OwnerSwitched {
            at: NOW,
            by: by(),
            owner: OwnerRef::Account(AccountId::from("acme")),
            active: Enabled::Yes,
        },
        AuditEvent::OwnerAdded {
            at: NOW,
            by: by(),
            owner: OwnerRef::User(UserId::from("ada")),
            account: Some(AccountId::from("acme")),
        },
        AuditEvent::SiteMoved { at: NOW, by: None, site: SiteId::from("shop"), url: None },
        AuditEvent::RightsChanged {
            at: NOW,
            by: by(),
            change: RightsChange::RoleGiven(RoleId::from("runner"), GroupId::from("staff")),
        },
        AuditEvent::EntryPointsSynced { at: NOW, by: by(), report: report.clone() },
    ];
    let time = r#"{"time":"2023-11-14T22:13:20.000000Z","event":"#;
    let request =
        r#""request":"7f","method":"GET","path":"/orders/7","entry_point":"/orders/{id}","peer":"192.0.2.7""#;
    let ada = r#""scheme":"api-key","realm":"keys","key":"k1","user":"ada","account":"acme","site":"shop""#;
    let key = r#""realm":"keys","key":"k1""#;
    let expected = [
        format!(r#"{time}"authenticated",{request},{ada}}}"#),
        format!(r#"{time}"authenticated","method":"POST","path":"/","scheme":"jwt","user":"ada"}}"#),
        format!(r#"{time}"anonymous",{request},"name":"anonymous"}}"#),
        format!(
            r#"{time}"refused",{request},"reason":"the key was revoked","status":401,"scheme":"x-auth","key":"k2"}}"#
        ),
        format!(
            r#"{time}"refused","method":"GET","path":"/","reason":"no credential was presented","status":401}}"#
        ),
        format!(r#"{time}"first-use",{request},{ada},"address":"2001:db8::1"}}"#),
        format!(
            r#"{time}"key-issued","scheme":"x-auth",{key},"user":"ada","account":"acme","site":"shop","by":"grace"}}"#
        ),
        format!(r#"{time}"key-rotated",{key},"by":"grace"}}"#),
        format!(r#"{time}"key-revoked",{key},"reason":"lost"}}"#),
        format!(r#"{time}"key-switched",{key},"enabled":false}}"#),
        format!(r#"{time}"key-limited",{key},"entry_points":["/a","/b/{{id}}"]}}"#),
        format!(r#"{time}"key-limited",{key},"entry_points":null}}"#),
        format!(r#"{time}"key-limited",{key},"networks":[]}}"#),
        format!(r#"{time}"owner-switched","account":"acme","by":"grace","enabled":true}}"#),
        format!(r#"{time}"owner-added","user":"ada","account":"acme","by":"grace"}}"#),
        format!(r#"{time}"site-moved","site":"shop","url":null}}"#),
        format!(
            r#"{time}"rights-changed","by":"grace","change":"role-given-to-group","group":"staff","role":"runner"}}"#
        ),
        format!(r#"{time}"entry-points-synced","by":"grace","added":["list"],"changed":[],"gone":[]}}"#),
    ];
    let written = lines(&events);
    for (line, expected) in written.iter().zip(&expected) {
        assert_eq!(line, expected);
    }
    assert_eq!(written.len(), expected.len());
    // What is kept of an event writes the same line.
    assert_eq!(lines(&events.map(AuditEvent::into_owned)), written);
}

#[test]
fn nothing_that_a_client_sends_ends_a_line_or_escapes_its_quotes() {
    let attacks = [
        "/a\n{\"event\":\"authenticated\",\"user\":\"admin\"}",
        "/a\r\n\u{2028}\u{2029}\u{85}\u{b}\u{c}",
        "/a\",\"user\":\"admin",
        "/a\\\",\"user\":\"admin",
        "/\0\u{1b}[2J\u{9b}31m\u{7f}\u{8}",
        "/\u{202e}nimda\u{200b}\u{feff}",
        "/é\u{1f600}/%ff%0a%00",
        "/{}[]:,'</script>",
    ];
    for attack in attacks {
        let me = Principal::builder(attack.to_owned()).build();
        let request = RequestFacts::new(attack, attack).with_entry_point(Some("/a"));
        let request = request.with_request_id(Some(attack));
        let events = [
            refused(attack),
            AuditEvent::Authenticated { at: NOW, request, who: Who::of(&me) },
            AuditEvent::KeyRevoked {
                change: change().with_by(Some(attack.into())),
                reason: attack.to_owned(),
            },
        ];
        let written = lines(&events);
        let [first, second, third] = &written[..] else { panic!("{} lines of 3 events", written.len()) };
        assert!(
            written.iter().all(|line| line.bytes().all(|byte| (b' '..=b'~').contains(&byte))),
            "{attack:?}"
        );
        assert_eq!(parsed(first)["path"], attack);
        assert_eq!(parsed(first).as_object().map(|object| object.len()), Some(6), "{first}");
        for field in ["request", "method", "path", "user"] {
            assert_eq!(parsed(second)[field], attack, "{field}");
        }
        assert_eq!(parsed(third)["by"], attack);
    }
}

#[test]
fn a_request_of_any_length_has_a_short_line() {
    let long = "/\u{1f600}".repeat(100_000);
    let request = RequestFacts::new(&long, &long).with_entry_point(Some(&long[1..]));
    let request = request.with_request_id(Some(&long));
    let error = AuthError::new(Reason::MissingCredential);
    let written = lines(&[AuditEvent::refused(NOW, request, &error)]);
    assert!(written[0].len() < 8_000, "{}", written[0].len());
    assert_eq!(parsed(&written[0])["cut"], true);
}

/// A writer that takes what it is given in pieces, and fails when it is told to.
#[derive(Clone, Default)]
struct Disk(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    /// How many bytes there is still room for.
    room: Option<usize>,
}

impl Disk {
    fn leave(&self, room: Option<usize>) {
        self.0.lock().expect("the state").room = room;
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("the state").bytes.clone()).expect("text")
    }
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.0.lock().expect("the state");
        let count = bytes.len().min(7).min(state.room.unwrap_or(7));
        if count == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        state.bytes.extend(&bytes[..count]);
        state.room = state.room.map(|room| room - count);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn writers_at_the_same_time_do_not_interleave() {
    let (disk, paths) = (Disk::default(), ["/a", "/b", "/c", "/d"].map(|path| path.repeat(50)));
    let sink = JsonLines::new(disk.clone());
    std::thread::scope(|scope| {
        for path in &paths {
            scope.spawn(|| (0..200).for_each(|_| sink.record(&refused(path))));
        }
    });
    let text = disk.text();
    for path in &paths {
        assert_eq!(text.lines().filter(|line| parsed(line)["path"] == **path).count(), 200);
    }
    assert_eq!((text.lines().count(), sink.failures()), (800, 0));
}

#[test]
fn what_cannot_be_written_is_counted_logged_once_and_does_not_spoil_the_next_line() {
    let log = crate::leaks::Log::capture();
    let disk = Disk::default();
    let sink = JsonLines::new(disk.clone());
    sink.record(&refused("/first"));
    for room in [20, 0, 0] {
        disk.leave(Some(room));
        sink.record(&refused("/lost"));
    }
    assert_eq!(sink.failures(), 3);
    disk.leave(None);
    sink.record(&refused("/last"));
    sink.record(&refused("/last"));
    assert_eq!(sink.failures(), 3);

    let text = disk.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert_eq!(parsed(lines[0])["path"], "/first");
    assert_eq!(lines[1], r#"{"time":"2023-11-14T"#);
    assert_eq!((&parsed(lines[2])["path"], &parsed(lines[3])["path"]), (&"/last".into(), &"/last".into()));
    let reports = log.text().matches("the audit log cannot be written").count();
    assert_eq!(reports, 1, "of three failures in a row");

    disk.leave(Some(0));
    sink.record(&refused("/lost"));
    assert_eq!(log.text().matches("the audit log cannot be written").count(), 2);
}

#[test]
fn a_writer_that_panics_leaves_a_sink_that_works() {
    struct Fragile(bool);
    impl Write for Fragile {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if std::mem::take(&mut self.0) {
                std::panic::resume_unwind(Box::new("broken"));
            }
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let sink = JsonLines::new(Fragile(true));
    let record = std::panic::AssertUnwindSafe(|| sink.record(&refused("/")));
    assert!(std::panic::catch_unwind(record).is_err());
    sink.record(&refused("/"));
    assert_eq!(sink.failures(), 0);
}

#[test]
fn a_file_is_appended_to_and_a_torn_line_is_ended() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("audit.jsonl");
    for _ in 0..2 {
        JsonLines::append(&path).expect("a file").record(&refused("/"));
    }
    std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .expect("the file")
        .write_all(b"{\"ti")
        .expect("torn");
    JsonLines::append(&path).expect("a file").record(&refused("/"));
    let text = std::fs::read_to_string(&path).expect("the file");
    let whole = lines(&[refused("/")]).remove(0);
    assert_eq!(text.lines().collect::<Vec<_>>(), [&whole, &whole, "{\"ti", &whole]);
    assert!(JsonLines::append(folder.path()).is_err());
}

#[cfg(unix)]
#[test]
fn a_new_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("audit.jsonl");
    drop(JsonLines::append(&path).expect("a file"));
    let mode = std::fs::metadata(&path).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn what_a_background_has_taken_is_written_when_it_is_dropped() {
    let disk = Disk::default();
    let sink = Background::start(JsonLines::new(disk.clone()), 4).expect("a thread");
    let moments = (0..50).map(Timestamp::from_unix_seconds);
    let event = |at| AuditEvent::refused(at, facts(), &AuthError::new(Reason::Replayed));
    moments.clone().for_each(|at| sink.record(&event(at)));
    assert_eq!(sink.sink().failures(), 0);
    drop(sink);
    let expected: String = moments.map(|at| event(at).to_json() + "\n").collect();
    assert_eq!(disk.text(), expected);
}
