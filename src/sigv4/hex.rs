//! Lower-case hexadecimal digits, the only spelling there is.

/// Reads exactly 64 digits.
pub(super) fn read(text: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    // In loops that the compiler makes vectors of: all digits, then all bytes.
    let digits = digits.map(digit);
    let any = digits.iter().fold(0, |any, digit| any | digit);
    let mut bytes = [0; 32];
    for (byte, [high, low]) in bytes.iter_mut().zip(digits.as_chunks().0) {
        *byte = high << 4 | low & 15;
    }
    // Looked at once: a digit that is none sets a higher bit.
    (any < 16).then_some(bytes)
}

/// Writes 64 digits.
pub(super) fn write(bytes: &[u8; 32]) -> [u8; 64] {
    let mut text = [0; 64];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    text
}

/// The same as text.
pub(super) fn write_text(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // A String takes whatever is written to it.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The value of a digit, more than 15 of what is none.
const fn digit(character: u8) -> u8 {
    let (number, letter) = (character.wrapping_sub(b'0'), character.wrapping_sub(b'a'));
    let letter = if letter < 6 { letter + 10 } else { 0xff };
    if number < 10 { number } else { letter }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_64_lower_case_digits_are_read() {
        let bytes: [u8; 32] = std::array::from_fn(|n| (n * 37 % 256) as u8);
        let text = String::from_utf8(write(&bytes).to_vec()).expect("ascii");
        assert_eq!(text, write_text(&bytes));
        assert_eq!(read(&text), Some(bytes));
        for bad in [
            &text[1..],
            &format!("{text}0"),
            &text.to_uppercase(),
            &text.replace('f', "g"),
            "",
            &"é".repeat(32),
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
