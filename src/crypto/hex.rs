//! Hexadecimal digits in lower case: the only spelling that is written, and the only one that is
//! read.

/// Reads `N` bytes from exactly twice as many digits.
pub(crate) fn read<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let (pairs, rest) = text.as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    // In two loops, each of which the compiler makes vectors of.
    let mut values = [[0; 2]; N];
    values.iter_mut().zip(pairs).for_each(|(values, pair)| *values = pair.map(value));
    let any = values.as_flattened().iter().fold(0, |any, value| any | value);
    let bytes = values.map(|[high, low]| high << 4 | low & 15);
    // Looked at once: a digit that is none sets a higher bit.
    (any < 16).then_some(bytes)
}

/// Writes 32 bytes as 64 digits.
pub(crate) fn write(bytes: &[u8; 32]) -> [u8; 64] {
    let mut text = [0; 64];
    for (pair, byte) in text.as_chunks_mut().0.iter_mut().zip(bytes) {
        *pair = digits(*byte);
    }
    text
}

/// Writes bytes as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    text.extend(bytes.iter().flat_map(|byte| digits(*byte)).map(char::from));
    text
}

/// The two digits of a byte.
const fn digits(byte: u8) -> [u8; 2] {
    const fn digit(value: u8) -> u8 {
        if value < 10 { b'0' + value } else { b'a' + value - 10 }
    }
    [digit(byte >> 4), digit(byte & 15)]
}

/// The value of a digit, more than 15 of what is none.
const fn value(digit: u8) -> u8 {
    let (number, letter) = (digit.wrapping_sub(b'0'), digit.wrapping_sub(b'a'));
    let letter = if letter < 6 { letter + 10 } else { 0xff };
    if number < 10 { number } else { letter }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else_is() {
        let bytes: [u8; 32] = std::array::from_fn(|place| (place * 37) as u8);
        let written = write(&bytes);
        assert_eq!(text(&bytes).as_bytes(), written);
        assert_eq!(text(&[0x00, 0x9a, 0xbf, 0xff]), "009abfff");
        assert_eq!(read(&written), Some(bytes));
        assert_eq!((read(b""), read::<1>(b""), read(b"0f")), (Some([]), None, Some([15])));
        for bad in
            [&written[1..], &written[2..], &[&written[..], b"0"].concat(), &[&written[..], b"00"].concat()]
        {
            assert_eq!(read::<32>(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn no_other_character_is_a_digit() {
        for byte in 0..=255_u8 {
            let place = b"0123456789abcdef".iter().position(|digit| *digit == byte);
            assert_eq!(read(&[b'a', byte]), place.map(|low| [0xa0 | low as u8]), "{byte}");
            assert_eq!(read(&[byte, b'5']), place.map(|high| [(high as u8) << 4 | 5]), "{byte}");
        }
    }
}
