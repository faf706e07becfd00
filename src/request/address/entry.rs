//! The entries of `Forwarded` and `X-Forwarded-For`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A header that proxies add entries to, with its grammar.
#[derive(Clone, Copy, Debug)]
pub(super) enum Header {
    Forwarded,
    XForwardedFor,
}

/// What stands before the last entry, if anything does, and the entry.
type Parted<'a> = (Option<&'a [u8]>, &'a [u8]);

impl Header {
    /// In lower case.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Forwarded => "forwarded",
            Self::XForwardedFor => "x-forwarded-for",
        }
    }

    /// Parts a line before its last entry. None where it cannot be told where that begins.
    pub(super) fn split_last(self, list: &[u8]) -> Option<Parted<'_>> {
        match self {
            Self::Forwarded => split_last_quoted(list),
            Self::XForwardedFor => Some(split_last(list)),
        }
    }

    /// The address that an entry holds; none where it cannot be read, or hides it.
    pub(super) fn address(self, entry: &[u8]) -> Option<IpAddr> {
        let entry = std::str::from_utf8(entry).ok()?.trim_matches(WHITE);
        match self {
            Self::Forwarded => for_parameter(entry).and_then(node),
            Self::XForwardedFor => address(entry),
        }
    }
}

const WHITE: [char; 2] = [' ', '\t'];

/// Parts a list at its last comma.
fn split_last(list: &[u8]) -> Parted<'_> {
    match list.iter().rposition(|byte| *byte == b',') {
        Some(comma) => (list.get(..comma), list.get(comma + 1..).unwrap_or_default()),
        None => (None, list),
    }
}

/// Parts a list at the last comma that is in no quoted string. None where a quotation mark
/// is left open.
///
/// Read backwards, the next mark is the end of a string; it begins at the first mark
/// before which stand no backslashes, or an even number of them.
fn split_last_quoted(list: &[u8]) -> Option<Parted<'_>> {
    let mut end = list.len();
    loop {
        let stop = list.get(..end)?.iter().rposition(|byte| matches!(byte, b',' | b'"'));
        let Some(stop) = stop else { return Some((None, list)) };
        if list.get(stop) == Some(&b',') {
            return Some((list.get(..stop), list.get(stop + 1..)?));
        }
        end = stop;
        loop {
            let mark = list.get(..end)?.iter().rposition(|byte| *byte == b'"')?;
            end = mark;
            let slashes = list.get(..mark)?.iter().rev().take_while(|byte| **byte == b'\\').count();
            if slashes.is_multiple_of(2) {
                break;
            }
        }
    }
}

/// The value of `for`, without its quotation marks, of an element of `Forwarded` (RFC
/// 7239, section 4). None where the element cannot be read as a whole, or has two.
fn for_parameter(element: &str) -> Option<&str> {
    let mut found = None;
    let mut rest = element;
    loop {
        // Parameters may be missing between semicolons.
        rest = rest.trim_start_matches(WHITE);
        if !rest.is_empty() && !rest.starts_with(';') {
            let (name, behind) = rest.split_once('=')?;
            let (value, behind) = value(behind)?;
            if !is_token(name) || (name.eq_ignore_ascii_case("for") && found.replace(value).is_some()) {
                return None;
            }
            rest = behind.trim_start_matches(WHITE);
        }
        match rest.strip_prefix(';') {
            Some(behind) => rest = behind,
            None if rest.is_empty() => return found,
            None => return None,
        }
    }
}

/// The token or the quoted string that a text begins with, and what follows it.
fn value(text: &str) -> Option<(&str, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|character| !is_token_character(character)).unwrap_or(text.len());
        return text.split_at_checked(end).filter(|(token, _)| !token.is_empty());
    };
    let mut escaped = false;
    for (at, character) in quoted.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some((quoted.get(..at)?, quoted.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_token_character)
}

/// RFC 9110, section 5.6.2.
const fn is_token_character(character: char) -> bool {
    matches!(character, '!' | '#'..='\'' | '*' | '+' | '-' | '.' | '0'..='9' | 'A'..='Z' | '^'..='z' | '|' | '~')
}

/// The address of a node (RFC 7239, section 6); none where it is `unknown` or obfuscated.
fn node(text: &str) -> Option<IpAddr> {
    // What must be escaped is in no node.
    let plain = !text.contains(['\\', '"']);
    let (host, port) = split_port(text)?;
    let hidden_port = |port: &str| {
        let name = port.strip_prefix('_').unwrap_or_default();
        let readable = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
        !name.is_empty() && name.chars().all(readable)
    };
    let readable_port = port.is_none_or(|port| is_port(port) || hidden_port(port));
    if plain && readable_port { host_address(host) } else { None }
}

/// The address of an entry of `X-Forwarded-For`: with or without a port, IPv6 with or
/// without brackets; with a port, it has them.
fn address(text: &str) -> Option<IpAddr> {
    if let Ok(bare) = text.parse::<Ipv6Addr>() {
        return Some(bare.into());
    }
    let (host, port) = split_port(text)?;
    if port.is_none_or(is_port) { host_address(host) } else { None }
}

/// A host and the port behind its colon; the colons of IPv6 are in brackets.
fn split_port(text: &str) -> Option<(&str, Option<&str>)> {
    let brackets = text.find(']').map_or(0, |end| end + 1);
    let (host, behind) = match text.get(brackets..)?.find(':') {
        Some(colon) => text.split_at_checked(brackets + colon)?,
        None => (text, ""),
    };
    Some((host, behind.strip_prefix(':')))
}

fn host_address(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[') {
        Some(inner) => inner.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::from),
        None => host.parse::<Ipv4Addr>().ok().map(IpAddr::from),
    }
}

fn is_port(text: &str) -> bool {
    (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The address in the last entry of a line that another entry begins.
    fn read(header: Header, entry: &str) -> Option<String> {
        let line = format!("for=198.51.100.1,{entry}");
        let (_, entry) = header.split_last(line.as_bytes())?;
        header.address(entry).map(|address| address.to_canonical().to_string())
    }

    #[test]
    fn nodes_of_forwarded_are_read_by_the_grammar_or_not_at_all() {
        for (element, address) in [
            ("for=192.0.2.43", "192.0.2.43"),
            ("FOR=192.0.2.43;proto=http; by=203.0.113.43", "192.0.2.43"),
            (";by=_x;;for=\"192.0.2.43:4711\";", "192.0.2.43"),
            ("for=\"192.0.2.43:_port.1\"", "192.0.2.43"),
            ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("for=\"[2001:db8:cafe::17]\"", "2001:db8:cafe::17"),
            ("for=\"[::ffff:192.0.2.43]\"", "192.0.2.43"),
            ("host=\"a\\\", for=1.1.1.1\\\\\";for=192.0.2.43", "192.0.2.43"),
        ] {
            assert_eq!(read(Header::Forwarded, element).as_deref(), Some(address), "{element}");
        }
        for element in [
            "",
            ";",
            "192.0.2.43",
            "for",
            "for=",
            "for=\"\"",
            "for=unknown",
            "for=\"unknown:80\"",
            "for=_hidden",
            "for=\"_hidden:80\"",
            "for =192.0.2.43",
            "for= 192.0.2.43",
            "for=192.0.2.43:80",
            "for=[2001:db8::1]",
            "for=\"2001:db8::1\"",
            "for=\"[192.0.2.43]\"",
            "for=\"[2001:db8::1\"",
            "for=\"[2001:db8::1]x\"",
            "for=\"[fe80::1%eth0]\"",
            "for=\"192.0.2.43:\"",
            "for=\"192.0.2.43:123456\"",
            "for=\"192.0.2.43:_\"",
            "for=\"192.0.2.4\\3\"",
            "for=192.0.2.043",
            "for=192.0.2.43;for=192.0.2.43",
            "for=192.0.2.43 x",
            "for=192.0.2.43;x",
            "for=192.0.2.43;x=\"",
            "for=\"192.0.2.43",
            "for=192.0.2.43\"",
            "by=192.0.2.43",
            "for=ünknown",
        ] {
            assert_eq!(read(Header::Forwarded, element), None, "{element:?}");
        }
    }

    #[test]
    fn entries_of_x_forwarded_for_are_addresses_or_nothing() {
        for (entry, address) in [
            ("192.0.2.43:80", "192.0.2.43"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:80", "2001:db8::1"),
            ("::ffff:192.0.2.43", "192.0.2.43"),
        ] {
            assert_eq!(read(Header::XForwardedFor, entry).as_deref(), Some(address), "{entry}");
        }
        for entry in [
            "",
            "unknown",
            "_x",
            "192.0.2",
            "192.0.2.43:",
            "192.0.2.43:_x",
            "[192.0.2.43]",
            "\"192.0.2.43\"",
            "é",
        ] {
            assert_eq!(read(Header::XForwardedFor, entry), None, "{entry:?}");
        }
    }
}
