//! One spelling of the authority that a request is for.

use std::borrow::Cow;

/// An authority in one spelling, by this rule:
///
/// 1. It is a host and perhaps a port. A host is one or more ASCII letters, digits, `-`, `.`, `_`
///    and `~`, or an address in brackets; a port is `:` and one to five digits. Anything else,
///    a user and a port without digits among it, has no spelling.
/// 2. ASCII letters become lower case.
/// 3. A port that is `:80` or `:443` is dropped, whichever scheme the request came by: behind a
///    proxy nobody can tell (RFC 9110, section 4.2.3).
///
/// Nothing else is changed: a final dot stays, and a name of another script is what it is sent
/// as, which is `xn--...`.
pub(crate) fn one_spelling(authority: &str) -> Option<Cow<'_, str>> {
    // As almost all are sent: nothing but a name, in lower case.
    let is_plain = |byte: u8| PLAIN.get(usize::from(byte)).copied().unwrap_or_default();
    if !authority.is_empty() && authority.bytes().all(is_plain) {
        return Some(Cow::Borrowed(authority));
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(inside) => {
            let end = inside.find(']')?;
            let address = inside.get(..end)?;
            let allowed = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
            (!address.is_empty() && address.bytes().all(allowed)).then_some(())?;
            authority.split_at_checked(end + 2)?
        }
        None => authority.split_at_checked(authority.find(':').unwrap_or(authority.len()))?,
    };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if host.is_empty() || (!host.starts_with('[') && !host.bytes().all(allowed)) {
        return None;
    }
    let digits = port.strip_prefix(':');
    let is_port =
        |digits: &str| (1..=5).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !port.is_empty() && !digits.is_some_and(is_port) {
        return None;
    }
    let kept = if matches!(port, ":80" | ":443") { host } else { authority };
    Some(if kept.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(kept.to_ascii_lowercase())
    } else {
        Cow::Borrowed(kept)
    })
}

/// What stands for itself in a host.
#[expect(clippy::indexing_slicing, reason = "it runs in the compiler, where a wrong place is an error")]
static PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        plain[byte] = matches!(byte as u8, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~');
        byte += 1;
    }
    plain
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_the_ports_of_the_web_make_no_difference() {
        for (sent, spelled) in [
            ("api.example", "api.example"),
            ("API.Example", "api.example"),
            ("api.example:80", "api.example"),
            ("api.example:443", "api.example"),
            ("api.example:8443", "api.example:8443"),
            ("api.example:0443", "api.example:0443"),
            ("api.example.", "api.example."),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("[2001:DB8::80]:443", "[2001:db8::80]"),
            ("[2001:db8::80]", "[2001:db8::80]"),
            ("127.0.0.1:80", "127.0.0.1"),
            ("a_b~c", "a_b~c"),
        ] {
            assert_eq!(one_spelling(sent).as_deref(), Some(spelled), "{sent}");
        }
    }

    #[test]
    fn what_is_no_host_and_port_has_no_spelling() {
        for bad in [
            "",
            ":80",
            "a:",
            "a:80:80",
            "a:b",
            "a:123456",
            "u@a",
            "a/",
            "a b",
            "bücher.example",
            "[::1",
            "[]",
            "[::1]x",
            "[::1]:",
            "::1",
            "a%2e",
            "a,b",
            "[v1.a]",
        ] {
            assert_eq!(one_spelling(bad), None, "{bad}");
        }
    }
}
