//! The form of `Authorization`: a scheme word and what follows it (RFC 9110, section 11.4).

/// Splits `<word> <credentials>` at one or more spaces. A word alone has empty
/// credentials; a value that does not begin with a word (a raw key with other
/// characters, a word followed by a tab) has none of this form.
pub(crate) fn credentials(value: &str) -> Option<(&str, &str)> {
    let (word, rest) = value.split_once(' ').unwrap_or((value, ""));
    let tchar = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (!word.is_empty() && word.bytes().all(tchar)).then(|| (word, rest.trim_start_matches(' ')))
}

/// What follows `word`, which does not know case; none where the value has another word.
pub(crate) fn credentials_of<'a>(value: &'a str, word: &str) -> Option<&'a str> {
    let (found, rest) = credentials(value)?;
    found.eq_ignore_ascii_case(word).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_and_its_credentials_come_apart_at_spaces_only() {
        assert_eq!(credentials("Bearer   a b"), Some(("Bearer", "a b")));
        assert_eq!(credentials("Bearer"), Some(("Bearer", "")));
        for other in ["", " Bearer a", "Bearer\ta", "a,b c", "a=b"] {
            assert_eq!(credentials(other), None, "{other:?}");
        }
        assert_eq!(credentials_of("bEARER  x", "Bearer"), Some("x"));
        assert_eq!(credentials_of("Bearerx", "Bearer"), None);
    }
}
