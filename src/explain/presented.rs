//! The word of a request that may be an API key or a token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::ExplainSettings;
use crate::request::RequestView;
use crate::store::KeyFormat;

/// How many characters of the checked form name the key.
const ID: usize = 16;
/// The last second of the year 9999.
const LAST_SECOND: f64 = 253_402_300_799.0;

/// What stands where an API key or a token may. It is as good as a password, and never shown.
pub(super) struct Presented<'a> {
    word: &'a str,
    /// Whether it stands in `Authorization` without a word before it.
    pub(super) is_raw: bool,
}

impl<'a> Presented<'a> {
    pub(super) fn of(settings: &ExplainSettings, request: &RequestView<'a>) -> Option<Self> {
        let header = |name: &str| request.unique_header(&name.to_ascii_lowercase()).ok().flatten();
        let parameter = |name: &String| request.unique_parameter(name).ok().flatten();
        let own = || settings.key_headers.iter().find_map(|name| header(name));
        let in_query = || settings.key_parameters.iter().find_map(parameter);
        let placed = |word| Self { word, is_raw: false };
        let authorized = |value: &'a str| match value.split_once(' ') {
            Some((_, word)) => placed(word.trim()),
            None => Self { word: value, is_raw: true },
        };
        let key = header("x-api-key").or_else(own).or_else(in_query).map(placed);
        key.or_else(|| header("authorization").map(authorized))
    }

    /// Whether an API key of the service may look like it.
    pub(super) fn may_be_key(&self, settings: &ExplainSettings) -> bool {
        // An encoded JSON object begins with `ey`.
        (20..=255).contains(&self.word.len())
            && !self.word.starts_with("ey")
            && settings.key_shape().covers(self.word)
    }

    /// The public id that is written in an API key of the checked form.
    pub(super) fn id(&self) -> Option<&'a str> {
        self.checked_format()?.id_of(self.word)
    }

    /// Whether it looks like an API key of the checked form, and is none by its checksum.
    pub(super) fn fails_checksum(&self) -> bool {
        let id_and_rest = self.word.splitn(3, '_').nth(2).and_then(|rest| rest.split_once('_'));
        let is_alphanumeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let looks_so = id_and_rest.is_some_and(|(id, rest)| {
            id.len() == ID && is_alphanumeric(id) && !rest.is_empty() && is_alphanumeric(rest)
        });
        looks_so && self.checked_format().is_some_and(|format| !format.check(self.word))
    }

    /// Whether it begins like an API key of one of the formats that were named, and is none.
    pub(super) fn fails_format(&self, settings: &ExplainSettings) -> bool {
        settings.key_formats.iter().any(|format| format.covers(self.word) && !format.check(self.word))
    }

    /// The checked form that it would be of, by its first two words.
    fn checked_format(&self) -> Option<KeyFormat> {
        let mut words = self.word.split('_');
        KeyFormat::checked(words.next()?, words.next()?).ok()
    }

    /// The times of a token in seconds since 1970, as far as they are of this age.
    pub(super) fn token_times(&self) -> Vec<(&'static str, i64)> {
        let payload = self.word.split('.').nth(1).and_then(|payload| URL_SAFE_NO_PAD.decode(payload).ok());
        let claims = payload.and_then(|payload| serde_json::from_slice::<Value>(&payload).ok());
        let Some(claims) = claims else { return Vec::new() };
        let time = |name: &'static str| {
            let seconds =
                claims.get(name)?.as_f64().filter(|seconds| (0.0..=LAST_SECOND).contains(seconds))?;
            #[expect(clippy::cast_possible_truncation, reason = "a fraction of a second is left out")]
            Some((name, seconds as i64))
        };
        ["iat", "nbf", "exp"].into_iter().filter_map(time).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn word(word: &str) -> Presented<'_> {
        Presented { word, is_raw: false }
    }

    #[test]
    fn a_key_that_was_mistyped_or_cut_is_told_from_one_of_another_form() {
        let (_, key) = KeyFormat::checked("acme", "live").unwrap().generate(None).unwrap();
        let key = key.expose_text().unwrap();
        assert!(word(key).id().is_some() && !word(key).fails_checksum());
        let last = if key.ends_with('a') { "b" } else { "a" };
        let mistyped = format!("{}{last}", &key[..key.len() - 1]);
        for bad in [mistyped.as_str(), &key[..key.len() - 1], &format!("{key}a")] {
            assert!(word(bad).id().is_none() && word(bad).fails_checksum());
        }
        for other in
            ["", "a_b", "sk_live_0123456789abcdefgh", "Acme_live_0123456789abcdef_x", &"x_".repeat(40)]
        {
            assert!(!word(other).fails_checksum(), "{other}");
        }
    }

    #[test]
    fn only_times_of_this_age_are_read_from_a_token() {
        let token = |claims: &str| format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims));
        for (claims, times) in [
            (
                r#"{"exp":1800000000,"iat":1799999000.9}"#,
                vec![("iat", 1_799_999_000), ("exp", 1_800_000_000)],
            ),
            (r#"{"exp":"1800000000","nbf":-1,"iat":1e300}"#, vec![]),
            ("[1]", vec![]),
            ("{", vec![]),
        ] {
            assert_eq!(word(&token(claims)).token_times(), times, "{claims}");
        }
        assert!(word("no token").token_times().is_empty());
    }
}
