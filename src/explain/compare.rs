//! Two texts over each other, with the first difference marked.

/// How many bytes are shown before and behind a difference.
const AROUND: usize = 60;

/// What the server signs and what the client signed, which should be the same.
pub struct Comparison<'a> {
    server: &'a [u8],
    client: &'a [u8],
}

impl<'a> Comparison<'a> {
    pub(super) const fn new(server: &'a [u8], client: &'a [u8]) -> Self {
        Self { server, client }
    }

    pub(super) const fn texts(&self) -> [&'a [u8]; 2] {
        [self.server, self.client]
    }

    /// The place of the first difference, in bytes from 0; none where both are the same.
    #[must_use]
    pub fn difference(&self) -> Option<usize> {
        let same = self.server.iter().zip(self.client).take_while(|(one, other)| one == other).count();
        (self.server.len().max(self.client.len()) > same).then_some(same)
    }

    /// The part of both around the first difference, and a line that marks it: for a terminal, in
    /// which each character is as wide as any other.
    #[must_use]
    pub fn marked(&self) -> Vec<String> {
        let Some(at) = self.difference() else {
            return vec![
                "both are the same: the secrets differ, or the signature is of something else".to_owned(),
            ];
        };
        let start = at.saturating_sub(AROUND);
        let part = |text: &[u8]| {
            let end = text.len().min(at + AROUND);
            let (before, behind) = if start > 0 { ("...", "...") } else { ("", "...") };
            let behind = if end < text.len() { behind } else { "" };
            format!("{before}{}{behind}", text.get(start..end).map(printable).unwrap_or_default())
        };
        let indent = printable(self.server.get(start..at).unwrap_or_default()).chars().count()
            + if start > 0 { 3 } else { 0 };
        let one = |text: &[u8]| {
            text.get(at).map_or("its end".to_owned(), |byte| format!("{:?}", printable(&[*byte])))
        };
        vec![
            format!("server  {}", part(self.server)),
            format!("client  {}", part(self.client)),
            format!(
                "        {}^ byte {}: the server has {}, the client {}",
                " ".repeat(indent),
                at + 1,
                one(self.server),
                one(self.client)
            ),
        ]
    }
}

/// Bytes as text: printable ASCII as it is; all else, and the backslash, as an escape. Nothing in it
/// moves the cursor of a terminal or turns what stands beside it; for HTML it must still be escaped.
///
/// ```
/// assert_eq!(portcullis::explain::printable(b"GET\n\x1b \xc3"), r"GET\n\x1b \xc3");
/// ```
#[must_use]
pub fn printable(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string().replace("\\'", "'").replace("\\\"", "\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_under_the_mark() {
        for (server, client, at) in [
            ("abcd", "abXd", Some(2)),
            ("abc", "abcd", Some(3)),
            ("abcd", "abc", Some(3)),
            ("", "a", Some(0)),
            ("a\nb", "a\nc", Some(2)),
            ("same", "same", None),
        ] {
            let comparison = Comparison::new(server.as_bytes(), client.as_bytes());
            assert_eq!(comparison.difference(), at);
            let lines = comparison.marked();
            if at.is_some() {
                let column = lines[2].find('^').expect("a mark");
                assert_ne!(lines[0].get(column..=column), lines[1].get(column..=column), "{lines:?}");
                assert_eq!(lines[0].get(8..column), lines[1].get(8..column), "{lines:?}");
            }
        }
    }

    #[test]
    fn of_long_texts_the_part_around_the_difference_is_shown() {
        let (server, client) = ("x".repeat(5000) + "a", "x".repeat(5000) + "b");
        let lines = Comparison::new(server.as_bytes(), client.as_bytes()).marked();
        assert!(lines.iter().all(|line| line.len() < 200), "{lines:?}");
        assert_eq!((lines[0].chars().last(), lines[1].chars().last()), (Some('a'), Some('b')));
    }
}
