//! What a signature is good for: a key, a day, a region and a service.

use crate::canonical::query::find_last;
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
        let Some((read, end)) = Self::cut(text) else {
            return Err(AuthError::new(Reason::MalformedSignature));
        };
        if [read.id, read.day, read.region, read.service].contains(&"") {
            return Err(AuthError::new(Reason::MalformedSignature));
        }
        if end != TERMINATOR {
            return Err(AuthError::new(Reason::WrongAudience));
        }
        if read.id.len() > Self::LONGEST_ID || !is_visible(text) {
            return Err(AuthError::new(Reason::InvalidCredential));
        }
        Ok(read)
    }

    /// The parts, and the last of them.
    fn cut(text: &'a str) -> Option<(Self, &'a str)> {
        let (rest, end) = cut_last(text)?;
        let (rest, service) = cut_last(rest)?;
        let (rest, region) = cut_last(rest)?;
        let (id, day) = cut_last(rest)?;
        Some((Self { id, scope: text.get(id.len() + 1..)?, day, region, service }, end))
    }

    /// Where the parts are in the text.
    pub(super) const fn places(&self) -> Places {
        let id = self.id.len();
        let day = id + 1 + self.day.len();
        let region = day + 1 + self.region.len();
        Places { id, day, region, service: region + 1 + self.service.len() }
    }

    /// The credential that was read of this text, without reading it again.
    pub(super) fn at(text: &'a str, places: Places) -> Self {
        let Places { id, day, region, service } = places;
        let part = |before: usize, end| text.get(before + 1..end).unwrap_or_default();
        Self {
            id: places.id_of(text),
            scope: places.scope_of(text),
            day: part(id, day),
            region: part(day, region),
            service: part(region, service),
        }
    }
}

/// Where each part of a credential ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    id: usize,
    day: usize,
    region: usize,
    service: usize,
}

/// What is before the last slash, and what is behind it. The parts are short: going from byte to
/// byte is faster than the search for long texts.
impl Places {
    pub(super) fn id_of(self, text: &str) -> &str {
        text.get(..self.id).unwrap_or_default()
    }

    pub(super) fn scope_of(self, text: &str) -> &str {
        text.get(self.id + 1..).unwrap_or_default()
    }
}

fn cut_last(text: &str) -> Option<(&str, &str)> {
    let place = find_last(text.as_bytes(), b'/')?;
    Some((text.get(..place)?, text.get(place + 1..)?))
}

fn is_visible(text: &str) -> bool {
    // Looks at every byte, without leaving early: that is what makes it fast.
    text.bytes().fold(true, |all, byte| all & (byte.wrapping_sub(b'!') <= b'~' - b'!'))
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
        let text = format!("AKID/A/{}", read.scope);
        assert_eq!(Credential::at(&text, read.places()), read);
    }

    #[test]
    fn a_part_that_is_missing_or_empty_is_malformed() {
        for bad in [
            "",
            "/",
            "////",
            "k/d/r/s",
            "/d/r/s/aws4_request",
            "k//r/s/aws4_request",
            "k/d//s/aws4_request",
            "k/d/r//aws4_request",
        ] {
            let reason = Credential::read(bad).expect_err("malformed").reason();
            assert_eq!(reason, Reason::MalformedSignature, "{bad}");
        }
        let ends = |text| Credential::read(text).expect_err("refused").reason();
        assert_eq!(ends("k/d/r/s/aws4"), Reason::WrongAudience);
        assert_eq!(ends("k/d/r/s/aws4_request2"), Reason::WrongAudience);
        for bad in ["k k/d/r/s/aws4_request", "k/d/r r/s/aws4_request", "k/d/r/\u{e9}/aws4_request"] {
            assert_eq!(ends(bad), Reason::InvalidCredential, "{bad}");
        }
    }

    #[test]
    fn an_id_is_visible_and_not_too_long() {
        let read = |id: &str| Credential::read(&format!("{id}/d/r/s/aws4_request")).map(|_| ());
        let visible: String = ('!'..='~').collect();
        for good in [visible.as_str(), &"k".repeat(255)] {
            assert!(read(good).is_ok(), "{good}");
        }
        for bad in ["\x7f", "\u{e9}", "a b", &"k".repeat(256)] {
            assert_eq!(read(bad).expect_err("refused").reason(), Reason::InvalidCredential, "{bad}");
        }
    }
}
