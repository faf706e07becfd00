//! Words that a POSIX shell reads as they are.

/// The text as one word of a shell: between single quotes nothing has a meaning, and a single
/// quote itself stands outside of them.
pub(crate) fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@,+".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_shell_reads_every_character_as_itself() {
        let all: String = (1..=0x17f).filter_map(char::from_u32).collect();
        for text in ["", "a b", "'", "''", "\\'", "a'b'c", "$HOME `id` $(id)", "-n", "~", "*", "a\nb\n", &all]
        {
            let script = format!("printf %s {}", quoted(text));
            let output = Command::new("sh").arg("-c").arg(script).output().expect("a shell");
            assert_eq!(String::from_utf8_lossy(&output.stdout), text, "{text:?}");
        }
    }
}
