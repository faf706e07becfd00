//! Bodies in signed chunks: whatever is read in pieces is read the same at once, and by the book.

use std::collections::VecDeque;

use bytes::Bytes;
use portcullis::crypto::{HmacAlgorithm, HmacKey, Tag};
use portcullis::request::BodyGuard;
use portcullis::sigv4::chunked::{ChunkPlan, ChunkSeed, ChunkedGuard, ChunkedPayload};
use sha2::{Digest, Sha256};

const SCOPE: &str = "20231114/us-east-1/s3/aws4_request";
const DATE: &str = "20231114T221320Z";

fn key() -> HmacKey {
    HmacKey::new(HmacAlgorithm::Sha256, &"a derived key".into())
}

fn seed() -> ChunkSeed {
    ChunkSeed::new(key(), SCOPE, DATE, &"0".repeat(64)).expect("a seed")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The body: what is read of it when it comes in pieces of this size, if all of it is good.
fn read(mut guard: ChunkedGuard, wire: &[u8], piece: usize) -> Option<Vec<u8>> {
    let mut out = VecDeque::new();
    let mut result = Ok(());
    for piece in wire.chunks(piece.max(1)) {
        let before = out.len();
        result = guard.push(Bytes::copy_from_slice(piece), &mut out);
        if result.is_err() {
            assert_eq!(guard.push(Bytes::from_static(b"0"), &mut out), result, "a failure stays");
            assert!(out.len() >= before);
            break;
        }
    }
    let length = usize::try_from(guard.decoded().expect("a coding").length).unwrap_or(usize::MAX);
    let early: usize = out.iter().map(Bytes::len).sum();
    assert!(early < length || early == 0, "something is held back until the end");
    let ended = guard.finish(None, &mut out);
    let body = out.make_contiguous().concat();
    assert!(ended.is_err() || (result.is_ok() && body.len() == length), "all of it");
    assert!(ended.is_ok() || body.len() < length.max(1), "or an error before all of it");
    ended.ok().map(|()| body)
}

/// The same, the whole body at once and slowly.
fn by_the_book(payload: ChunkedPayload, mut wire: &[u8], names: &[&str]) -> Option<Vec<u8>> {
    fn line<'a>(wire: &mut &'a [u8]) -> Option<&'a str> {
        let end = wire.windows(2).position(|pair| pair == b"\r\n")?;
        let (line, rest) = wire.split_at_checked(end)?;
        *wire = rest.get(2..)?;
        std::str::from_utf8(line).ok()
    }
    let signs = payload != ChunkedPayload::UnsignedTrailers;
    let mut previous = "0".repeat(64);
    let mut signed = |kind: &str, rest: &str, signature: &str| {
        let tag: Tag = key().sign(&[format!("{kind}\n{DATE}\n{SCOPE}\n{previous}\n{rest}").as_bytes()]);
        previous = hex(tag.expose());
        previous == signature
    };
    let mut body = Vec::new();
    loop {
        let mut head = line(&mut wire)?;
        let mut signature = None;
        if signs {
            let (size, digits) = head.split_once(";chunk-signature=")?;
            (head, signature) = (size, Some(digits));
        }
        if head.len() > 16 || !head.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let size = usize::from_str_radix(head, 16).ok()?;
        let (data, rest) = wire.split_at_checked(size)?;
        if let Some(signature) = signature {
            let rest = format!("{}\n{}", hex(&Sha256::digest(b"")), hex(&Sha256::digest(data)));
            signed("AWS4-HMAC-SHA256-PAYLOAD", &rest, signature).then_some(())?;
        }
        body.extend_from_slice(data);
        wire = rest;
        if size == 0 {
            break;
        }
        wire = wire.strip_prefix(b"\r\n")?;
    }
    let mut trailers: Vec<(&str, &str)> = Vec::new();
    // All of them as documented, or none of them.
    let documented = wire.windows(3).position(|end| end == b"\n\r\n");
    let documented = documented.filter(|end| *end > 0 && !wire[..*end].ends_with(b"\r"));
    if let (Some(end), ChunkedPayload::SignedTrailers) = (documented, payload) {
        let lines = std::str::from_utf8(wire.get(..end)?).ok()?;
        for line in lines.split('\n') {
            trailers.push(line.split_once(':')?);
        }
        wire = wire.get(end + 3..)?;
        if !wire.starts_with(b"x-amz-trailer-signature:") {
            return None;
        }
    }
    loop {
        let line = line(&mut wire)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        if name == "x-amz-trailer-signature" && payload == ChunkedPayload::SignedTrailers {
            trailers.sort_unstable();
            let text: String = trailers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
            let good = signed("AWS4-HMAC-SHA256-TRAILER", &hex(&Sha256::digest(text.as_bytes())), value);
            // The announced are sorted.
            let those = trailers.iter().map(|(name, _)| *name).eq(names.iter().copied());
            return (good && those && wire == b"\r\n").then_some(body);
        }
        trailers.push((name, value));
    }
    let those = trailers.iter().map(|(name, _)| *name).eq(names.iter().copied());
    let crc = crc32fast::hash(&body).to_be_bytes();
    let crc = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, crc);
    let sums = trailers.iter().all(|(_, value)| *value == crc);
    (payload != ChunkedPayload::SignedTrailers && those && sums && wire.is_empty()).then_some(body)
}

/// A body behind a line: one of `s`, `t` and `u` for its payload, the size of the pieces it comes
/// in, its length. `t` announces two trailers, `u` one, CRC-32. Says whether it was accepted.
pub fn chunked(bytes: &[u8]) -> bool {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return false };
    let (line, wire) = (String::from_utf8_lossy(&bytes[..end]), &bytes[end + 1..]);
    let words: Vec<&str> = line.split(' ').collect();
    let &[kind, piece, length] = words.as_slice() else { return false };
    let (Ok(piece), Ok(length)) = (piece.parse::<usize>(), length.parse::<u64>()) else { return false };
    let (payload, names): (_, &[&str]) = match kind {
        "s" => (ChunkedPayload::Signed, &[]),
        "t" => (ChunkedPayload::SignedTrailers, &["x-amz-checksum-sha1", "x-other"]),
        "u" => (ChunkedPayload::UnsignedTrailers, &["x-amz-checksum-crc32"]),
        _ => return false,
    };
    let announced = (!names.is_empty()).then(|| names.join(","));
    let guard = || ChunkedGuard::new(payload, seed(), length, announced.as_deref()).expect("a guard");
    let at_once = read(guard(), wire, wire.len());
    for piece in [piece, 1] {
        assert_eq!(read(guard(), wire, piece), at_once, "pieces of {piece}");
    }
    let book = by_the_book(payload, wire, names).filter(|body| body.len() as u64 == length);
    // Exceptions: what the values of trailers are made of, and how long lines may be.
    let plain = |text: &[u8]| text.iter().all(|byte| byte.is_ascii_graphic() || b"\r\n".contains(byte));
    if at_once.is_some() || (wire.len() < 250 && plain(wire)) {
        assert_eq!(at_once, book, "read here, and by the book");
    }
    // What comes out can be sent again.
    if let Some(body) = &at_once {
        let plan = ChunkPlan::signed().with_chunk_size(piece);
        let (mut signer, mut out) = (plan.start(seed()), VecDeque::new());
        signer.push(Bytes::copy_from_slice(body), &mut out);
        signer.finish(&mut out);
        let again = ChunkedGuard::new(plan.payload(), seed(), length, None).expect("a guard");
        assert_eq!(read(again, &out.make_contiguous().concat(), piece).as_ref(), Some(body));
    }
    at_once.is_some()
}
