//! Commands that use a key, for each scheme: to paste into a shell.

use crate::Scheme;
use crate::console::settings::Service;

/// A line of `curl` that calls the service with a key; none for schemes that no line can sign for.
///
/// Time and signature are computed by the shell when it runs, with `openssl`. What the key is made
/// of has no character that a shell would see between single quotes; what has is refused.
pub(super) fn lines(service: &Service, scheme: Scheme, id: &str, secret: &str) -> Option<String> {
    let url = service.url.as_str();
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\'');
    if ![url, id, secret].into_iter().all(is_plain) {
        return None;
    }
    let (_, rest) = url.split_once("://")?;
    let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let sign = format!("openssl dgst -sha256 -hmac '{secret}' -binary | base64");
    Some(match scheme {
        Scheme::ApiKey => format!("curl '{url}' -H 'Authorization: Bearer {secret}'"),
        Scheme::QuerySignature => {
            let escape = "sed 's/+/%2B/g;s,/,%2F,g;s/=/%3D/g'";
            let base = url.strip_suffix(path)?;
            format!(
                "p='{path}?timestamp='$(date +%s)'&apikey={id}'\n\
                 s=$(printf %s \"$p\" | {sign} | {escape})\n\
                 curl '{base}'\"$p&signature=$s\""
            )
        }
        Scheme::XAuth => format!(
            "t=$(date +%s); e=$((t+60)); n=$((t-5))\n\
             s=$(printf %s '{id}'\"$e$n\" | {sign})\n\
             curl '{url}' -H 'x-auth-iss: {id}' -H \"x-auth-exp: $e\" -H \"x-auth-nbf: $n\" -H \"x-auth-signature: $s\""
        ),
        Scheme::SigV4 => {
            let (region, name) = service.sigv4.as_ref()?;
            format!("curl '{url}' --aws-sigv4 'aws:amz:{region}:{name}' --user '{id}:{secret}'")
        }
        Scheme::MessageSignature => {
            let covered = r#"("@method" "@authority" "@path" "@query")"#;
            format!(
                "p='{covered};created='$(date +%s)';nonce=\"'$(od -An -N8 -tx1 /dev/urandom | tr -d ' ')'\";keyid=\"{id}\"'\n\
                 s=$(printf '\"@method\": GET\\n\"@authority\": {authority}\\n\"@path\": {path}\\n\"@query\": ?\\n\"@signature-params\": %s' \"$p\" | {sign})\n\
                 curl '{url}' -H \"Signature-Input: sig=$p\" -H \"Signature: sig=:$s:\""
            )
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_see_is_in_no_line() {
        let service = Service::at("https://api.example/a").with_sigv4("r", "s");
        for scheme in
            [Scheme::ApiKey, Scheme::QuerySignature, Scheme::XAuth, Scheme::SigV4, Scheme::MessageSignature]
        {
            assert!(
                lines(&service, scheme, "id", "secret")
                    .is_some_and(|line| line.contains("https://api.example"))
            );
            for (id, secret) in [("i'd", "secret"), ("id", "sec'ret"), ("id", "a b"), ("id\n", "secret")] {
                assert_eq!(lines(&service, scheme, id, secret), None, "{scheme}");
            }
        }
        assert_eq!(lines(&Service::at("https://api.example/"), Scheme::SigV4, "id", "secret"), None);
        assert_eq!(lines(&service, Scheme::Jwt, "id", "secret"), None);
    }
}
