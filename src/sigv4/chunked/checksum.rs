//! Checksums that stand behind a body.

use sha2::{Digest, Sha256};

use super::crc::{CRC_32C, CRC_64_NVME};
use crate::canonical::base64;

/// A checksum of a body that can be made and verified here.
///
/// S3 knows SHA-1 besides, which is not made here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Checksum {
    /// CRC-32, which most SDKs send where nothing else is asked for.
    Crc32,
    /// CRC-32C.
    Crc32c,
    /// CRC-64/NVME.
    Crc64Nvme,
    /// SHA-256.
    Sha256,
}

impl Checksum {
    const ALL: [Self; 4] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha256];

    /// The trailer that it is sent in.
    #[must_use]
    pub const fn trailer(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    pub(super) fn of_trailer(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|checksum| checksum.trailer() == name)
    }

    /// How long its text is: padded base64.
    pub(super) const fn text_length(self) -> u64 {
        match self {
            Self::Crc32 | Self::Crc32c => 8,
            Self::Crc64Nvme => 12,
            Self::Sha256 => 44,
        }
    }

    pub(super) fn start(self) -> RunningChecksum {
        match self {
            Self::Crc32 => RunningChecksum::Crc32(crc32fast::Hasher::new()),
            Self::Crc32c => RunningChecksum::Crc32c(CRC_32C.start()),
            Self::Crc64Nvme => RunningChecksum::Crc64Nvme(CRC_64_NVME.start()),
            Self::Sha256 => RunningChecksum::Sha256(Sha256::new()),
        }
    }
}

/// A checksum of what has come so far.
#[derive(Clone)]
pub(super) enum RunningChecksum {
    Crc32(crc32fast::Hasher),
    Crc32c(u64),
    Crc64Nvme(u64),
    Sha256(Sha256),
}

impl RunningChecksum {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc32(hasher) => hasher.update(bytes),
            Self::Crc32c(check) => *check = CRC_32C.update(*check, bytes),
            Self::Crc64Nvme(check) => *check = CRC_64_NVME.update(*check, bytes),
            Self::Sha256(hasher) => Digest::update(hasher, bytes),
        }
    }

    /// Its text: the bytes of the number, the highest first, in padded base64.
    pub(super) fn text(self) -> String {
        match self {
            Self::Crc32(hasher) => base64::encode_standard(&hasher.finalize().to_be_bytes()),
            Self::Crc32c(check) => {
                let [_, _, _, _, check @ ..] = CRC_32C.finish(check).to_be_bytes();
                base64::encode_standard(&check)
            }
            Self::Crc64Nvme(check) => base64::encode_standard(&CRC_64_NVME.finish(check).to_be_bytes()),
            Self::Sha256(hasher) => base64::encode_standard(&hasher.finalize()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_are_those_of_the_service() {
        let text = |checksum: Checksum, body: &[u8]| {
            let mut running = checksum.start();
            body.chunks(1000).for_each(|piece| running.update(piece));
            running.text()
        };
        // From AWS's example of signed trailers.
        assert_eq!(text(Checksum::Crc32c, &[b'a'; 66_560]), "sOO8/Q==");
        assert_eq!(text(Checksum::Crc32, b"123456789"), "y/Q5Jg==");
        assert_eq!(text(Checksum::Crc64Nvme, b"123456789"), "rosUhgp5mIg=");
        assert_eq!(text(Checksum::Sha256, b""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        for checksum in Checksum::ALL {
            assert_eq!(text(checksum, b"x").len() as u64, checksum.text_length());
            assert_eq!(Checksum::of_trailer(checksum.trailer()), Some(checksum));
        }
        assert_eq!(Checksum::of_trailer("x-amz-checksum-sha1"), None);
    }
}
