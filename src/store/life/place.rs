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
    let mut keys: Vec<&str> = keys.into_iter().filter(|key| place.contains(key)).collect();
    // A key may begin with another: the longer ones go first, or their ends would stay.
    keys.sort_by_key(|key| std::cmp::Reverse(key.len()));
    let mut place = place.to_owned();
    for key in keys {
        place = place.replace(key, "(the key)");
    }
    let place = place.replace(char::is_control, " ");
    cut(&place, LONGEST).to_owned()
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
