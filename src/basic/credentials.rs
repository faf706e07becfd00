//! The user name and the password out of a header (RFC 7617, section 2).

use crate::Secret;
use crate::canonical::base64;
use crate::request::credentials;

const WORD: &str = "Basic";
/// No base64 text of a name and a password is longer than this.
const LONGEST: usize = 1024;

/// What is behind the scheme word, if that is `Basic`; perhaps nothing.
pub(super) fn claimed(authorization: &str) -> Option<&str> {
    if authorization.eq_ignore_ascii_case(WORD) {
        return Some("");
    }
    credentials::of_word(authorization, WORD)
}

/// The name and the password, if the text holds both in the one form that is accepted.
pub(super) fn parse(text: &str) -> Option<(String, Secret)> {
    if text.len() > LONGEST {
        return None;
    }
    let decoded = base64::standard_vec(text.as_bytes())?;
    let (name, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    let accepted = !name.is_empty() && !name.chars().chain(password.chars()).any(char::is_control);
    accepted.then(|| (name.to_owned(), Secret::from(password)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(plain: &[u8]) -> Option<(String, String)> {
        let (name, password) = parse(&base64::encode_standard(plain))?;
        Some((name, password.expose_text().expect("text").to_owned()))
    }

    #[test]
    fn the_name_ends_at_the_first_colon() {
        for (plain, name, password) in
            [("ada:a:b", "ada", "a:b"), ("ada:", "ada", ""), ("ada::", "ada", ":"), ("é d: ", "é d", " ")]
        {
            assert_eq!(parsed(plain.as_bytes()), Some((name.to_owned(), password.to_owned())), "{plain}");
        }
    }

    #[test]
    fn what_is_no_name_and_password_is_refused() {
        for plain in
            [b"".as_slice(), b":", b":secret", b"ada", b"ada:\0", b"a\nda:x", b"ada:x\x7f", b"\xff:x"]
        {
            assert_eq!(parsed(plain), None, "{plain:?}");
        }
        assert_eq!(parsed("ada:\u{85}".as_bytes()), None);
        assert!(parsed(format!("a:{}", "x".repeat(766)).as_bytes()).is_some());
        assert_eq!(parsed(format!("a:{}", "x".repeat(767)).as_bytes()), None);
    }

    #[test]
    fn a_value_has_one_spelling() {
        assert!(parse("YTo/Pj8=").is_some());
        for other in ["YTo_Pj8=", "YTo/Pj8", "YTo/Pj8==", "YTo/Pj9=", "YTo/ Pj8=", "YTo/Pj8=\n", "YTo/Pj8=="]
        {
            assert!(parse(other).is_none(), "{other:?}");
        }
    }

    #[test]
    fn the_word_is_claimed_alone_too() {
        assert_eq!((claimed("Basic"), claimed("bAsIc  x")), (Some(""), Some("x")));
        assert_eq!((claimed("Basics"), claimed("Bearer x"), claimed("Basic\tx")), (None, None, None));
    }
}
