//! What a signature is good for: a key, a day, a region and a service.

use crate::{AuthError, Reason};

/// What every scope ends with.
pub(super) const TERMINATOR: &str = "aws4_request";

/// `Credential`: `<id>/<date>/<region>/<service>/aws4_request`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Credential<'a> {
    /// The id of the key. It may have slashes: the last four parts are the scope.
    pub(super) id: &'a str,
    /// Everything behind the id.
    pub(super) scope: &'a str,
    /// The day, eight digits.
    pub(super) day: &'a str,
    /// The region.
    pub(super) region: &'a str,
    /// The service.
    pub(super) service: &'a str,
}

impl<'a> Credential<'a> {
    /// The longest key id that is looked up, in bytes.
    const LONGEST_ID: usize = 255;

    pub(super) fn read(text: &'a str) -> Result<Self, AuthError> {
        let malformed = AuthError::new(Reason::MalformedSignature);
        let mut parts = text.rsplitn(5, '/');
        let last = [parts.next(), parts.next(), parts.next(), parts.next(), parts.next()];
        let [Some(end), Some(service), Some(region), Some(day), Some(id)] = last else {
            return Err(malformed);
        };
        let Some(scope) = text.get(id.len() + 1..) else { return Err(malformed) };
        if id.is_empty() || day.is_empty() || region.is_empty() || service.is_empty() {
            return Err(malformed);
        }
        if end != TERMINATOR {
            return Err(AuthError::new(Reason::WrongAudience));
        }
        if id.len() > Self::LONGEST_ID || !text.bytes().all(|byte| matches!(byte, b'!'..=b'~')) {
            return Err(AuthError::new(Reason::InvalidCredential));
        }
        Ok(Self { id, scope, day, region, service })
    }
}

/// The scope as it is signed.
pub(super) fn write(day: &str, region: &str, service: &str) -> String {
    [day, region, service, TERMINATOR].join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_four_parts_are_the_scope() {
        let read = Credential::read("AKID/A/20150830/us-east-1/service/aws4_request").expect("readable");
        assert_eq!(
            (read.id, read.day, read.region, read.service),
            ("AKID/A", "20150830", "us-east-1", "service")
        );
        assert_eq!(read.scope, "20150830/us-east-1/service/aws4_request");
        assert_eq!(read.scope, write(read.day, read.region, read.service));
    }

    #[test]
    fn a_part_that_is_missing_or_empty_is_malformed() {
        for bad in
            ["", "/", "////", "k/d/r/s", "/d/r/s/aws4_request", "k//r/s/aws4_request", "k/d//s/aws4_request"]
        {
            let reason = Credential::read(bad).expect_err("malformed").reason();
            assert_eq!(reason, Reason::MalformedSignature, "{bad}");
        }
        let ends = |text| Credential::read(text).expect_err("refused").reason();
        assert_eq!(ends("k/d/r/s/aws4"), Reason::WrongAudience);
        assert_eq!(ends("k k/d/r/s/aws4_request"), Reason::InvalidCredential);
    }
}
