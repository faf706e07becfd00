//! The secrets, shown once, and commands to paste.
//!
//! Each command is one line that begins with `curl` and computes time and signature when
//! it runs. It needs `openssl` and what every POSIX system has, and works in `sh`.

use std::io::Write;

use portcullis::Secret;
use portcullis::store::IssuedKey;

use crate::chain::{REGION, SERVICE};
use crate::demo::{Demo, USER};
use crate::process::Failure;
use crate::signed;

/// Shows everything. It is out of the process, or this is an error.
pub(crate) fn print(demo: &Demo, event_secret: &Secret, base: &str) -> Result<(), Failure> {
    let key = |key: &IssuedKey| Ok::<_, Failure>(format!("{}  {}", key.id, text(&key.secret)?));
    let secrets = [
        ("API key", text(&demo.api_key.secret)?.to_owned()),
        ("signed-URL id and secret", key(&demo.url_key)?),
        ("x-auth id and secret", key(&demo.x_auth_key)?),
        ("SigV4 id and secret", key(&demo.sigv4_key)?),
        ("message id and secret", key(&demo.message_key)?),
        ("secret of events", text(event_secret)?.to_owned()),
        ("user and password", format!("{USER}  {}", text(&demo.password)?)),
    ];
    let mut out = std::io::stdout().lock();
    writeln!(out, "These secrets are shown now and never again:\n")?;
    for (label, secret) in secrets {
        writeln!(out, "  {label:<26}{secret}")?;
    }
    writeln!(out, "\nPaste these into another terminal, as often as you like:")?;
    for (label, command) in commands(demo, event_secret, base)? {
        writeln!(out, "\n{label}:\n{command}")?;
    }
    writeln!(out)?;
    Ok(out.flush()?)
}

fn commands(demo: &Demo, event_secret: &Secret, base: &str) -> Result<Vec<(&'static str, String)>, Failure> {
    let bearer = format!("-H 'Authorization: Bearer {}'", text(&demo.api_key.secret)?);
    let log_in = format!("{base}/api/v1/auth/token -d username={USER} -d password={}", text(&demo.password)?);
    let url = signed::url(&demo.url_key, base)?;
    let get = signed::x_auth(&demo.x_auth_key)?;
    let post = signed::x_auth_post(&demo.x_auth_key)?;
    let aws = format!("--aws-sigv4 aws:amz:{REGION}:{SERVICE}");
    let aws = format!("{aws} --user {}:{}", demo.sigv4_key.id, text(&demo.sigv4_key.secret)?);
    let message = signed::message(&demo.message_key, base)?;
    let event = signed::event(event_secret)?;
    let token = r#"sed 's/.*"access_token":"\([^"]*\)".*/\1/'"#;
    Ok(vec![
        ("Who am I, by API key", format!("curl {base}/whoami {bearer}")),
        (
            "An order, by API key",
            format!(
                r#"curl {base}/orders {bearer} -H 'Content-Type: application/json' -d '{{"item":"book"}}'"#
            ),
        ),
        ("A token for a password", format!("curl {log_in}")),
        (
            "Who am I, by token",
            format!(r#"curl {base}/whoami -H "Authorization: Bearer $(curl -s {log_in} | {token})""#),
        ),
        ("Hello, by signed URL", format!(r#"curl "{url}""#)),
        ("Who am I, by x-auth headers", format!("curl {base}/whoami {get}")),
        ("The same with a signed body", format!("curl {base}/whoami {post}")),
        ("Who am I, by the signature of AWS", format!("curl {base}/whoami {aws}")),
        ("Who am I, by an HTTP message signature", format!("curl {base}/whoami {message}")),
        ("An event of another service", format!("curl {base}/events {event}")),
        ("Is it up", format!("curl {base}/health")),
        ("The same, as IGNY8 asks", format!("curl {base}/api/v1/system/ping/")),
        ("The feed, without a credential", format!("curl {base}/feed")),
    ])
}

/// What was generated, as text.
pub(crate) fn text(secret: &impl AsRef<Secret>) -> Result<&str, Failure> {
    secret.as_ref().expose_text().ok_or_else(|| "a generated secret is text".into())
}
