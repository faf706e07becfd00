//! Texts in which keys may be.

use std::collections::BTreeSet;

use crate::store::KeyFormat;

/// The lengths that an API key may have, in characters.
const LENGTHS: std::ops::RangeInclusive<usize> = 20..=255;

/// Every part of `text` that looks like a key of one of the formats, each once; none where
/// there are more than `most`.
///
/// That is what has the form to the letter, wherever it stands, and the whole run of letters
/// and digits behind a prefix: keys that were imported have other lengths than generated ones.
pub(super) fn candidates<'t>(
    text: &'t [u8],
    formats: &[KeyFormat],
    most: usize,
) -> Option<BTreeSet<&'t str>> {
    let mut found = BTreeSet::new();
    for format in formats {
        let beginning = format.beginning().as_bytes();
        let mut rest = text;
        while let Some(start) = position(rest, beginning) {
            let here = rest.get(start..).unwrap_or_default();
            let behind = here.get(beginning.len()..).unwrap_or_default();
            let run = run(behind, !beginning.is_empty());
            let part = |length: usize| here.get(..length).and_then(|part| std::str::from_utf8(part).ok());
            found.extend(part(format.length()).filter(|part| format.check(part)));
            if !format.is_checked() {
                found.extend(part(beginning.len() + run).filter(|run| LENGTHS.contains(&run.len())));
            }
            if found.len() > most {
                return None;
            }
            // Where nothing is prefixed, one run is one candidate, and not one at each character.
            rest = here.get(if beginning.is_empty() { run.max(1) } else { 1 }..).unwrap_or_default();
        }
    }
    Some(found)
}

/// How many letters and digits stand at the beginning. Behind a prefix, where there may be
/// another beginning at each character, no more are looked at than make it too long for a key.
fn run(text: &[u8], is_prefixed: bool) -> usize {
    let reach = if is_prefixed { LENGTHS.end() + 1 } else { text.len() };
    text.iter().take(reach).take_while(|byte| byte.is_ascii_alphanumeric()).count()
}

fn position(text: &[u8], part: &[u8]) -> Option<usize> {
    if part.is_empty() {
        return text.iter().position(u8::is_ascii_alphanumeric);
    }
    text.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(text: &'t str, formats: &[KeyFormat]) -> Vec<&'t str> {
        candidates(text.as_bytes(), formats, 10).expect("not too many").into_iter().collect()
    }

    #[test]
    fn keys_are_found_wherever_they_stand_and_each_once() {
        let checked = KeyFormat::checked("acme", "live").expect("a format");
        let plain = KeyFormat::plain("igny8_", 40).expect("a format");
        let key = |format: &KeyFormat| {
            let (_, key) = format.generate(None).expect("randomness");
            key.expose_text().expect("text").to_owned()
        };
        let (one, two) = (key(&checked), key(&plain));
        let formats = [checked, plain];
        for text in [
            format!("{one} {two}"),
            format!("é{one}é\0{two}\u{feff}"),
            format!("KEY=\"{one}\"\nOTHER='{two}';{one}"),
            format!("https://x/?key={one}&other={two}"),
            format!("acme_live_{one}igny8_{two}"),
        ] {
            let found = found(&text, &formats);
            assert!(found.contains(&one.as_str()) && found.contains(&two.as_str()), "{text}: {found:?}");
        }
        assert_eq!(found(&format!("{one}\n{one}"), &formats), [one.as_str()]);
        for none in ["", "acme_live_", "igny8_", "igny8_short", &one[..one.len() - 1], "acme_live_\u{e9}"] {
            assert!(found(none, &formats).is_empty(), "{none}");
        }
    }

    #[test]
    fn behind_a_plain_prefix_keys_of_other_lengths_are_found() {
        let plain = [KeyFormat::plain("igny8_", 40).expect("a format")];
        let original = "igny8_4f6a8c0e2b1d3f5a7c9e0b2d4f6a8c0e2b1d3f5aQz";
        assert!(found(&format!("<{original}>"), &plain).contains(&original));
    }

    #[test]
    fn a_text_of_nothing_but_beginnings_is_looked_at_no_further_than_a_key_is_long() {
        let text = "acme".repeat(1 << 16);
        assert_eq!(run(text.as_bytes(), true), LENGTHS.end() + 1);
        let key = format!("acme{}", "0".repeat(40));
        let text = format!("{text} {key}");
        let plain = [KeyFormat::plain("acme", 40).expect("a format")];
        let found = candidates(text.as_bytes(), &plain, 100).expect("not too many");
        assert!(found.contains(key.as_str()) && found.iter().all(|key| LENGTHS.contains(&key.len())));
    }

    #[test]
    fn without_a_prefix_every_run_that_is_long_enough_is_one_candidate() {
        let bare = [KeyFormat::default()];
        let run = "0123456789".repeat(4);
        assert_eq!(found(&format!("a {run} b-{}", &run[..19]), &bare), [run.as_str()]);
    }

    #[test]
    fn more_than_are_wanted_are_none() {
        let text: String = (0..12).map(|number| format!("k_{number:020} ")).collect();
        let plain = [KeyFormat::plain("k_", 20).expect("a format")];
        assert_eq!(candidates(text.as_bytes(), &plain, 12).map(|found| found.len()), Some(12));
        assert!(candidates(text.as_bytes(), &plain, 11).is_none());
    }
}
