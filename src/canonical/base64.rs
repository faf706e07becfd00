//! Base64 with one spelling for each value (RFC 4648, sections 3.5, 4 and 5).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

/// Decodes standard base64 with padding into exactly `N` bytes.
#[cfg(any(feature = "query-signature", feature = "webhook"))]
pub(crate) fn standard<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    exact(&STANDARD, text)
}

/// Decodes standard base64 with padding; what was decoded is wiped on drop.
#[cfg(any(feature = "basic", feature = "webhook"))]
pub(crate) fn standard_vec(text: &[u8]) -> Option<zeroize::Zeroizing<Vec<u8>>> {
    STANDARD.decode(text).ok().map(zeroize::Zeroizing::new)
}

/// Decodes unpadded base64url into exactly `N` bytes.
#[cfg(any(feature = "jwt", feature = "query-signature", feature = "x-auth"))]
pub(crate) fn url<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    if text.len() != (N * 8).div_ceil(6) {
        return None;
    }
    // Wrong characters are looked for once, behind the last: that is what makes it fast.
    let mut seen = 0;
    let value = |byte: &u8| URL_VALUES.get(usize::from(*byte)).copied().unwrap_or(NONE);
    let mut bytes = [0; N];
    let (wholes, last) = bytes.as_chunks_mut::<3>();
    let (groups, rest) = text.as_chunks::<4>();
    for (three, four) in wholes.iter_mut().zip(groups) {
        let [a, b, c, d] = four.each_ref().map(value);
        let bits = a << 18 | b << 12 | c << 6 | d;
        seen |= a | b | c | d;
        let [_, high, middle, low] = bits.to_be_bytes();
        *three = [high, middle, low];
    }
    let bits = rest.iter().map(value).fold(0, |bits, value| {
        seen |= value;
        bits << 6 | value
    });
    // The bits that are left of the last character are zero.
    let spare = match last {
        [] => 0,
        [one] => {
            *one = (bits >> 4) as u8;
            bits & 15
        }
        [one, two, ..] => {
            [*one, *two] = ((bits >> 2) as u16).to_be_bytes();
            bits & 3
        }
    };
    (seen & NONE == 0 && spare == 0).then_some(bytes)
}

/// A value of no character.
#[cfg(any(feature = "jwt", feature = "query-signature", feature = "x-auth"))]
const NONE: u32 = 1 << 31;

/// What each byte stands for in base64url.
#[cfg(any(feature = "jwt", feature = "query-signature", feature = "x-auth"))]
#[expect(clippy::indexing_slicing, reason = "it runs in the compiler, where a wrong place is an error")]
static URL_VALUES: [u32; 256] = {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut values = [NONE; 256];
    let mut value = 0;
    while value < 64 {
        values[ALPHABET[value] as usize] = value as u32;
        value += 1;
    }
    values
};

/// Decodes unpadded base64url.
#[cfg(any(feature = "jwt", feature = "redis"))]
pub(crate) fn url_vec(text: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Decodes unpadded base64url into the front of `buffer`.
#[cfg(feature = "jwt")]
pub(crate) fn url_into<'b>(text: &[u8], buffer: &'b mut [u8]) -> Option<&'b [u8]> {
    let length = URL_SAFE_NO_PAD.decode_slice(text, buffer).ok()?;
    buffer.get(..length)
}

/// Encodes as unpadded base64url.
pub(crate) fn encode_url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Encodes as standard base64 with padding.
#[cfg(any(
    feature = "query-signature",
    feature = "x-auth",
    feature = "sigv4",
    feature = "introspection",
    feature = "message-signature",
    feature = "webhook",
    all(feature = "basic", feature = "testing"),
    test
))]
pub(crate) fn encode_standard(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Decodes either alphabet, padded or not, into exactly `N` bytes. A text that mixes
/// the two alphabets is refused.
#[cfg(feature = "x-auth")]
pub(crate) fn either<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let padded = text.ends_with(b"=");
    let url = text.iter().fold(false, |any, byte| any | matches!(byte, b'-' | b'_'));
    match (url, padded) {
        (false, true) => exact(&STANDARD, text),
        (false, false) => exact(&STANDARD_NO_PAD, text),
        (true, true) => exact(&URL_SAFE, text),
        (true, false) => exact(&URL_SAFE_NO_PAD, text),
    }
}

/// Feeds the standard base64 of `bytes` to `sink`, in pieces, without allocating.
#[cfg(feature = "x-auth")]
pub(crate) fn stream_standard(bytes: &[u8], mut sink: impl FnMut(&[u8])) {
    const GROUP: usize = 768;
    let mut buffer = [0; GROUP / 3 * 4];
    for chunk in bytes.chunks(GROUP) {
        // The buffer holds the longest chunk, so this cannot fail.
        if let Ok(length) = STANDARD.encode_slice(chunk, &mut buffer) {
            sink(buffer.get(..length).unwrap_or_default());
        }
    }
}

fn exact<const N: usize>(engine: &impl Engine, text: &[u8]) -> Option<[u8; N]> {
    const ROOM: usize = 72;
    if text.len() > ROOM / 3 * 4 {
        return None;
    }
    let mut buffer = [0; ROOM];
    let length = engine.decode_slice(text, &mut buffer).ok()?;
    buffer.get(..length)?.try_into().ok()
}

#[cfg(all(test, feature = "x-auth"))]
mod tests {
    use super::*;

    #[test]
    fn every_other_spelling_is_refused() {
        let bytes = [0xfb_u8; 32];
        let standard = STANDARD.encode(bytes);
        let good = [
            standard.clone(),
            STANDARD_NO_PAD.encode(bytes),
            URL_SAFE.encode(bytes),
            URL_SAFE_NO_PAD.encode(bytes),
        ];
        for text in &good {
            assert_eq!(either::<32>(text.as_bytes()), Some(bytes), "{text}");
        }
        let mixed = standard.replacen('+', "-", 1);
        let doubled = format!("{standard}{standard}");
        let tail_bits = format!("{}/", &standard[..42]);
        let bad = [
            mixed,
            doubled,
            tail_bits,
            format!("{standard}="),
            format!("={standard}"),
            format!("{standard}\n"),
            standard[..40].to_owned(),
            String::new(),
            "=".to_owned(),
            standard.replacen('+', "=", 1),
        ];
        for text in &bad {
            assert_eq!(either::<32>(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn one_spelling_of_base64url_is_read_as_any_reader_does() {
        fn same<const N: usize>() {
            let mut bytes = [0_u8; N];
            for round in 0..64_u8 {
                for (byte, at) in bytes.iter_mut().zip(0_u8..) {
                    *byte = u8::wrapping_add(*byte, (at ^ round) | 1);
                }
                let text = encode_url(&bytes);
                assert_eq!(url::<N>(text.as_bytes()), Some(bytes), "{text}");
                for (at, byte) in (0..text.len()).flat_map(|at| (0..=u8::MAX).map(move |byte| (at, byte))) {
                    let mut other = text.clone().into_bytes();
                    other[at] = byte;
                    assert_eq!(url::<N>(&other), exact(&URL_SAFE_NO_PAD, &other), "{other:?}");
                }
                for other in [format!("{text}="), format!("{text}A"), text[1..].to_owned(), String::new()] {
                    assert_eq!(url::<N>(other.as_bytes()), None, "{other}");
                }
            }
        }
        same::<16>();
        same::<32>();
        same::<33>();
        same::<40>();
    }

    #[test]
    fn a_stream_is_the_encoding_of_the_whole() {
        for length in [0, 1, 2, 3, 767, 768, 769, 5000] {
            let bytes = vec![7; length];
            let mut streamed = Vec::new();
            stream_standard(&bytes, |piece| streamed.extend_from_slice(piece));
            assert_eq!(streamed, STANDARD.encode(&bytes).into_bytes());
        }
    }
}
