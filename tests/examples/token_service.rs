//! The WispHub service: the seven tests of its owners, and what its settings must be.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use portcullis::password::PasswordHash;
use serde_json::json;
use tempfile::TempDir;

use crate::process::{End, Example, command};
use crate::shell::{Answer, paste};

const SECRET: &str = "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA";
const NAMES: [&str; 5] =
    ["JWT_SECRET_KEY", "API_USERNAME", "API_PASSWORD_HASH", "WISPHUB_NET_KEY", "WISPHUB_NET_HOST"];

/// A service with good settings.
struct Wisphub {
    _folder: TempDir,
    _service: Example,
    address: String,
}

fn hash() -> String {
    PasswordHash::bcrypt(&"correct horse".into(), 4).expect("a hash").expose().to_owned()
}

/// A command with every setting there is but `JWT_SECRET_KEY`.
fn without_secret(folder: &TempDir) -> Command {
    let mut command = command("token_service", folder.path());
    command.env("PORT", "0").env("API_USERNAME", "ada").env("API_PASSWORD_HASH", hash());
    command.env("WISPHUB_NET_KEY", "k").env("WISPHUB_NET_HOST", "https://api.example");
    command
}

impl Wisphub {
    fn start() -> Self {
        let folder = TempDir::new().expect("a folder");
        let mut command = without_secret(&folder);
        command.env("JWT_SECRET_KEY", SECRET);
        Self::started(folder, command)
    }

    fn started(folder: TempDir, command: Command) -> Self {
        let service = Example::start(command);
        let address = service.listening().1;
        Self { _folder: folder, _service: service, address }
    }

    fn log_in(&self, user: &str, password: &str) -> Answer {
        let form = format!("-d 'username={user}' -d 'password={password}'");
        paste(&format!("curl http://{}/api/v1/auth/token {form}", self.address))
    }

    fn clients(&self, options: &str) -> Answer {
        paste(&format!("curl http://{}/api/v1/clients/ {options}", self.address))
    }
}

#[test]
fn a_login_is_answered_with_a_bearer_token() {
    let answer = Wisphub::start().log_in("ada", "correct horse");
    assert_eq!(answer.status, 200);
    let answer = answer.json();
    assert_eq!(answer["token_type"], "bearer");
    assert_eq!(answer["access_token"].as_str().map(|token| token.split('.').count()), Some(3));
}

#[test]
fn a_wrong_password_and_an_unknown_user_are_the_same_401() {
    let service = Wisphub::start();
    for (user, password) in [("ada", "wrong horse"), ("bob", "correct horse"), ("Ada", "correct horse")] {
        let answer = service.log_in(user, password);
        assert_eq!(answer.status, 401, "{user}");
        assert_eq!(answer.json(), json!({ "detail": "Incorrect username or password." }), "{user}");
    }
}

#[test]
fn without_a_token_or_with_garbage_a_protected_route_is_401() {
    let service = Wisphub::start();
    for options in [
        "",
        "-H 'Authorization: Bearer garbage'",
        "-H 'Authorization: Bearer a.b.c'",
        "-H 'Authorization: x'",
    ] {
        let answer = service.clients(options);
        assert_eq!(answer.status, 401, "{options}");
        assert_eq!(answer.header("www-authenticate"), ["Bearer"], "{options}");
        assert_eq!(answer.body, r#"{"detail":"Could not validate credentials."}"#, "{options}");
    }
}

#[test]
fn with_a_valid_token_a_protected_route_answers() {
    let service = Wisphub::start();
    let token = service.log_in("ada", "correct horse").json()["access_token"].clone();
    let token = token.as_str().expect("a token");
    let answer = service.clients(&format!("-H 'Authorization: Bearer {token}'"));
    assert_eq!((answer.status, answer.json()), (200, json!({ "ok": true, "user": "ada" })));
}

#[test]
fn health_is_for_everybody() {
    let service = Wisphub::start();
    assert_eq!(paste(&format!("curl http://{}/health", service.address)).status, 200);
}

#[test]
fn a_mounted_secret_loses_its_newline() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("secret");
    fs::write(&path, format!("{SECRET}\n")).expect("written");
    let mut command = without_secret(&folder);
    command.env("JWT_SECRET_KEY_FILE", &path);
    let service = Wisphub::started(folder, command);
    let token = service.log_in("ada", "correct horse").json()["access_token"].clone();

    // The same secret from the environment accepts that token.
    let token = format!("-H 'Authorization: Bearer {}'", token.as_str().expect("a token"));
    assert_eq!(Wisphub::start().clients(&token).status, 200);
}

#[test]
fn settings_come_from_an_env_file_too_and_an_exposed_one_is_a_warning() {
    for (mode, warned) in [(0o600, false), (0o644, true)] {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join(".env");
        fs::write(&path, format!("JWT_SECRET_KEY={SECRET}\n")).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
        let service = Example::start(without_secret(&folder));
        service.listening();
        service.signal("TERM");
        let End { code, log } = service.end();
        assert_eq!(code, Some(0));
        assert_eq!(log.contains("warning: others can read .env"), warned, "{log}");
    }
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
fn a_start_without_settings_names_every_one_that_is_missing() {
    let folder = TempDir::new().expect("a folder");
    let said = refused(command("token_service", folder.path()));
    for name in NAMES {
        assert!(said.contains(&format!("{name} is missing")), "{name}: {said}");
    }
}

#[test]
fn a_weak_secret_is_named_and_not_shown() {
    for weak in ["secret", "1234", "hunter2-is-too-short"] {
        let folder = TempDir::new().expect("a folder");
        let mut command = without_secret(&folder);
        let said = refused({
            command.env("JWT_SECRET_KEY", weak);
            command
        });
        assert!(said.contains("JWT_SECRET_KEY is not accepted"), "{said}");
        assert!(!said.contains("is missing") && (weak == "secret" || !said.contains(weak)), "{said}");
    }
}
