//! `SignedHeaders`: the names of the headers that a signature covers.

use crate::{AuthError, Reason};

/// The most names that are read.
const MOST: usize = 64;

/// Checks that the names are lower-case tokens in ascending order, each once, and that `host`
/// is one of them.
pub(super) fn check(list: &str) -> Result<(), AuthError> {
    let mut before = "";
    let mut has_host = false;
    for (number, name) in names(list).enumerate() {
        if number >= MOST || name <= before || !name.bytes().all(is_lower_token) {
            return Err(AuthError::new(Reason::MalformedSignature));
        }
        has_host |= name == "host";
        before = name;
    }
    if has_host { Ok(()) } else { Err(AuthError::new(Reason::NotCovered)) }
}

/// The names.
pub(super) fn names(list: &str) -> impl Iterator<Item = &str> {
    list.split(';')
}

/// Whether a name, in lower case, is in the list.
pub(super) fn has(list: &str, name: &str) -> bool {
    names(list).any(|held| held == name)
}

/// A character of a field name (RFC 9110, section 5.1) in lower case.
fn is_lower_token(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

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
        assert_eq!(check("x-amz-date").expect_err("refused").reason(), Reason::NotCovered);
        let many: Vec<_> = (0..65).map(|n| format!("a{n:02}")).collect();
        assert_eq!(check(&many.join(";")).expect_err("refused").reason(), Reason::MalformedSignature);
    }
}
