//! The secrets, and commands to paste: one line each, that begins with `curl`.

use std::io::Write;

use portcullis::Secret;

use crate::demo::{Demo, USER};
use crate::serve::Failure;

/// Shows everything. It is out of the process, or this is an error.
pub(crate) fn print(demo: &Demo, base: &str) -> Result<(), Failure> {
    let (key, password) = (text(&demo.api_key.secret)?, text(&demo.password)?);
    let mut out = std::io::stdout().lock();
    writeln!(out, "This start has these secrets:\n")?;
    writeln!(out, "  {:<20}{key}", "API key")?;
    writeln!(out, "  {:<20}{USER}  {password}", "user and password")?;
    writeln!(out, "\nPaste these into another terminal, as often as you like:")?;
    for (label, command) in commands(base, key, password) {
        writeln!(out, "\n{label}:\n{command}")?;
    }
    writeln!(out)?;
    Ok(out.flush()?)
}

fn commands(base: &str, key: &str, password: &str) -> [(&'static str, String); 8] {
    let whoami = format!("curl {base}/api/v1/whoami/");
    let log_in = format!("{base}/auth/login/ -d username={USER} -d password={password}");
    let token = format!(r#"$(curl -s {log_in} | sed 's/.*"access_token":"\([^"]*\)".*/\1/')"#);
    // The name and the value of the cookie, without its attributes.
    let cookie = format!(r#"$(curl -si {log_in} | sed -n 's/^set-cookie: \([^;]*\);.*/\1/p')"#);
    [
        ("Is it up", format!("curl {base}/api/v1/system/ping/")),
        ("Who am I, by API key", format!("{whoami} -H 'Authorization: Bearer {key}'")),
        ("The same in a header of its own", format!("{whoami} -H 'X-API-Key: {key}'")),
        ("A token and a session for a password", format!("curl -i {log_in}")),
        ("Who am I, by token", format!(r#"{whoami} -H "Authorization: Bearer {token}""#)),
        ("Who am I, by session", format!(r#"{whoami} -H "Cookie: theme=dark; {cookie}""#)),
        ("Who am I, by password", format!("{whoami} -u {USER}:{password}")),
        ("Log out", format!(r#"curl -i -X POST {base}/auth/logout/ -H "Cookie: {cookie}""#)),
    ]
}

fn text(secret: &impl AsRef<Secret>) -> Result<&str, Failure> {
    secret.as_ref().expose_text().ok_or_else(|| "a generated secret is text".into())
}
