//! Signatures that the shell makes when a command runs: options of `curl` with its tools between
//! them. Secrets have no character that a shell would see between single quotes.

use portcullis::Secret;
use portcullis::store::IssuedKey;

use crate::commands::text;
use crate::process::Failure;

/// A URL that signs itself. In a query, `+`, `/` and `=` of base64 are escaped.
pub(crate) fn url(key: &IssuedKey, base: &str) -> Result<String, Failure> {
    let (id, sign) = (&key.id, sign(&key.secret)?);
    let escape = "sed 's/+/%2B/g;s,/,%2F,g;s/=/%3D/g'";
    Ok(format!(
        r#"$(p="/api/hello/?timestamp=$(date +%s)&apikey={id}"; s=$(printf %s "$p" | {sign} | {escape}); printf %s "{base}$p&signature=$s")"#
    ))
}

/// The four headers, without a body.
pub(crate) fn x_auth(key: &IssuedKey) -> Result<String, Failure> {
    x_auth_headers(key, "", "", "")
}

/// The four headers and a body, which is another one each time: the same POST would be
/// taken for a repetition if it came twice in a second.
pub(crate) fn x_auth_post(key: &IssuedKey) -> Result<String, Failure> {
    let body = r#"b=$(printf '{"note":"%s"}' "$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')"); "#;
    x_auth_headers(key, body, r#"$(printf %s "$b" | base64)"#, "-d $b -H content-type:application/json ")
}

/// The shell splits them into words, so they have no spaces.
fn x_auth_headers(key: &IssuedKey, first: &str, signed_body: &str, options: &str) -> Result<String, Failure> {
    let (id, sign) = (&key.id, sign(&key.secret)?);
    Ok(format!(
        r#"$({first}i={id}; t=$(date +%s); e=$((t+60)); n=$((t-5)); s=$(printf %s "$i$e$n{signed_body}" | {sign}); printf %s "{options}-H x-auth-iss:$i -H x-auth-exp:$e -H x-auth-nbf:$n -H x-auth-signature:$s")"#
    ))
}

/// The two headers of RFC 9421, for a GET of `/whoami`. The first one has spaces, so each is an
/// option of its own, and the time and the nonce of the first are kept for the second.
pub(crate) fn message(key: &IssuedKey, base: &str) -> Result<String, Failure> {
    let (id, sign) = (&key.id, sign(&key.secret)?);
    let authority = base.split_once("://").map_or(base, |(_, authority)| authority);
    let covered = r#"("@method" "@authority" "@path" "@query")"#;
    let lines = format!(r#""@method": GET\n"@authority": {authority}\n"@path": /whoami\n"@query": ?"#);
    let signed = format!(r#"{lines}\n"@signature-params": {covered};created=%s;nonce="%s";keyid="{id}""#);
    let (time, nonce) = ("$((t=$(date +%s)))", "$((n=$(od -An -N4 -tu4 /dev/urandom)))");
    Ok(format!(
        r#"-H 'Signature-Input: sig={covered};created='"{time}"';nonce="'"{nonce}"'";keyid="{id}"' -H "Signature: sig=:$(printf '{signed}' "$t" "$n" | {sign}):""#
    ))
}

/// An event and the headers of Standard Webhooks, without spaces too.
pub(crate) fn event(secret: &Secret) -> Result<String, Failure> {
    let key =
        format!("$(printf %s '{}' | cut -c7- | base64 -d | od -An -v -tx1 | tr -d ' \\n')", text(secret)?);
    let sign = r#"openssl dgst -sha256 -mac HMAC -macopt hexkey:"$k" -binary | base64"#;
    let id = "msg_$(od -An -N8 -tx1 /dev/urandom | tr -d ' ')";
    Ok(format!(
        r#"$(k={key}; b='{{"type":"order.paid"}}'; i={id}; t=$(date +%s); s=$(printf %s "$i.$t.$b" | {sign}); printf %s "-d $b -H content-type:application/json -H webhook-id:$i -H webhook-timestamp:$t -H webhook-signature:v1,$s")"#
    ))
}

/// A filter that signs.
fn sign(secret: &impl AsRef<Secret>) -> Result<String, Failure> {
    Ok(format!("openssl dgst -sha256 -hmac '{}' -binary | base64", text(secret)?))
}
