//! What is announced to stand behind a body.

use super::checksum::{Checksum, RunningChecksum};
use super::parser::{LONGEST_NAME, TRAILER_SIGNATURE, is_name};
use super::{ChunkError, ChunkedPayload};
use crate::request::BodyFailure;

/// The trailers of one body.
pub(super) struct Trailers(Vec<Trailer>);

struct Trailer {
    name: String,
    value: Option<String>,
    checksum: Option<RunningChecksum>,
}

impl Trailers {
    /// How many may be announced.
    const MOST: usize = 8;

    /// Those that `x-amz-trailer` names, with commas between them.
    pub(super) fn announced(payload: ChunkedPayload, header: Option<&str>) -> Result<Self, ChunkError> {
        let mut all: Vec<Trailer> = Vec::new();
        for name in header.iter().flat_map(|header| header.split(',')) {
            let name = name.trim_matches([' ', '\t']).to_ascii_lowercase();
            let checksum = Checksum::of_trailer(&name);
            let good = (1..=LONGEST_NAME).contains(&name.len())
                && name.bytes().all(is_name)
                && name != TRAILER_SIGNATURE
                && all.len() < Self::MOST
                && all.iter().all(|other| other.name != name);
            if !good || (checksum.is_none() && !payload.signs_chunks()) {
                return Err(ChunkError::InvalidTrailers);
            }
            all.push(Trailer { name, value: None, checksum: checksum.map(Checksum::start) });
        }
        if all.is_empty() == payload.has_trailers() {
            return Err(ChunkError::InvalidTrailers);
        }
        all.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Self(all))
    }

    /// More of the body has come.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.iter_mut().filter_map(|trailer| trailer.checksum.as_mut()).for_each(|sum| sum.update(bytes));
    }

    /// One of them has come.
    pub(super) fn receive(&mut self, name: &str, value: String) -> Result<(), BodyFailure> {
        let trailer = self.0.iter_mut().find(|trailer| trailer.name == name);
        match trailer.map(|trailer| &mut trailer.value) {
            Some(empty @ None) => *empty = Some(value),
            _ => return Err(BodyFailure::Malformed),
        }
        Ok(())
    }

    /// The text that is signed, where all of them have come.
    pub(super) fn canonical(&self) -> Result<Vec<u8>, BodyFailure> {
        let mut text = Vec::new();
        for trailer in &self.0 {
            let value = trailer.value.as_ref().ok_or(BodyFailure::Malformed)?;
            line(&trailer.name, value, "\n", &mut text);
        }
        Ok(text)
    }

    /// Whether all of them have come, and every checksum is that of the body.
    pub(super) fn check(&mut self) -> Result<(), BodyFailure> {
        for trailer in &mut self.0 {
            let value = trailer.value.as_ref().ok_or(BodyFailure::Malformed)?;
            if trailer.checksum.take().is_some_and(|checksum| checksum.text() != *value) {
                return Err(BodyFailure::NotAsSigned);
            }
        }
        Ok(())
    }
}

/// One trailer as text.
pub(super) fn line(name: &str, value: &str, end: &str, text: &mut Vec<u8>) {
    for part in [name, ":", value, end] {
        text.extend_from_slice(part.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::ChunkedPayload::{Signed, SignedTrailers, UnsignedTrailers};
    use super::*;

    #[test]
    fn what_is_announced_goes_with_the_payload() {
        let names = |header| Trailers::announced(SignedTrailers, header).map(|all| all.0.len());
        assert_eq!(names(Some("x-amz-checksum-sha256, X-Amz-Checksum-CRC32")), Ok(2));
        let many = |count: u8| (0..count).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
        let (most, too_many) = (many(8), many(9));
        assert_eq!(names(Some(&most)), Ok(8));
        for bad in
            ["", ",", "a,", "a,,b", "a,A", "a b", "é", "x-amz-trailer-signature", &"a".repeat(65), &too_many]
        {
            assert_eq!(names(Some(bad)), Err(ChunkError::InvalidTrailers), "{bad}");
        }
        let is_good = |payload, header| Trailers::announced(payload, header).is_ok();
        assert!(is_good(Signed, None) && !is_good(Signed, Some("x-amz-checksum-crc32")));
        assert!(!is_good(SignedTrailers, None) && !is_good(UnsignedTrailers, None));
        assert!(is_good(SignedTrailers, Some("x-amz-checksum-sha1")));
        assert!(is_good(UnsignedTrailers, Some("x-amz-checksum-crc64nvme")));
        assert!(!is_good(UnsignedTrailers, Some("x-amz-checksum-sha1")));
        assert!(!is_good(UnsignedTrailers, Some("x-amz-checksum-crc32,x-other")));
    }

    #[test]
    fn each_comes_once_and_all_come() {
        let mut trailers = Trailers::announced(SignedTrailers, Some("b,a")).expect("names");
        assert_eq!(trailers.receive("c", "1".to_owned()), Err(BodyFailure::Malformed));
        assert_eq!(trailers.receive("b", "1".to_owned()), Ok(()));
        assert_eq!(trailers.receive("b", "1".to_owned()), Err(BodyFailure::Malformed));
        assert_eq!(
            (trailers.canonical(), trailers.check()),
            (Err(BodyFailure::Malformed), Err(BodyFailure::Malformed))
        );
        assert_eq!(trailers.receive("a", "2".to_owned()), Ok(()));
        assert_eq!((trailers.canonical(), trailers.check()), (Ok(b"a:2\nb:1\n".to_vec()), Ok(())));
    }
}
