//! The text that both sides sign.

use crate::canonical::{base64, number};

/// Feeds `iss ‖ exp ‖ nbf ‖ base64(body)` to `sink`.
pub(super) fn feed(iss: &str, exp: &str, nbf: &str, body: &[u8], sink: &mut dyn FnMut(&[u8])) {
    for part in [iss, exp, nbf] {
        sink(part.as_bytes());
    }
    base64::stream_standard(body, sink);
}

/// Reads Unix seconds of exactly ten digits.
pub(super) fn seconds(text: &str) -> Option<i64> {
    number::ten_digits(text)
}

/// Reads what the published client script writes as `exp`: the ten digits of the moment
/// of signing, and the `5` seconds that it meant to add to them.
pub(super) fn seconds_and_a_five(text: &str) -> Option<i64> {
    seconds(text.strip_suffix('5')?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_ten_digits() {
        assert_eq!(seconds("1510564397"), Some(1_510_564_397));
        for bad in ["151056439", "15105643970", "+510564397", "1e10", "1510564.97", "١٥١٠٥٦٤٣٩٧", ""]
        {
            assert_eq!(seconds(bad), None, "{bad}");
        }
        assert_eq!(seconds_and_a_five("15105640975"), Some(1_510_564_097));
        assert_eq!(seconds_and_a_five("15105640971"), None);
    }

    #[test]
    fn there_are_no_delimiters() {
        let mut text = Vec::new();
        feed("id", "1510564397", "1510564037", b"hi", &mut |part| text.extend_from_slice(part));
        assert_eq!(text, b"id15105643971510564037aGk=");
    }
}
