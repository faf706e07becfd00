//! `SignedHeaders`: the names of the headers that a signature covers.

use crate::canonical::query;
use crate::{AuthError, Reason};

/// The most names that are read.
const MOST: usize = 64;

/// Checks that the names are lower-case tokens in ascending order, each once, and that `host`
/// is one of them.
pub(super) fn check(list: &str) -> Result<(), AuthError> {
    let mut before = "";
    let mut has_host = false;
    // Looked at all at once, which is faster than name by name.
    let are_usual = list.bytes().fold(true, |all, byte| all & (is_usual(byte) | (byte == b';')));
    for (number, name) in names(list).enumerate() {
        if number >= MOST || name <= before || !(are_usual || are_lower_tokens(name)) {
            return Err(AuthError::new(Reason::MalformedSignature));
        }
        has_host |= name == "host";
        before = name;
    }
    if has_host { Ok(()) } else { Err(AuthError::new(Reason::NotCovered)) }
}

/// The names.
pub(super) fn names(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(list);
    std::iter::from_fn(move || {
        let (name, behind) = query::cut(rest?, b';');
        rest = behind;
        Some(name)
    })
}

/// Whether a name, in lower case, is in the list.
pub(super) fn has(list: &str, name: &str) -> bool {
    names(list).any(|held| held == name)
}

/// Whether a byte is of those that almost all names have.
const fn is_usual(byte: u8) -> bool {
    (byte.wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'0') < 10) | (byte == b'-')
}

fn are_lower_tokens(name: &str) -> bool {
    name.bytes().all(|byte| TOKENS.get(usize::from(byte)).copied().unwrap_or_default())
}

/// The characters of a field name (RFC 9110, section 5.1) in lower case.
#[expect(clippy::indexing_slicing, reason = "it runs in the compiler, where a wrong place is an error")]
static TOKENS: [bool; 256] = {
    let mut tokens = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        tokens[byte] = matches!(byte as u8, b'a'..=b'z' | b'0'..=b'9' | b'!' | b'#'..=b'\'' | b'*' | b'+')
            || matches!(byte as u8, b'-' | b'.' | b'^'..=b'`' | b'|' | b'~');
        byte += 1;
    }
    tokens
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_one_spelling() {
        assert!(check("host").is_ok() && check("accept;host;x-amz-date").is_ok());
        for bad in [
            "",
            "host;",
            ";host",
            "host;;x",
            "host;host",
            "x-amz-date;host",
            "Host",
            "host; x",
            "host,x",
            "@method;host",
            "(request-target);host",
            "host\n",
        ] {
            assert_eq!(check(bad).expect_err("malformed").reason(), Reason::MalformedSignature, "{bad:?}");
        }
        for bad in ["x-amz-date", "hostx", "xhost"] {
            assert_eq!(check(bad).expect_err("refused").reason(), Reason::NotCovered, "{bad}");
        }
        let tokens: String = (0..=255_u8).filter(|byte| TOKENS[usize::from(*byte)]).map(char::from).collect();
        assert_eq!(tokens, "!#$%&'*+-.0123456789^_`abcdefghijklmnopqrstuvwxyz|~");
        let with_host = |count| {
            let names: Vec<_> = (1..count).map(|n| format!("a{n:02}")).chain(["host".to_owned()]).collect();
            check(&names.join(";")).map_err(|error| error.reason())
        };
        assert_eq!([with_host(64), with_host(65)], [Ok(()), Err(Reason::MalformedSignature)]);
    }

    #[test]
    fn a_name_is_in_the_list_as_a_whole() {
        let list = "host;x-amz-date";
        assert!(has(list, "host") && has(list, "x-amz-date"));
        for name in ["", "x-amz", "x-amz-date2", "hos", "hosts", "date", "host;x-amz-date"] {
            assert!(!has(list, name), "{name}");
        }
    }
}
