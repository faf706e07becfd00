//! Texts of strangers, made visible.

/// A text in which everything can be seen: what would hide something, end a line or turn the
/// direction of the text is written as its number, such as `\u{202e}`. What HTML would read as
/// markup is left alone here: the templates escape it.
pub(super) fn visible(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) {
            seen.extend(character.escape_unicode());
        } else {
            seen.push(character);
        }
    }
    seen
}

/// Controls, marks of direction, ends of lines and paragraphs, and what has no width.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
                | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_or_turns_a_text_is_written_as_its_number() {
        for (text, seen) in [
            ("/orders/é?b", "/orders/é?b"),
            ("/a\nb\u{1b}[2J", "/a\\u{a}b\\u{1b}[2J"),
            ("a\u{202e}b\u{200b}c", "a\\u{202e}b\\u{200b}c"),
            ("\0", "\\u{0}"),
            ("<script>", "<script>"),
        ] {
            assert_eq!(visible(text), seen);
        }
    }
}
