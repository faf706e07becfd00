//! The words of a command, as a POSIX shell reads them.

use super::InvalidRequest;

/// Reads the words of the first command in a text. Nothing is run, and nothing replaced: what a
/// shell would replace is refused.
///
/// Understood are words in single and double quotes, in `$'..'`, after a backslash, line ends after
/// a backslash, and comments. A pipe or the end of a line ends the command.
pub(super) fn words(text: &[u8]) -> Result<Vec<Vec<u8>>, InvalidRequest> {
    let mut reader = Reader { text, at: 0 };
    let mut words = Vec::new();
    loop {
        reader.skip_blanks();
        match reader.peek() {
            None | Some(b'|') => return Ok(words),
            Some(b'\n') if words.is_empty() => reader.at += 1,
            Some(b'\n') => match reader.rest_is_blank() {
                true => return Ok(words),
                false => {
                    return Err(reader.wrong("the command ended in the line before: \\ at its end goes on"));
                }
            },
            Some(b'\r') if reader.peek_behind(1) == Some(b'\n') => reader.at += 1,
            Some(b'#') => reader.skip_line(),
            Some(_) => words.push(reader.word()?),
        }
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.peek_behind(0)
    }

    fn peek_behind(&self, distance: usize) -> Option<u8> {
        self.text.get(self.at + distance).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn wrong(&self, why: &'static str) -> InvalidRequest {
        self.wrong_at(self.at, why)
    }

    fn wrong_at(&self, at: usize, why: &'static str) -> InvalidRequest {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.iter().filter(|byte| **byte == b'\n').count();
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count();
        InvalidRequest::shell(line + 1, column + 1, why)
    }

    fn skip_blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => self.at += 1,
                Some(b'\\') if self.skip_joined_line() => {}
                _ => return,
            }
        }
    }

    fn skip_line(&mut self) {
        while self.peek().is_some_and(|byte| byte != b'\n') {
            self.at += 1;
        }
    }

    /// Steps over a backslash before the end of a line, of either kind.
    fn skip_joined_line(&mut self) -> bool {
        let length = match (self.peek_behind(1), self.peek_behind(2)) {
            (Some(b'\n'), _) => 2,
            (Some(b'\r'), Some(b'\n')) => 3,
            _ => return false,
        };
        self.at += length;
        true
    }

    fn rest_is_blank(&self) -> bool {
        self.text.get(self.at..).unwrap_or_default().iter().all(u8::is_ascii_whitespace)
    }

    fn word(&mut self) -> Result<Vec<u8>, InvalidRequest> {
        let mut word = Vec::new();
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\n' | b'|' => break,
                b'\r' if self.peek_behind(1) == Some(b'\n') => break,
                b'\'' => self.single(&mut word)?,
                b'"' => self.double(&mut word)?,
                b'$' if self.peek_behind(1) == Some(b'\'') => self.escaped(&mut word)?,
                b'$' if self.peek_behind(1) == Some(b'"') => self.at += 1,
                b'\\' if self.skip_joined_line() => {}
                b'\\' => {
                    self.at += 1;
                    let byte = self.next().ok_or_else(|| self.wrong("a \\ has nothing behind it"))?;
                    word.push(byte);
                }
                b'$' | b'`' => word.push(self.replaced(byte)?),
                b'&' => return Err(self.wrong("an & outside of quotes ends the command: quote the URL")),
                b';' | b'<' | b'>' | b'(' | b')' => {
                    return Err(self.wrong("outside of quotes, this means something to the shell: quote it"));
                }
                b'\0' => return Err(self.wrong(NUL)),
                byte => {
                    word.push(byte);
                    self.at += 1;
                }
            }
        }
        Ok(word)
    }

    fn single(&mut self, word: &mut Vec<u8>) -> Result<(), InvalidRequest> {
        let begin = self.at;
        self.at += 1;
        loop {
            match self.next() {
                None => return Err(self.wrong_at(begin, "this ' has no other behind it")),
                Some(b'\'') => return Ok(()),
                Some(b'\0') => return Err(self.wrong(NUL)),
                Some(byte) => word.push(byte),
            }
        }
    }

    fn double(&mut self, word: &mut Vec<u8>) -> Result<(), InvalidRequest> {
        let begin = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                None => return Err(self.wrong_at(begin, "this \" has no other behind it")),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') if self.skip_joined_line() => {}
                Some(b'\\') => {
                    self.at += 1;
                    match self.peek() {
                        Some(byte @ (b'$' | b'`' | b'"' | b'\\')) => {
                            word.push(byte);
                            self.at += 1;
                        }
                        _ => word.push(b'\\'),
                    }
                }
                Some(byte @ (b'$' | b'`')) => word.push(self.replaced(byte)?),
                Some(b'\0') => return Err(self.wrong(NUL)),
                Some(byte) => {
                    word.push(byte);
                    self.at += 1;
                }
            }
        }
    }

    /// A dollar sign that stands for itself; all else that a shell would replace is refused.
    fn replaced(&mut self, byte: u8) -> Result<u8, InvalidRequest> {
        if byte == b'`' {
            return Err(self.wrong("the shell would run a command here: write what it prints"));
        }
        let name = |byte: u8| byte.is_ascii_alphanumeric() || b"_{(*@#?-$!".contains(&byte);
        if self.peek_behind(1).is_some_and(name) {
            return Err(self.wrong("the shell would replace a variable here: write what it holds"));
        }
        self.at += 1;
        Ok(b'$')
    }

    /// `$'..'`, with the escapes of C.
    fn escaped(&mut self, word: &mut Vec<u8>) -> Result<(), InvalidRequest> {
        let begin = self.at;
        self.at += 2;
        loop {
            match self.next() {
                None => return Err(self.wrong_at(begin, "this $' has no ' behind it")),
                Some(b'\'') => return Ok(()),
                Some(b'\\') => self.escape(word)?,
                Some(b'\0') => return Err(self.wrong(NUL)),
                Some(byte) => word.push(byte),
            }
        }
    }

    fn escape(&mut self, word: &mut Vec<u8>) -> Result<(), InvalidRequest> {
        let begin = self.at - 1;
        let Some(byte) = self.next() else { return Ok(()) };
        let plain = match byte {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'a' => 7,
            b'b' => 8,
            b'v' => 11,
            b'f' => 12,
            b'e' | b'E' => 27,
            b'\\' | b'\'' | b'"' | b'?' => byte,
            b'0'..=b'7' => {
                self.at -= 1;
                self.digits(8, 3).and_then(|value| u8::try_from(value & 0xff).ok()).unwrap_or_default()
            }
            b'x' => match self.digits(16, 2) {
                Some(value) => u8::try_from(value).unwrap_or_default(),
                None => return Err(self.wrong_at(begin, "\\x has digits behind it")),
            },
            b'u' | b'U' => {
                let value = self.digits(16, if byte == b'u' { 4 } else { 8 });
                let character = value.and_then(char::from_u32).filter(|c| *c != '\0');
                let character = character.ok_or_else(|| self.wrong_at(begin, "this is no character"))?;
                word.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            b'c' => return Err(self.wrong_at(begin, "control characters are written \\x..")),
            other => {
                word.extend([b'\\', other]);
                return Ok(());
            }
        };
        if plain == 0 {
            return Err(self.wrong_at(begin, NUL));
        }
        word.push(plain);
        Ok(())
    }

    /// The number that the next digits are, as many as there are up to `most`.
    fn digits(&mut self, base: u32, most: usize) -> Option<u32> {
        let mut value = None;
        for _ in 0..most {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(base)) else { break };
            value = Some(value.unwrap_or(0_u32).wrapping_mul(base).wrapping_add(digit));
            self.at += 1;
        }
        value
    }
}

const NUL: &str = "no argument can have a NUL byte";

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        let words = words(text.as_bytes()).expect(text);
        words.into_iter().map(|word| String::from_utf8(word).expect("text")).collect()
    }

    #[test]
    fn words_are_read_as_a_shell_reads_them() {
        for (text, expected) in [
            ("a  b\tc", &["a", "b", "c"][..]),
            ("'a b'\"c d\"e", &["a bc de"]),
            (r#"'a\'b "x\"y\\z\n\$" c\ d"#, &["a\\b", "x\"y\\z\\n$", "c d"]),
            ("a \\\n b\\\r\n c\\\nd\r\n", &["a", "b", "cd"]),
            (r"$'a\tb\'\x41\101\u00e9\e\q'", &["a\tb'AA\u{e9}\u{1b}\\q"]),
            ("'' \"\" a", &["", "", "a"]),
            ("a$ \"b$\" c#d #e", &["a$", "b$", "c#d"]),
            ("\n a b | jq .", &["a", "b"]),
            ("a'b|c&d;e'", &["ab|c&d;e"]),
            ("\"a\nb\"", &["a\nb"]),
            ("$\"a\"", &["a"]),
        ] {
            assert_eq!(of(text), expected, "{text:?}");
        }
        assert_eq!(words(b"$'\\xff'").expect("a word"), [[0xff]]);
    }

    #[test]
    fn what_a_shell_would_replace_or_run_is_refused_by_its_place() {
        for (text, place, why) in [
            ("a 'b", "line 1, column 3", "has no other"),
            ("a \\\n \"b", "line 2, column 2", "has no other"),
            ("a $'b", "line 1, column 3", "has no '"),
            ("a \"$KEY\"", "line 1, column 4", "variable"),
            ("a ${KEY}", "line 1, column 3", "variable"),
            ("a $(cat s3cret)", "line 1, column 3", "variable"),
            ("a `cat s3cret`", "line 1, column 3", "run a command"),
            ("a?b=1&c=2", "line 1, column 6", "quote the URL"),
            ("a > s3cret", "line 1, column 3", "quote it"),
            ("a\nb", "line 1, column 2", "\\ at its end"),
            ("a \\", "line 1, column 4", "nothing behind"),
            (r"a $'\0'", "line 1, column 5", "NUL"),
            (r"a $'\ud800'", "line 1, column 5", "no character"),
        ] {
            let said = words(text.as_bytes()).expect_err(text).to_string();
            assert!(said.starts_with(place) && said.contains(why), "{text:?}: {said}");
            assert!(!said.contains("s3cret"), "{said}");
        }
    }
}
