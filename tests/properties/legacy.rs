//! Hashes of foreign keys.

use portcullis::password::PasswordHash;
use portcullis::store::{LegacyHash, LegacyLookup, VisiblePart};
use proptest::prelude::*;

proptest! {
    #[test]
    fn no_text_makes_the_parsers_panic_and_what_is_read_is_written_alike(
        text in "\\PC{0,60}",
        form in "(sha256:|sha512:|sha256[$][$]|sha512[$][$]|bcrypt[$]|argon2|[$]2b[$]|[$]argon2id[$]|pbkdf2_sha256[$])",
        hex in "[0-9a-fA-F]{63,65}",
        iterations in "[+0-9]{0,21}",
    ) {
        for text in [
            text.clone(),
            format!("{form}{text}"),
            format!("{form}{hex}"),
            format!("{form}{hex}{hex}"),
            format!("pbkdf2_sha256${iterations}$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            format!("pbkdf2_sha256${iterations}${text}"),
        ] {
            if let Ok(hash) = PasswordHash::parse(&text) {
                prop_assert_eq!(hash.expose(), text.as_str());
            }
            if let Ok(hash) = text.parse::<LegacyHash>() {
                let written = hash.expose().into_owned();
                let again = written.parse::<LegacyHash>().expect("again");
                prop_assert_eq!(again.expose(), written);
            }
        }
    }

    #[test]
    fn no_key_makes_a_look_up_panic_and_no_more_than_two_names_come_of_it(
        key in prop::collection::vec(any::<u8>(), 0..300), length in any::<u8>(),
    ) {
        for part in [VisiblePart::BeforeDot, VisiblePart::First(length)] {
            prop_assert!(part.of(&key).is_none_or(|part| !part.is_empty() && part.len() < key.len()));
            prop_assert!(LegacyLookup::new().with_sha512().with_visible(part).names(&key).count() <= 2);
        }
    }
}
