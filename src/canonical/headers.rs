//! Header values in the form that is signed.

/// Feeds a value without the white space around it, and with one space for each run of white
/// space in it: a line that was folded, too.
pub(crate) fn feed_value(value: &[u8], mut sink: impl FnMut(&[u8])) {
    let value = value.trim_ascii();
    let space = |byte: &u8| byte.is_ascii_whitespace();
    let has_runs = value.iter().zip(value.get(1..).unwrap_or_default()).any(|(a, b)| space(a) && space(b));
    if !has_runs && !value.iter().any(|byte| space(byte) && *byte != b' ') {
        return sink(value);
    }
    let words = value.split(space).filter(|word| !word.is_empty());
    for (number, word) in words.enumerate() {
        if number > 0 {
            sink(b" ");
        }
        sink(word);
    }
}

/// Feeds the values of one name, joined by commas in the order of the request. Says whether
/// there was one.
pub(crate) fn feed_values<'a>(values: impl Iterator<Item = &'a [u8]>, mut sink: impl FnMut(&[u8])) -> bool {
    let mut any = false;
    for value in values {
        if any {
            sink(b",");
        }
        feed_value(value, &mut sink);
        any = true;
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_white_space_are_one_space() {
        for (value, expected) in [
            ("v", "v"),
            ("", ""),
            ("   ", ""),
            (" a  b\t c ", "a b c"),
            ("a b", "a b"),
            ("a\tb", "a b"),
            ("value1\n  value2\n     value3", "value1 value2 value3"),
        ] {
            let mut text = Vec::new();
            feed_value(value.as_bytes(), |piece| text.extend_from_slice(piece));
            assert_eq!(String::from_utf8(text).expect("text"), expected, "{value:?}");
        }
    }

    #[test]
    fn several_lines_are_one_list() {
        let mut text = Vec::new();
        let values = [b" v2 ".as_slice(), b"v1"];
        assert!(feed_values(values.into_iter(), |piece| text.extend_from_slice(piece)));
        assert_eq!(text, b"v2,v1");
        assert!(!feed_values([].into_iter(), |_| panic!("nothing to feed")));
    }
}
