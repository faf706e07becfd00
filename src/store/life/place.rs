//! Where a key was found, as it may be kept.

use std::collections::BTreeSet;

use super::scan;
use crate::store::KeyFormat;

/// The reason of a revocation has at most 255 bytes.
const LONGEST: usize = 200;
/// How much of it is looked through.
const LOOKED_THROUGH: usize = 8_192;

/// The place as it may be kept: a report must not fail for it, nor give any key away. Without
/// what was `found`, and without all that looks like a key of one of the formats.
pub(super) fn legible<'a>(
    place: &'a str,
    found: impl IntoIterator<Item = &'a [u8]>,
    formats: &[KeyFormat],
) -> String {
    let place = cut(place, LOOKED_THROUGH);
    // There are no more candidates than bytes, for each format.
    let looks = scan::candidates(place.as_bytes(), formats, usize::MAX).unwrap_or_default();
    let found = found.into_iter().filter_map(|found| std::str::from_utf8(found).ok());
    let keys: BTreeSet<&str> = found.chain(looks).filter(|key| !key.is_empty()).collect();
    // Marked first, and removed together: one may begin within another.
    let mut is_key = vec![false; place.len()];
    for key in keys {
        for (start, _) in place.match_indices(key) {
            is_key.iter_mut().skip(start).take(key.len()).for_each(|byte| *byte = true);
        }
    }
    let (mut legible, mut within) = (String::new(), false);
    for (at, char) in place.char_indices() {
        let is_key = is_key.get(at).copied().unwrap_or_default();
        match (within, is_key) {
            (false, true) => legible.push_str("(the key)"),
            (_, false) => legible.push(if char.is_control() { ' ' } else { char }),
            (true, true) => {}
        }
        within = is_key;
    }
    cut(&legible, LONGEST).to_owned()
}

/// At most so many bytes of the beginning.
fn cut(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "igny8_0123456789012345678901234567890123456789";
    const TWO: &str = "igny8_abcdefghijabcdefghijabcdefghijabcdefghij";

    #[test]
    fn no_key_stays_whichever_was_reported() {
        let plain = [KeyFormat::plain("igny8_", 40).expect("a format")];
        let place = format!("https://x/?key={ONE}&other={TWO}");
        assert_eq!(legible(&place, [ONE.as_bytes()], &plain), "https://x/?key=(the key)&other=(the key)");
        assert_eq!(
            legible(&place, [ONE, TWO].map(str::as_bytes), &[]),
            "https://x/?key=(the key)&other=(the key)"
        );
        assert_eq!(legible(&format!("{ONE}{TWO}"), [ONE.as_bytes()], &plain), "(the key)");
    }

    #[test]
    fn of_a_key_that_begins_with_another_nothing_stays() {
        let longer = format!("{ONE}-and-more");
        assert_eq!(legible(&longer, [ONE.as_bytes(), longer.as_bytes()], &[]), "(the key)");
    }

    #[test]
    fn what_is_long_or_has_control_characters_is_made_fit() {
        let place = format!("a{ONE}\n{}", "é".repeat(5_000));
        let legible = legible(&place, [ONE.as_bytes(), b"", &[0xff]], &[]);
        assert_eq!(legible.len(), 199);
        assert!(legible.starts_with("a(the key) éé"), "{legible}");
    }
}
