//! Finding the three parameters in a query.

use std::borrow::Cow;

use super::strict::is_disguised;
use super::{API_KEY, SIGNATURE, TIMESTAMP};
use crate::canonical::{base64, number, query};
use crate::{AuthError, Reason, Timestamp};

/// The parameters of one signed query, as sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameters<'a> {
    pub(super) timestamp: &'a str,
    pub(super) key: &'a str,
    signature: &'a str,
    /// The query before and behind the signature parameter and its `&`.
    pub(super) signed: [&'a str; 2],
    pub(super) ends_with_key: bool,
}

impl<'a> Parameters<'a> {
    /// Reads a query; none where it has none of the three.
    pub(super) fn read(text: &'a str) -> Result<Option<Self>, AuthError> {
        let mut found: [Option<&'a str>; 3] = [None; 3];
        let mut signed = [text, ""];
        let mut disguised = false;
        let mut broken = false;
        let mut last = "";
        let mut start = 0;
        for pair in query::pairs(text) {
            let end = start + pair.raw.len();
            let slot =
                found.iter_mut().zip([TIMESTAMP, API_KEY, SIGNATURE]).find(|(_, name)| *name == pair.name);
            if let Some((slot, name)) = slot {
                if slot.replace(pair.value.unwrap_or_default()).is_some() {
                    return Err(AuthError::new(Reason::RepeatedParameter));
                }
                if name == SIGNATURE {
                    signed = around(text, start, end);
                }
            } else if is_disguised(pair.name, &[TIMESTAMP, API_KEY, SIGNATURE]) {
                disguised = true;
            }
            broken |= query::is_broken(pair.raw);
            if pair.name != SIGNATURE {
                last = pair.name;
            }
            start = end + 1;
        }
        match found {
            [None, None, None] if !disguised => Ok(None),
            _ if disguised || broken => Err(AuthError::new(Reason::UnreadableQuery)),
            [Some(timestamp), Some(key), Some(signature)]
                if !timestamp.is_empty() && !key.is_empty() && !signature.is_empty() =>
            {
                let ends_with_key = last == API_KEY;
                Ok(Some(Self { timestamp, key, signature, signed, ends_with_key }))
            }
            _ => Err(AuthError::new(Reason::IncompleteCredential)),
        }
    }

    /// Whether all three are there, however they are spelled and how often.
    pub(super) fn are_all_in(text: &str) -> bool {
        let is_in =
            |name: &str| query::pairs(text).any(|pair| pair.name == name || is_disguised(pair.name, &[name]));
        [TIMESTAMP, API_KEY, SIGNATURE].into_iter().all(is_in)
    }

    /// The timestamp as a moment.
    pub(super) fn moment(&self) -> Option<Timestamp> {
        number::decimal_micros(self.timestamp).map(Timestamp::from_unix_micros)
    }

    /// The signature as bytes; its `+` may have arrived as itself, as a space, or escaped.
    pub(super) fn signature(&self) -> Option<[u8; 32]> {
        let text = query::decode(self.signature, query::Plus::Literal)?;
        if !text.contains(&b' ') {
            return base64::standard(&text);
        }
        let plus = |byte: &u8| if *byte == b' ' { b'+' } else { *byte };
        base64::standard(&text.iter().map(plus).collect::<Vec<_>>())
    }

    /// The signed part of the query in one piece.
    pub(super) fn signed_query(&self) -> Cow<'a, str> {
        match self.signed {
            [all, ""] | ["", all] => Cow::Borrowed(all),
            [before, behind] => Cow::Owned([before, behind].concat()),
        }
    }
}

/// What is left of `text` without the pair from `start` to `end` and one `&` beside it.
fn around(text: &str, start: usize, end: usize) -> [&str; 2] {
    let before = start.checked_sub(1).and_then(|end| text.get(..end));
    let behind = if before.is_some() { end } else { end + 1 };
    [before.unwrap_or_default(), text.get(behind..).unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Option<String>, Reason> {
        let parameters = Parameters::read(query).map_err(|error| error.reason())?;
        Ok(parameters.map(|parameters| parameters.signed_query().into_owned()))
    }

    #[test]
    fn the_signature_is_cut_out_with_one_ampersand() {
        for query in [
            "signature=s&timestamp=1&apikey=k",
            "timestamp=1&signature=s&apikey=k",
            "timestamp=1&apikey=k&signature=s",
        ] {
            assert_eq!(read(query), Ok(Some("timestamp=1&apikey=k".into())), "{query}");
        }
        assert_eq!(read("&timestamp=1&apikey=k&signature=s&"), Ok(Some("&timestamp=1&apikey=k&".into())));
    }

    #[test]
    fn some_of_the_three_or_an_empty_one_is_incomplete() {
        for query in [
            "signature=s",
            "timestamp=1&apikey=k",
            "timestamp&apikey=k&signature=s",
            "timestamp=1&apikey=&signature=s",
        ] {
            assert_eq!(read(query), Err(Reason::IncompleteCredential), "{query}");
        }
        for query in ["", "page=1", "a&b", "100%=1", "a=%zz"] {
            assert_eq!(read(query), Ok(None), "{query}");
        }
    }

    #[test]
    fn repeats_disguises_and_broken_escapes_are_refused() {
        let good = "timestamp=1&apikey=k&signature=s";
        for name in ["timestamp", "apikey", "signature"] {
            assert_eq!(read(&format!("{good}&{name}=x")), Err(Reason::RepeatedParameter), "{name}");
        }
        for name in ["api%6bey", "%73ignature", "timestam%50", "a%zz", "ApiKey", "SIGNATURE"] {
            assert_eq!(read(&format!("{good}&{name}=x")), Err(Reason::UnreadableQuery), "{name}");
        }
    }

    #[test]
    fn the_plus_of_a_signature_arrives_in_three_ways() {
        let plain = "RYX5+kLPxWGFWIcTWiZgk4UKN198GWj/6zJH+Cb32VU=";
        let spellings =
            [plain.to_owned(), plain.replace('+', "%20"), plain.replace('+', "%2B").replace('/', "%2f")];
        let decoded: Vec<_> = spellings
            .iter()
            .map(|signature| {
                let query = format!("timestamp=1&apikey=k&signature={signature}");
                Parameters::read(&query).expect("readable").expect("present").signature().expect("decodes")
            })
            .collect();
        assert!(decoded.windows(2).all(|pair| pair[0] == pair[1]));
    }
}
