//! The headers of one event, parsed, and the text that both sides sign.

use super::scheme::{List, Moment, Piece, VERSION, WebhookEncoding, WebhookScheme};
use crate::canonical::{base64, number};
use crate::crypto::hex;
use crate::request::RequestView;
use crate::{AuthError, Reason, Timestamp};

/// What the headers of one event say.
pub(super) struct Presented<'a> {
    pub(super) signed: Signed<'a>,
    /// All of the version that is known; at least one.
    pub(super) signatures: Vec<[u8; 32]>,
}

/// What is signed beside the body.
#[derive(Clone, Copy, Default)]
pub(super) struct Signed<'a> {
    pub(super) id: &'a str,
    /// Ten digits, or nothing.
    pub(super) seconds: &'a str,
}

/// The longest id that is read, in bytes.
const LONGEST_ID: usize = 255;

const INVALID: AuthError = AuthError::new(Reason::InvalidCredential);

impl<'a> Presented<'a> {
    /// Reads the headers of `scheme`; none where there is none of them.
    pub(super) fn read(scheme: &WebhookScheme, request: &RequestView<'a>) -> Result<Option<Self>, AuthError> {
        // No header has an empty name.
        let (id, moment) = (scheme.id.unwrap_or_default(), scheme.moment.header().unwrap_or_default());
        let (id, moment, list) = match request.unique_headers([id, moment, scheme.signature])? {
            [None, None, None] => return Ok(None),
            [id, moment, Some(list)]
                if id.is_some() == scheme.id.is_some()
                    && moment.is_some() == scheme.moment.header().is_some() =>
            {
                (id, moment, list)
            }
            _ => return Err(AuthError::new(Reason::IncompleteCredential)),
        };
        if id.is_some_and(|id| !is_id(id)) {
            return Err(INVALID);
        }
        let (listed, signatures) = signatures(scheme.list, list)?;
        let seconds = match scheme.moment {
            Moment::Nowhere => "",
            Moment::Header(_) => moment.unwrap_or_default(),
            Moment::Listed => listed.ok_or(AuthError::new(Reason::IncompleteCredential))?,
        };
        if signatures.is_empty() || (scheme.moment != Moment::Nowhere && moment_of(seconds).is_none()) {
            return Err(INVALID);
        }
        Ok(Some(Self { signed: Signed { id: id.unwrap_or_default(), seconds }, signatures }))
    }

    /// When the event was signed, where it says so.
    pub(super) fn moment(&self) -> Option<Timestamp> {
        moment_of(self.signed.seconds)
    }
}

impl Signed<'_> {
    /// Feeds what `scheme` signs of an event to `sink`.
    pub(super) fn feed(self, scheme: &WebhookScheme, body: &[u8], sink: &mut dyn FnMut(&[u8])) {
        for piece in scheme.signed {
            sink(match piece {
                Piece::Id => self.id.as_bytes(),
                Piece::Moment => self.seconds.as_bytes(),
                Piece::Text(text) => text.as_bytes(),
            });
        }
        sink(body);
    }
}

/// Whether a text can be an id: a dot would let it run into the timestamp.
pub(super) fn is_id(text: &str) -> bool {
    (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'.')
}

/// Reads Unix seconds of exactly ten digits.
pub(super) fn moment_of(text: &str) -> Option<Timestamp> {
    number::ten_digits(text).map(Timestamp::from_unix_seconds)
}

/// The timestamp, where it stands here, and the signatures of the known version. Signatures of
/// other versions are passed over; whatever is no list at all is refused.
fn signatures(list: List, text: &str) -> Result<(Option<&str>, Vec<[u8; 32]>), AuthError> {
    let mut moment = None;
    let mut found = Vec::new();
    match list {
        List::One { before, encoding } => {
            found.extend(text.strip_prefix(before).and_then(|text| encoding.decode(text)));
        }
        List::Versions => {
            for entry in text.split(' ') {
                let (version, signature) = entry.split_once(',').ok_or(INVALID)?;
                if version == VERSION {
                    found.push(WebhookEncoding::Base64.decode(signature).ok_or(INVALID)?);
                }
            }
        }
        List::Pairs => {
            for entry in text.split(',') {
                let (name, value) = entry.split_once('=').ok_or(INVALID)?;
                match name {
                    "t" if moment.replace(value).is_some() => {
                        return Err(AuthError::new(Reason::MalformedSignature));
                    }
                    VERSION => found.push(WebhookEncoding::Hex.decode(value).ok_or(INVALID)?),
                    _ => {}
                }
            }
        }
    }
    Ok((moment, found))
}

impl WebhookEncoding {
    /// The one spelling of 32 bytes, or nothing.
    fn decode(self, text: &str) -> Option<[u8; 32]> {
        match self {
            Self::Base64 => base64::standard(text.as_bytes()),
            Self::Hex => hex::read(text.as_bytes()),
        }
    }

    pub(super) fn encode(self, signature: &[u8]) -> String {
        match self {
            Self::Base64 => base64::encode_standard(signature),
            Self::Hex => hex::text(signature),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_has_one_spelling() {
        let hex = "0123456789abcdef".repeat(4);
        let bytes = WebhookEncoding::Hex.decode(&hex).expect("hex");
        assert_eq!(WebhookEncoding::Hex.encode(&bytes), hex);
        for bad in [
            hex.to_uppercase(),
            hex[1..].to_owned(),
            format!("{hex}0"),
            format!("{hex}{hex}"),
            hex.replace('f', "g"),
            format!(" {}", &hex[1..]),
            String::new(),
            "é".repeat(32),
        ] {
            assert_eq!(WebhookEncoding::Hex.decode(&bad), None, "{bad}");
        }
        let base64 = WebhookEncoding::Base64.encode(&bytes);
        assert_eq!(WebhookEncoding::Base64.decode(&base64), Some(bytes));
        assert_eq!(WebhookEncoding::Base64.decode(base64.trim_end_matches('=')), None);
    }

    #[test]
    fn an_id_has_no_dot_and_a_time_has_ten_digits() {
        for (id, good) in [("msg_1-A", true), ("a:b", true), ("", false), ("a.b", false), ("a b", false)] {
            assert_eq!(is_id(id), good, "{id}");
        }
        assert!(is_id(&"a".repeat(255)) && !is_id(&"a".repeat(256)));
        assert_eq!(moment_of("1614265330").map(Timestamp::as_unix_seconds), Some(1_614_265_330));
        for bad in ["161426533", "16142653300", "1614265330000", "+614265330", "1e10", "1614265.33", "", " "]
        {
            assert_eq!(moment_of(bad), None, "{bad}");
        }
    }
}
