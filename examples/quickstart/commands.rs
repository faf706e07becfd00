//! The secrets, shown once, and commands to paste.
//!
//! Each command is one line that begins with `curl` and computes time and signature when
//! it runs. It needs `openssl` and what every POSIX system has, and works in `sh`.

use std::io::Write;

use portcullis::Secret;
use portcullis::store::IssuedKey;

use crate::demo::{Demo, USER};
use crate::process::Failure;

/// Shows everything. It is out of the process, or this is an error.
pub(crate) fn print(demo: &Demo, base: &str) -> Result<(), Failure> {
    let key = |key: &IssuedKey| Ok::<_, Failure>(format!("{}  {}", key.id, text(&key.secret)?));
    let secrets = [
        ("API key", text(&demo.api_key.secret)?.to_owned()),
        ("signed-URL id and secret", key(&demo.url_key)?),
        ("x-auth id and secret", key(&demo.x_auth_key)?),
        ("user and password", format!("{USER}  {}", text(&demo.password)?)),
    ];
    let mut out = std::io::stdout().lock();
    writeln!(out, "These secrets are shown now and never again:\n")?;
    for (label, secret) in secrets {
        writeln!(out, "  {label:<26}{secret}")?;
    }
    writeln!(out, "\nPaste these into another terminal, as often as you like:")?;
    for (label, command) in commands(demo, base)? {
        writeln!(out, "\n{label}:\n{command}")?;
    }
    writeln!(out)?;
    Ok(out.flush()?)
}

fn commands(demo: &Demo, base: &str) -> Result<Vec<(&'static str, String)>, Failure> {
    let bearer = format!("-H 'Authorization: Bearer {}'", text(&demo.api_key.secret)?);
    let log_in = format!("{base}/api/v1/auth/token -d username={USER} -d password={}", text(&demo.password)?);
    let url = signed_url(&demo.url_key, base)?;
    let get = x_auth(&demo.x_auth_key, "", "", "")?;
    let post = x_auth_post(&demo.x_auth_key)?;
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
        ("Is it up", format!("curl {base}/health")),
        ("The same, as IGNY8 asks", format!("curl {base}/api/v1/system/ping/")),
        ("The feed, without a credential", format!("curl {base}/feed")),
    ])
}

/// A URL that signs itself. In a query, `+`, `/` and `=` of base64 are escaped.
fn signed_url(key: &IssuedKey, base: &str) -> Result<String, Failure> {
    let (id, sign) = (&key.id, sign(&key.secret)?);
    let escape = "sed 's/+/%2B/g;s,/,%2F,g;s/=/%3D/g'";
    Ok(format!(
        r#"$(p="/api/hello/?timestamp=$(date +%s)&apikey={id}"; s=$(printf %s "$p" | {sign} | {escape}); printf %s "{base}$p&signature=$s")"#
    ))
}

/// The four headers. The shell splits them into words, so they have no spaces.
fn x_auth(key: &IssuedKey, first: &str, signed_body: &str, options: &str) -> Result<String, Failure> {
    let (id, sign) = (&key.id, sign(&key.secret)?);
    Ok(format!(
        r#"$({first}i={id}; t=$(date +%s); e=$((t+60)); n=$((t-5)); s=$(printf %s "$i$e$n{signed_body}" | {sign}); printf %s "{options}-H x-auth-iss:$i -H x-auth-exp:$e -H x-auth-nbf:$n -H x-auth-signature:$s")"#
    ))
}

/// The four headers and a body, which is another one each time: the same POST would be
/// taken for a repetition if it came twice in a second.
fn x_auth_post(key: &IssuedKey) -> Result<String, Failure> {
    let body = r#"b=$(printf '{"note":"%s"}' "$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')"); "#;
    x_auth(key, body, r#"$(printf %s "$b" | base64)"#, "-d $b -H content-type:application/json ")
}

/// A filter that signs. Secrets have no character that a shell would see.
fn sign(secret: &impl AsRef<Secret>) -> Result<String, Failure> {
    Ok(format!("openssl dgst -sha256 -hmac '{}' -binary | base64", text(secret)?))
}

fn text(secret: &impl AsRef<Secret>) -> Result<&str, Failure> {
    secret.as_ref().expose_text().ok_or_else(|| "a generated secret is text".into())
}
