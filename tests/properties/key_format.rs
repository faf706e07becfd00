//! The text of API keys.

use portcullis::KeyId;
use portcullis::store::{InvalidKeyFormat, KeyFormat};
use proptest::prelude::*;
use regex::Regex;

fn live() -> KeyFormat {
    KeyFormat::checked("acme", "live").expect("format")
}

fn generated(format: &KeyFormat) -> (String, String) {
    let (id, key) = format.generate(None).expect("key");
    (id.to_string(), key.expose_text().expect("text").to_owned())
}

/// Any format that may be declared.
fn formats() -> impl Strategy<Value = KeyFormat> {
    let checked =
        ("[a-z0-9]{1,32}", "[a-z0-9]{1,32}").prop_map(|(prefix, env)| KeyFormat::checked(&prefix, &env));
    let plain =
        ("[!-~]{0,64}", 20_usize..=191).prop_map(|(prefix, length)| KeyFormat::plain(&prefix, length));
    prop_oneof![checked, plain].prop_filter_map("begins like a JWT", Result::ok)
}

proptest! {
    // Patterns are slow to compile.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_generated_key_has_the_form_and_the_pattern_finds_it(format in formats()) {
        let (id, text) = generated(&format);
        prop_assert!(format.covers(&text) && format.check(&text));
        prop_assert!((20..=255).contains(&text.len()) && !text.starts_with("ey"));
        prop_assert!(format.id_of(&text).is_none_or(|written| written == id));
        let pattern = Regex::new(&format.pattern()).expect("pattern");
        for line in [text.clone(), format!("key={text}"), format!("\"{text}\",\n"), format!("({text})")] {
            prop_assert_eq!(pattern.find(&line).map(|found| found.as_str()), Some(text.as_str()), "{}", line);
        }
        let longer = format!("{text}x");
        prop_assert!(!pattern.is_match(&longer));
        prop_assert!(!format.check(&longer));
    }
}

proptest! {
    #[test]
    fn any_change_of_one_character_is_refused(place in any::<prop::sample::Index>(), other in any::<char>()) {
        let (_, text) = generated(&live());
        let mut characters: Vec<char> = text.chars().collect();
        *place.get_mut(&mut characters) = other;
        let changed: String = characters.into_iter().collect();
        prop_assert_eq!(live().check(&changed), changed == text);
    }

    #[test]
    fn no_text_makes_a_check_panic_and_what_passes_is_covered(text in "\\PC{0,80}", format in formats()) {
        // Of random texts none is a key, but for one in a thousand million.
        for text in [text.clone(), format!("acme_live_{text}"), format!("acme_live_0123456789abcdef_{text}")] {
            prop_assert!(!live().check(&text));
            prop_assert_eq!(live().id_of(&text), None);
            prop_assert!(!format.check(&text) || format.covers(&text));
        }
    }

    #[test]
    fn a_format_is_read_as_it_was_written(format in formats()) {
        prop_assert_eq!(format.to_string().parse(), Ok(format));
    }

    #[test]
    fn no_text_makes_the_parser_panic_and_each_format_has_one_spelling(
        text in "\\PC{0,60}", form in "(checked|plain)?", number in "[+0-9]{0,22}",
    ) {
        for text in [text.clone(), format!("{form}:{text}"), format!("{form}:{number}:{text}")] {
            if let Ok(format) = text.parse::<KeyFormat>() {
                prop_assert_eq!(format.to_string(), text);
            }
        }
    }
}

#[test]
fn every_substitution_in_every_place_is_refused() {
    let (_, text) = generated(&live());
    let mut tried = 0;
    for place in 0..text.len() {
        for byte in (0..=127_u8).filter(|byte| *byte != text.as_bytes()[place]) {
            let mut changed = text.clone().into_bytes();
            changed[place] = byte;
            let changed = String::from_utf8(changed).expect("ascii");
            assert!(!live().check(&changed), "{changed}");
            tried += 1;
        }
    }
    assert_eq!(tried, 66 * 127);
}

#[test]
fn every_swap_of_neighbours_every_cut_and_every_doubling_is_refused() {
    for _ in 0..200 {
        let (_, text) = generated(&live());
        for place in 0..text.len() {
            let bytes = text.as_bytes();
            let mut swapped = bytes.to_vec();
            swapped.swap(place, (place + 1).min(text.len() - 1));
            let cut = [&bytes[..place], &bytes[place + 1..]].concat();
            let doubled = [&bytes[..=place], &bytes[place..]].concat();
            for changed in [swapped, cut, doubled, bytes[..place].to_vec(), bytes[place + 1..].to_vec()] {
                let changed = String::from_utf8(changed).expect("ascii");
                assert!(!live().check(&changed) || changed == text, "{changed} of {text}");
            }
        }
    }
}

#[test]
fn a_key_of_one_environment_is_none_of_another() {
    let test = KeyFormat::checked("acme", "test").expect("format");
    let (_, text) = generated(&live());
    assert!(!test.covers(&text) && !test.check(&text));
    assert!(!test.check(&text.replacen("live", "test", 1)));
    assert!(!live().check(&text.to_ascii_lowercase()) && !live().check(&text.to_ascii_uppercase()));
}

#[test]
fn no_two_keys_are_alike() {
    let texts: std::collections::HashSet<_> =
        (0..1000).flat_map(|_| <[_; 2]>::from(generated(&live()))).collect();
    assert_eq!(texts.len(), 2000);
}

#[test]
fn a_rotation_keeps_the_id_and_changes_the_secret() {
    let (id, old) = generated(&live());
    let (kept, new) = live().generate(Some(&KeyId::from(id.as_str()))).expect("key");
    let new = new.expose_text().expect("text");
    assert_eq!(kept.as_str(), id);
    assert_eq!((live().id_of(&old), live().id_of(new)), (Some(id.as_str()), Some(id.as_str())));
    assert_ne!(old, new);
}

#[test]
fn an_id_that_cannot_be_written_is_kept_beside_a_text_with_another() {
    for id in ["key_0123456789abcdef", "0123456789abcde", "0123456789abcde_", "é123456789abcde", ""] {
        let (kept, new) = live().generate(Some(&KeyId::from(id))).expect("key");
        let new = new.expose_text().expect("text");
        assert_eq!(kept.as_str(), id);
        assert!(live().id_of(new).is_some_and(|written| written != id), "{new}");
    }
}

#[test]
fn a_plain_key_is_a_prefix_and_letters_and_digits() {
    let igny8 = KeyFormat::plain("igny8_", 40).expect("format");
    let (id, text) = generated(&igny8);
    assert_eq!((text.len(), igny8.id_of(&text)), (46, None));
    assert!(id.starts_with("key_") && id.len() == 20);
    assert_eq!(igny8.pattern(), r"\bigny8_[0-9A-Za-z]{40}\b");
    assert_eq!(igny8.to_string(), "plain:40:igny8_");
    for bad in
        ["igny8_", &text[..45], &format!("{text}0"), &text.replace('_', "-"), &format!("{}-", &text[..45])]
    {
        assert!(!igny8.check(bad), "{bad}");
    }
    let bare = KeyFormat::plain("", 20).expect("format");
    assert!((0..10_000).all(|_| !generated(&bare).1.starts_with("ey")));
}

#[test]
fn what_is_no_format_is_refused() {
    use InvalidKeyFormat::{Length, LikeJwt, Prefix, Unreadable, Word};
    let long = "a".repeat(33);
    for (text, error) in [
        ("checked::live", Word),
        ("checked:acme:", Word),
        ("checked:Acme:live", Word),
        ("checked:ac_me:live", Word),
        ("checked:acme:li-ve", Word),
        ("checked:acmé:live", Word),
        ("checked:acme:live:x", Word),
        (&format!("checked:{long}:live"), Word),
        (&format!("checked:acme:{long}"), Word),
        ("checked:eyes:live", LikeJwt),
        ("plain:40:ey_", LikeJwt),
        ("plain:40:a b", Prefix),
        ("plain:40:é", Prefix),
        (&format!("plain:40:{}", "a".repeat(65)), Prefix),
        ("plain:19:igny8_", Length),
        ("plain:250:igny8_", Length),
        ("plain:256:", Length),
        ("plain:040:igny8_", Unreadable),
        ("plain:+40:igny8_", Unreadable),
        ("plain::igny8_", Unreadable),
        ("plain:99999999999999999999:x", Unreadable),
        ("plain:40", Unreadable),
        ("Checked:acme:live", Unreadable),
        ("checked", Unreadable),
        ("", Unreadable),
    ] {
        assert_eq!(text.parse::<KeyFormat>(), Err(error), "{text}");
    }
    for good in ["plain:20:", "plain:255:", "plain:249:igny8_", "plain:40:a:b", "checked:0:9"] {
        assert_eq!(good.parse::<KeyFormat>().map(|format| format.to_string()), Ok(good.to_owned()));
    }
}
