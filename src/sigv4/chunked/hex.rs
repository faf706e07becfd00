//! Signatures as text: 64 lower-case hexadecimal digits.

/// `bytes` in lower-case digits.
pub(super) fn encode(bytes: &[u8]) -> [u8; 64] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| DIGITS.get(usize::from(value & 15)).copied().unwrap_or_default();
    let mut text = [b'0'; 64];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(*byte)]);
    }
    text
}

/// Reads exactly what [`encode`] writes.
pub(super) fn decode(text: &[u8]) -> Option<[u8; 32]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    if text.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let &[high, low] = pair else { return None };
        *byte = digit(high)? << 4 | digit(low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_written_is_read() {
        let bytes: [u8; 32] = std::array::from_fn(|place| (place * 37) as u8);
        let text = encode(&bytes);
        assert_eq!(decode(&text), Some(bytes));
        for (place, wrong) in [(0, b'g'), (9, b'A'), (31, b' '), (63, b'/')] {
            let mut changed = text;
            changed[place] = wrong;
            assert_eq!(decode(&changed), None);
        }
        assert_eq!(decode(&text[1..]), None);
        assert_eq!(decode(&[text.as_slice(), b"0"].concat()), None);
    }
}
