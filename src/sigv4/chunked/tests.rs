//! Bodies that are sent and read, and what happens to them on the way.

use std::collections::VecDeque;

use bytes::Bytes;
use http::HeaderMap;

use super::chain::tests::published;
use super::{Checksum, ChunkPlan, ChunkSeed, ChunkedGuard, ChunkedPayload};
use crate::crypto::digest::sha256;
use crate::request::{BodyFailure, BodyGuard, DecodedBody};

fn seed() -> ChunkSeed {
    published("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9")
}

/// The body on the wire.
fn sent(plan: &ChunkPlan, seed: ChunkSeed, body: &[u8]) -> Vec<u8> {
    let (mut signer, mut out) = (plan.start(seed), VecDeque::new());
    signer.push(Bytes::copy_from_slice(body), &mut out);
    signer.finish(&mut out);
    out.make_contiguous().concat()
}

fn trailers(plan: &ChunkPlan) -> Option<String> {
    plan.headers(0).into_iter().find(|(name, _)| *name == "x-amz-trailer").map(|(_, value)| value)
}

/// What is read of a body that comes at once: what was handed on, and what became of it.
fn read_by(mut guard: ChunkedGuard, wire: &[u8]) -> (Vec<u8>, Result<(), BodyFailure>) {
    let mut out = VecDeque::new();
    let pushed = guard.push(Bytes::copy_from_slice(wire), &mut out);
    let ended = guard.finish(None, &mut out);
    assert!(pushed.is_ok() || ended == pushed, "a failure stays");
    (out.make_contiguous().concat(), ended)
}

fn read(plan: &ChunkPlan, length: usize, wire: &[u8]) -> (Vec<u8>, Result<(), BodyFailure>) {
    let names = trailers(plan);
    let guard = ChunkedGuard::new(plan.payload(), seed(), length as u64, names.as_deref());
    read_by(guard.expect("a guard"), wire)
}

/// Chunks of four bytes that are signed.
fn small() -> ChunkPlan {
    ChunkPlan::signed().with_chunk_size(4)
}

fn plans() -> [ChunkPlan; 4] {
    let all = small().with_checksum(Checksum::Sha256).with_checksum(Checksum::Crc32);
    let all = all.with_checksum(Checksum::Crc64Nvme).with_checksum(Checksum::Crc32c);
    let unsigned = ChunkPlan::unsigned(Checksum::Crc32).with_chunk_size(4);
    [small(), all, unsigned, small().with_checksum(Checksum::Crc32)]
}

#[test]
fn the_published_upload_is_written_and_read() {
    let body = vec![b'a'; 66_560];
    let plan = ChunkPlan::signed();
    let wire = sent(&plan, seed(), &body);
    assert_eq!((wire.len(), plan.encoded_length(66_560)), (66_824, 66_824));
    assert_eq!(read(&plan, 66_560, &wire), (body.clone(), Ok(())));

    let plan = ChunkPlan::signed().with_checksum(Checksum::Crc32c);
    let seed = || published("106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");
    let wire = sent(&plan, seed(), &body);
    // As the documentation writes the trailers, and as most clients do.
    let text = wire.strip_suffix(b"\r\n").expect("the end");
    let place = text.windows(10).rposition(|part| part == b"sOO8/Q==\r\n").expect("the trailer") + 8;
    let documented = [&text[..place], b"\n", &text[place..], b"\r\n"].concat();
    let digits = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435";
    assert!(text.ends_with(format!("x-amz-trailer-signature:{digits}\r\n").as_bytes()));
    for wire in [wire, documented] {
        let guard = ChunkedGuard::new(plan.payload(), seed(), 66_560, Some("x-amz-checksum-crc32c"));
        assert_eq!(read_by(guard.expect("a guard"), &wire), (body.clone(), Ok(())));
    }
}

#[test]
fn what_is_sent_is_as_long_as_was_said_and_is_read_again() {
    for plan in plans() {
        for length in [0, 1, 3, 4, 5, 8, 17, 300] {
            let body: Vec<u8> = (0..length).map(|place| place as u8).collect();
            for plan in [plan.clone(), plan.clone().with_chunk_size(16), plan.clone().with_chunk_size(257)] {
                let wire = sent(&plan, seed(), &body);
                assert_eq!(wire.len() as u64, plan.encoded_length(length as u64), "{plan:?} {length}");
                assert_eq!(read(&plan, length, &wire), (body.clone(), Ok(())), "{plan:?} {length}");
            }
        }
    }
}

#[test]
fn nothing_of_an_unverified_chunk_is_handed_on() {
    let mut wire = sent(&small(), seed(), b"abcdefghij");
    let place = wire.windows(4).position(|part| part == b"efgh").expect("the second chunk");
    wire[place] ^= 1;
    assert_eq!(read(&small(), 10, &wire), (b"abcd".to_vec(), Err(BodyFailure::NotAsSigned)));
    let mut guard = ChunkedGuard::new(ChunkedPayload::Signed, seed(), 10, None).expect("a guard");
    let mut out = VecDeque::new();
    for byte in &wire[..place] {
        guard.push(Bytes::copy_from_slice(&[*byte]), &mut out).expect("good so far");
    }
    assert_eq!(out, ["abcd"]);
    let rest = Bytes::copy_from_slice(&wire[place..]);
    for _ in 0..2 {
        assert_eq!(guard.push(rest.clone(), &mut out), Err(BodyFailure::NotAsSigned));
        assert_eq!(guard.finish(None, &mut out), Err(BodyFailure::NotAsSigned));
    }
    assert_eq!(out, ["abcd"], "after a failure nothing comes");
}

#[test]
fn the_last_bytes_wait_for_the_end() {
    for plan in plans() {
        let names = trailers(&plan);
        let guard = ChunkedGuard::new(plan.payload(), seed(), 10, names.as_deref());
        let (mut guard, mut out) = (guard.expect("a guard"), VecDeque::new());
        assert_eq!(guard.decoded(), Some(DecodedBody { coding: "aws-chunked", length: 10 }));
        guard.push(sent(&plan, seed(), b"abcdefghij").into(), &mut out).expect("good");
        assert_eq!(out.make_contiguous().concat(), b"abcdefgh");
        guard.finish(Some(&HeaderMap::new()), &mut out).expect("the end");
        assert_eq!(out.make_contiguous().concat(), b"abcdefghij");
    }
}

#[test]
fn chunks_that_are_dropped_swapped_repeated_or_cut_are_refused() {
    let wire = sent(&small(), seed(), b"abcdefghijkl");
    // 1 digit, 81 of the signature, 2, 4 of data, 2.
    let chunks: Vec<&[u8]> = wire.chunks(90).collect();
    let [a, b, c, last] = chunks.as_slice() else { panic!("three chunks and the last") };
    let verdict = |parts: &[&[u8]]| read(&small(), 12, &parts.concat());
    assert_eq!(verdict(&[a, b, c, last]).1, Ok(()));
    for (parts, handed_on) in [
        (vec![*a, b, last], 8),
        (vec![a, c, last], 4),
        (vec![b, a, c, last], 0),
        (vec![a, c, b, last], 4),
        (vec![a, a, b, c, last], 4),
        (vec![a, b, c], 8),
        (vec![a, b, c, last, last], 8),
        (vec![a, b, c, last, b"\r\n"], 8),
        (vec![last], 0),
        (vec![], 0),
        (vec![b"abcdefghijkl"], 0),
    ] {
        let (out, result) = verdict(&parts);
        assert_eq!((out.len(), result.is_err()), (handed_on, true), "{} parts", parts.len());
    }
    // That nothing follows is signed too.
    let mut other = wire.clone();
    let place = 3 * 90 + 40;
    other[place] = if other[place] == b'0' { b'1' } else { b'0' };
    assert_eq!(read(&small(), 12, &other), (b"abcdefgh".to_vec(), Err(BodyFailure::NotAsSigned)));
    for length in 0..wire.len() {
        let (out, result) = read(&small(), 12, &wire[..length]);
        assert!(result.is_err() && out.len() < 12, "cut at {length}");
    }
    for length in [0, 8, 11, 13, 16] {
        assert!(read(&small(), length, &wire).1.is_err(), "{length} were announced");
    }
}

#[test]
fn a_size_that_is_none_or_too_large_is_refused() {
    let with_size = |size: &str| {
        let wire = sent(&small(), seed(), b"abcd");
        [size.as_bytes(), &wire[1..]].concat()
    };
    assert_eq!(read(&small(), 4, &with_size("0004")).1, Ok(()));
    for size in
        ["ffffffffffffffff", "-1", "", "5", "3", "0", "00000000000000004", "4 ", "0x4", "4;a=b", "\r\n4"]
    {
        let (out, result) = read(&small(), 4, &with_size(size));
        assert_eq!((out.len(), result), (0, Err(BodyFailure::Malformed)), "{size:?}");
    }
    let guard = ChunkedGuard::new(ChunkedPayload::Signed, seed(), u64::MAX, None).expect("a guard");
    assert_eq!(read_by(guard, &with_size("ffffffffffffffff")), (Vec::new(), Err(BodyFailure::TooLarge)));
    let guard = |limit| {
        let guard = ChunkedGuard::new(ChunkedPayload::Signed, seed(), 4, None).expect("a guard");
        guard.with_max_chunk(limit)
    };
    assert_eq!(read_by(guard(3), &with_size("4")).1, Err(BodyFailure::TooLarge));
    assert_eq!(read_by(guard(4), &with_size("4")).1, Ok(()));
    // What is not signed is not held.
    let plan = ChunkPlan::unsigned(Checksum::Crc32);
    let guard = ChunkedGuard::new(plan.payload(), seed(), 4, trailers(&plan).as_deref()).expect("a guard");
    let read = read_by(guard.with_max_chunk(3), &sent(&plan, seed(), b"abcd"));
    assert_eq!(read, (b"abcd".to_vec(), Ok(())));
}

/// A body of signed chunks and these trailers, with their signature.
fn with_trailers(canonical: &str, lines: &str) -> Vec<u8> {
    let mut seed = seed();
    let mut wire = Vec::new();
    for data in ["abcd", ""] {
        let tag = seed.of_chunk(&sha256(data.as_bytes()));
        seed.advance(&tag);
        let signature = String::from_utf8_lossy(seed.signature()).into_owned();
        wire.extend(format!("{:x};chunk-signature={signature}\r\n{data}", data.len()).bytes());
        wire.extend(if data.is_empty() { "" } else { "\r\n" }.bytes());
    }
    let tag = seed.of_trailers(canonical.as_bytes());
    seed.advance(&tag);
    let signature = String::from_utf8_lossy(seed.signature()).into_owned();
    wire.extend(format!("{lines}x-amz-trailer-signature:{signature}\r\n\r\n").bytes());
    wire
}

#[test]
fn trailers_are_those_that_were_announced_and_signed() {
    let verdict = |announced: &str, canonical: &str, lines: &str| {
        let guard = ChunkedGuard::new(ChunkedPayload::SignedTrailers, seed(), 4, Some(announced));
        let (out, result) = read_by(guard.expect("a guard"), &with_trailers(canonical, lines));
        assert_eq!(out, if result.is_ok() { b"abcd".as_slice() } else { b"" });
        result
    };
    let (crc, sha1) = ("x-amz-checksum-crc32", "x-amz-checksum-sha1");
    let good = format!("{crc}:7YLNEQ==");
    let line = |text: &str| (format!("{text}\n"), format!("{text}\r\n"));
    let (canonical, lines) = line(&good);
    assert_eq!(verdict(crc, &canonical, &lines), Ok(()));
    // Of a kind that is not made here, the signature alone counts.
    let (other, other_lines) = line(&format!("{sha1}:gf6L/odXbD7LIkJvjleEc4KRes8="));
    assert_eq!(verdict(sha1, &other, &other_lines), Ok(()));
    let both = format!("{crc},{sha1}");
    assert_eq!(verdict(&both, &format!("{canonical}{other}"), &format!("{other_lines}{lines}")), Ok(()));

    let malformed = Err(BodyFailure::Malformed);
    assert_eq!(verdict(&both, &canonical, &lines), malformed, "one is missing");
    assert_eq!(verdict(crc, &canonical, &format!("{lines}{lines}")), malformed, "one comes twice");
    assert_eq!(verdict(crc, &canonical, &format!("{lines}{other_lines}")), malformed, "one is not announced");
    assert_eq!(verdict(crc, "", ""), malformed, "there is none");
    let wrong = Err(BodyFailure::NotAsSigned);
    assert_eq!(verdict(crc, &format!("{crc}:AAAAAA==\n"), &lines), wrong, "another was signed");
    let (canonical, lines) = line(&format!("{crc}:AAAAAA=="));
    assert_eq!(verdict(crc, &canonical, &lines), wrong, "another body's was signed");
}

#[test]
fn a_checksum_of_what_is_not_signed_is_verified() {
    let guard = || {
        let names = Some("x-amz-checksum-crc64nvme");
        ChunkedGuard::new(ChunkedPayload::UnsignedTrailers, seed(), 9, names).expect("a guard")
    };
    let wire = |body: &str, sum: &str| format!("9\r\n{body}\r\n0\r\nx-amz-checksum-crc64nvme:{sum}\r\n\r\n");
    let (good, sum) = ("123456789", "rosUhgp5mIg=");
    assert_eq!(read_by(guard(), wire(good, sum).as_bytes()), (good.as_bytes().to_vec(), Ok(())));
    for (body, sum) in
        [("123456780", sum), (good, "rosUhgp5mIk="), (good, "rosUhgp5mIg"), (good, "rosUhgp5mIh=")]
    {
        let wire = wire(body, sum);
        assert_eq!(
            read_by(guard(), wire.as_bytes()),
            (Vec::new(), Err(BodyFailure::NotAsSigned)),
            "{body} {sum}"
        );
    }
    // A signature says nothing here, right or wrong.
    let signed = format!("9;chunk-signature={}\r\n{good}\r\n", "0".repeat(64));
    assert_eq!(read_by(guard(), signed.as_bytes()), (Vec::new(), Err(BodyFailure::Malformed)));
}

#[test]
fn trailers_of_http_are_refused() {
    let mut guard = ChunkedGuard::new(ChunkedPayload::Signed, seed(), 4, None).expect("a guard");
    let mut out = VecDeque::new();
    guard.push(sent(&small(), seed(), b"abcd").into(), &mut out).expect("good");
    let trailers = HeaderMap::from_iter([(http::header::ETAG, http::HeaderValue::from_static("x"))]);
    assert_eq!(guard.finish(Some(&trailers), &mut out), Err(BodyFailure::Malformed));
    assert!(out.is_empty());
}
