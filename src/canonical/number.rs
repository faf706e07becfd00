//! Decimal numbers in the one spelling that means what it says.

/// Reads a run of ASCII digits of at most `longest` characters: no sign, no exponent,
/// no separator, no white space.
pub(crate) fn digits(text: &str, longest: usize) -> Option<i64> {
    if text.is_empty() || text.len() > longest {
        return None;
    }
    text.bytes().try_fold(0_i64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| i64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// Reads Unix seconds of exactly ten digits: every second from 2001 to 2286.
#[cfg(any(feature = "query-signature", feature = "x-auth", feature = "webhook"))]
pub(crate) fn ten_digits(text: &str) -> Option<i64> {
    const DIGITS: usize = 10;
    (text.len() == DIGITS).then(|| digits(text, DIGITS)).flatten()
}

/// Reads decimal Unix seconds with an optional fraction, as microseconds. Digits past
/// the sixth of the fraction are dropped.
#[cfg(feature = "query-signature")]
pub(crate) fn decimal_micros(text: &str) -> Option<i64> {
    const LONGEST: usize = 12;
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let seconds = digits(whole, LONGEST)?;
    let micros = match fraction {
        None => 0,
        Some(fraction) => {
            if fraction.is_empty() || fraction.len() > 20 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            fraction
                .bytes()
                .chain(std::iter::repeat(b'0'))
                .take(6)
                .fold(0, |n, d| n * 10 + i64::from(d - b'0'))
        }
    };
    Some(seconds * 1_000_000 + micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOT_NUMBERS: [&str; 16] = [
        "", " 1", "1 ", "+1", "-1", "1e9", "0x10", "nan", "NaN", "inf", "1_0", "1,0", "١", "1\n", "--1",
        "1e400",
    ];

    #[test]
    fn only_plain_digits_are_a_number() {
        for bad in NOT_NUMBERS {
            assert_eq!(digits(bad, 20), None, "{bad:?}");
        }
        assert_eq!(digits("0017", 4), Some(17));
        assert_eq!(digits("12345", 4), None);
        assert_eq!(digits("99999999999999999999", 20), None);
    }

    #[cfg(feature = "query-signature")]
    #[test]
    fn a_fraction_is_read_to_the_microsecond() {
        for bad in NOT_NUMBERS.into_iter().chain([".5", "1.", "1.2.3", "1.-2", "1.e3", "1234567890123"]) {
            assert_eq!(decimal_micros(bad), None, "{bad:?}");
        }
        assert_eq!(decimal_micros("1700000000.274"), Some(1_700_000_000_274_000));
        assert_eq!(decimal_micros("1.00000099999"), Some(1_000_000));
        assert_eq!(decimal_micros("7"), Some(7_000_000));
    }
}
