//! The value of `Authorization`: a scheme word, then the credentials (RFC 9110,
//! section 11.4).

/// The credentials behind `word`, which is matched without regard to case and must be
/// followed by one space or more; none where the value is of another scheme.
pub(crate) fn of_word<'a>(value: &'a str, word: &str) -> Option<&'a str> {
    let (head, rest) = value.split_at_checked(word.len())?;
    let behind_one = rest.strip_prefix(' ')?;
    (head == word || head.eq_ignore_ascii_case(word)).then(|| behind_one.trim_start_matches(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_knows_no_case_and_ends_at_a_space() {
        for value in ["Bearer k", "bearer k", "BEARER  k"] {
            assert_eq!(of_word(value, "Bearer"), Some("k"), "{value}");
        }
        for value in ["Bearer", "Bearerk", "Bearer\tk", "Bear k", "Basic k", "", "Béarer k"] {
            assert_eq!(of_word(value, "Bearer"), None, "{value}");
        }
    }
}
