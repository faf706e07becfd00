//! What is wrong with a request whoever sent it.

use super::Settings;
use crate::request::RequestView;
use crate::{AuthError, Reason};

/// What one look at the headers showed.
pub(super) struct Head {
    /// Whether there is an `Authorization` header.
    pub(super) authorization: bool,
}

/// Refuses requests that two readers could understand in two ways.
pub(super) fn inspect<P>(request: &RequestView<'_>, settings: &Settings<P>) -> Result<Head, AuthError> {
    if is_disguised_method(request.method()) {
        return Err(AuthError::new(Reason::InvalidMethod));
    }
    let (mut hosts, mut host) = (0_usize, None);
    let (mut authorization, mut hop_by_hop) = (false, false);
    request.for_each_header(|name, value| match name {
        "host" => {
            hosts += 1;
            host = Some(value);
        }
        "authorization" => authorization = true,
        "connection" => hop_by_hop |= names_what_must_arrive(value, settings),
        _ => {}
    });
    if hop_by_hop {
        return Err(AuthError::new(Reason::HopByHopHeader));
    }
    if hosts > 1 || !host.is_none_or(is_authority) {
        return Err(AuthError::new(Reason::InvalidHost));
    }
    if let Some(target) = request.target_authority() {
        if !is_authority(target.as_bytes()) {
            return Err(AuthError::new(Reason::InvalidHost));
        }
        request.authority()?;
    }
    Ok(Head { authorization })
}

/// A standard method (RFC 9110, section 9.3, and RFC 5789) in another case. Methods know
/// case, so it is another method; routers and proxies do not agree on that.
fn is_disguised_method(method: &str) -> bool {
    const STANDARD: [&str; 9] =
        ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE"];
    !STANDARD.contains(&method) && STANDARD.iter().any(|known| known.eq_ignore_ascii_case(method))
}

/// Whether a value of `Connection`, which lists headers for the next hop to remove (RFC
/// 9110, section 7.6.1), lists one that something here or behind depends on.
fn names_what_must_arrive<P>(value: &[u8], settings: &Settings<P>) -> bool {
    const OTHERS: [&str; 5] = ["host", "cookie", "content-length", "content-type", "forwarded"];
    value.split(|byte| *byte == b',').any(|option| {
        let Ok(option) = std::str::from_utf8(option.trim_ascii()) else { return true };
        let option = option.to_ascii_lowercase();
        OTHERS.contains(&option.as_str())
            || option.starts_with("x-")
            || settings.carriers.has_header(&option)
            || settings.is_identity(&option)
    })
}

/// Whether the value of `Host` can be an authority without a user (RFC 9110, section 7.2):
/// nothing in it could begin a path, a query, a fragment or a second host.
fn is_authority(value: &[u8]) -> bool {
    let usual =
        |byte: u8| ((byte | 32).wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'-') < 14) & (byte != b'/');
    let allowed = |byte: &u8| {
        usual(*byte)
            || matches!(
                byte,
                b'[' | b']' | b'_' | b'~' | b'!' | b'$' | b'&' | b'(' | b')' | b'*' | b'+' | b'='
            )
    };
    // Every byte is looked at, which is faster than leaving early.
    value.iter().fold(true, |all, byte| all & usual(*byte)) || value.iter().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_usual_spelling_of_a_standard_method_is_one() {
        for good in ["GET", "PATCH", "PROPFIND", "purge", "QUERY"] {
            assert!(!is_disguised_method(good), "{good}");
        }
        for bad in ["get", "Get", "oPTIONS", "delete"] {
            assert!(is_disguised_method(bad), "{bad}");
        }
    }

    #[test]
    fn a_host_is_an_authority_and_nothing_more() {
        for good in ["a.example", "a.example:8080", "[2001:db8::1]:443", "", "127.0.0.1", "a_b"] {
            assert!(is_authority(good.as_bytes()), "{good}");
        }
        for bad in ["a/v1?", "a?x", "a#x", "u@a", "a b", "a\\b", "a,b", "a%2f", "\u{e9}", "a\tb"] {
            assert!(!is_authority(bad.as_bytes()), "{bad}");
        }
    }
}
