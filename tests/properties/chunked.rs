//! Bodies in signed chunks.

use std::collections::VecDeque;

use bytes::Bytes;
use portcullis::crypto::{HmacAlgorithm, HmacKey};
use portcullis::request::{BodyFailure, BodyGuard};
use portcullis::sigv4::chunked::{Checksum, ChunkPlan, ChunkSeed, ChunkedGuard};
use proptest::prelude::*;

use crate::harness::with_byte;

fn seed() -> ChunkSeed {
    let key = HmacKey::new(HmacAlgorithm::Sha256, &"a derived key".into());
    let scope = "20231114/us-east-1/s3/aws4_request";
    ChunkSeed::new(key, scope, "20231114T221320Z", &"0".repeat(64)).expect("a seed")
}

fn plan() -> impl Strategy<Value = ChunkPlan> {
    let checksum =
        prop::sample::select(vec![Checksum::Crc32, Checksum::Crc32c, Checksum::Crc64Nvme, Checksum::Sha256]);
    (prop::collection::vec(checksum, 0..3), any::<bool>(), 1_usize..200).prop_map(
        |(checksums, signed, size)| {
            let begun = match checksums.first() {
                Some(first) if !signed => ChunkPlan::unsigned(*first),
                _ => ChunkPlan::signed(),
            };
            checksums.into_iter().fold(begun, ChunkPlan::with_checksum).with_chunk_size(size)
        },
    )
}

/// `bytes` in pieces that end at these places.
fn split(bytes: &[u8], cuts: &[prop::sample::Index]) -> Vec<Bytes> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|ends| Bytes::copy_from_slice(&bytes[ends[0]..ends[1]])).collect()
}

fn sent(plan: &ChunkPlan, pieces: Vec<Bytes>) -> Vec<u8> {
    let (mut signer, mut out) = (plan.start(seed()), VecDeque::new());
    pieces.into_iter().for_each(|piece| signer.push(piece, &mut out));
    signer.finish(&mut out);
    out.make_contiguous().concat()
}

/// What was handed on, and what became of it.
fn read(plan: &ChunkPlan, length: usize, pieces: Vec<Bytes>) -> (Vec<u8>, Result<(), BodyFailure>) {
    let headers = plan.headers(length as u64);
    let names = headers.iter().find(|(name, _)| *name == "x-amz-trailer").map(|(_, names)| names.as_str());
    let guard = ChunkedGuard::new(plan.payload(), seed(), length as u64, names);
    let (mut guard, mut out) = (guard.expect("a guard"), VecDeque::new());
    let result = pieces.into_iter().try_for_each(|piece| guard.push(piece, &mut out));
    let result = result.and_then(|()| guard.finish(None, &mut out));
    (out.make_contiguous().concat(), result)
}

/// Whether this change is one of letters' case in the size of a chunk, which means the same.
fn means_the_same(wire: &[u8], changed: &[u8]) -> bool {
    let mut pairs = wire.iter().zip(changed).filter(|(one, other)| one != other);
    pairs.all(|(one, other)| one.is_ascii_hexdigit() && one.eq_ignore_ascii_case(other))
}

proptest! {
    #[test]
    fn what_is_sent_is_read_however_both_are_split(
        plan in plan(),
        body in prop::collection::vec(any::<u8>(), 0..1000),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        other_cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let wire = sent(&plan, split(&body, &cuts));
        prop_assert_eq!(&wire, &sent(&plan, vec![Bytes::copy_from_slice(&body)]));
        prop_assert_eq!(wire.len() as u64, plan.encoded_length(body.len() as u64));
        prop_assert_eq!(read(&plan, body.len(), split(&wire, &other_cuts)), (body.clone(), Ok(())));
        let bytes = wire.iter().map(|byte| Bytes::copy_from_slice(&[*byte])).collect();
        prop_assert_eq!(read(&plan, body.len(), bytes), (body, Ok(())));
    }

    #[test]
    fn any_other_byte_is_an_error_and_nothing_else_is_handed_on(
        plan in plan(),
        body in prop::collection::vec(any::<u8>(), 0..300),
        place in any::<usize>(),
        byte in any::<u8>(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
    ) {
        let wire = sent(&plan, vec![Bytes::copy_from_slice(&body)]);
        let changed = with_byte(&wire, place, byte);
        prop_assume!(!means_the_same(&wire, &changed));
        let (out, result) = read(&plan, body.len(), split(&changed, &cuts));
        prop_assert!(result.is_err(), "{}", changed.escape_ascii());
        prop_assert!(out.len() < body.len().max(1));
        if plan.payload().signs_chunks() {
            prop_assert!(body.starts_with(&out));
        }
    }

    #[test]
    fn any_byte_more_or_less_is_an_error(
        plan in plan(),
        body in prop::collection::vec(any::<u8>(), 0..100),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let wire = sent(&plan, vec![Bytes::copy_from_slice(&body)]);
        let mut less = wire.clone();
        less.remove(place.index(wire.len()));
        prop_assert!(read(&plan, body.len(), vec![less.into()]).1.is_err());
        let mut more = wire.clone();
        more.insert(place.index(wire.len() + 1), byte);
        let result = read(&plan, body.len(), vec![more.clone().into()]);
        // A zero in front of a size means the same.
        let zero = byte == b'0' && result.0 == body;
        prop_assert!(zero || result.1.is_err(), "{}", more.escape_ascii());
    }

    #[test]
    fn noise_never_panics_and_never_passes(
        plan in plan(),
        wire in prop::collection::vec(any::<u8>(), 0..300),
        length in 0_usize..10,
    ) {
        prop_assert!(read(&plan, length, vec![wire.into()]).1.is_err());
    }
}
