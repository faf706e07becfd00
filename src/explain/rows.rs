//! Two texts side by side, line by line.

use std::fmt;

use super::compare::{Comparison, printable};

/// How many bytes of a long line are shown before and behind its difference.
const AROUND: usize = 120;

/// One line of what the server signs beside that of what the client signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ComparedLine {
    /// The server's, printable; none where the client has more lines.
    pub server: Option<String>,
    /// The client's, printable; none where the server has more lines.
    pub client: Option<String>,
    /// How many characters of both, as they stand here, are the same before they differ; none where
    /// the lines are the same.
    pub differs_at: Option<usize>,
}

impl Comparison<'_> {
    /// Both texts line by line, to be shown side by side. Lines that one of them has more stand
    /// alone; of very long lines the part around the difference is there, with `...` for the rest.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use portcullis::explain::{ExplainSettings, ExplainedRequest, Explainer};
    /// # use portcullis::store::memory::MemoryKeyStore;
    /// # use portcullis::store::StoredPrincipal;
    /// # use portcullis::Timestamp;
    /// # let explainer = Explainer::new(ExplainSettings::new())?;
    /// # let store = MemoryKeyStore::<StoredPrincipal>::new();
    /// # let request = ExplainedRequest::parse(
    /// #     "curl https://a.example/b -H 'Signature-Input: s=(\"@method\" \"@path\");keyid=\"k\"' -H 'Signature: s=:AAAA:'")?;
    /// # let at = Timestamp::from_unix_seconds(1_800_000_000);
    /// let signed: &[u8] = b"\"@method\": GET\n\"@path\": /c\n\"@signature-params\": (\"@method\" \"@path\");keyid=\"k\"";
    /// let explanation = explainer.explain(&store, &request, Some(signed), at).await?;
    /// let lines = explanation.comparison().expect("two texts").side_by_side();
    /// assert_eq!((lines[0].differs_at, lines[1].differs_at, lines[2].differs_at), (None, Some(10), None));
    /// assert_eq!(lines[1].server.as_deref(), Some(r#""@path": /b"#));
    /// assert_eq!(lines[1].client.as_deref(), Some(r#""@path": /c"#));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn side_by_side(&self) -> Vec<ComparedLine> {
        let [server, client] = self.texts().map(|text| text.split(|byte| *byte == b'\n').collect::<Vec<_>>());
        let alike = |(one, other): &(&&[u8], &&[u8])| one == other;
        let before = server.iter().zip(&client).take_while(alike).count();
        let shorter = server.len().min(client.len());
        let behind =
            server.iter().rev().zip(client.iter().rev()).take(shorter - before).take_while(alike).count();
        let [inner_server, inner_client] =
            [server.len(), client.len()].map(|length| length - before - behind);
        let inner = (0..inner_server.max(inner_client)).map(|at| {
            let line = |lines: &[&[u8]], inner: usize| -> Option<Vec<u8>> {
                (at < inner).then(|| lines.get(before + at).map(|line| line.to_vec())).flatten()
            };
            compared(line(&server, inner_server).as_deref(), line(&client, inner_client).as_deref())
        });
        let same = |line: &&[u8]| compared(Some(line), Some(line));
        let head = server.iter().take(before).map(same);
        let tail = server.iter().skip(server.len() - behind).map(same);
        head.chain(inner).chain(tail).collect()
    }
}

impl fmt::Debug for Comparison<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Comparison").field("difference", &self.difference()).finish_non_exhaustive()
    }
}

/// One row of two lines, or of one alone.
fn compared(server: Option<&[u8]>, client: Option<&[u8]>) -> ComparedLine {
    let (Some(one), Some(other)) = (server, client) else {
        let alone = |line: &[u8]| window(line, AROUND);
        return ComparedLine { server: server.map(alone), client: client.map(alone), differs_at: Some(0) };
    };
    let same = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let differs = one.len().max(other.len()) > same;
    let at = if differs { same } else { AROUND };
    let start = at.saturating_sub(AROUND);
    let before = printable(one.get(start..at).unwrap_or_default()).len() + if start > 0 { 3 } else { 0 };
    ComparedLine {
        server: Some(window(one, at)),
        client: Some(window(other, at)),
        differs_at: differs.then_some(before),
    }
}

/// The part of a line around a place in it.
fn window(line: &[u8], at: usize) -> String {
    let (start, end) = (at.saturating_sub(AROUND), line.len().min(at + AROUND));
    let part = printable(line.get(start..end).unwrap_or_default());
    let (before, behind) = (if start > 0 { "..." } else { "" }, if end < line.len() { "..." } else { "" });
    format!("{before}{part}{behind}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(server: &str, client: &str) -> Vec<(Option<String>, Option<String>, Option<usize>)> {
        let rows = Comparison::new(server.as_bytes(), client.as_bytes()).side_by_side();
        rows.into_iter().map(|row| (row.server, row.client, row.differs_at)).collect()
    }

    fn row(server: &str, client: &str, at: Option<usize>) -> (Option<String>, Option<String>, Option<usize>) {
        let text = |text: &str| (text != "-").then(|| text.to_owned());
        (text(server), text(client), at)
    }

    #[test]
    fn a_line_that_one_has_more_stands_alone() {
        let same = |line: &str| row(line, line, None);
        assert_eq!(rows("a\nb\nc", "a\nc"), [same("a"), row("b", "-", Some(0)), same("c")]);
        assert_eq!(rows("a\nc", "a\nb\nc"), [same("a"), row("-", "b", Some(0)), same("c")]);
        assert_eq!(rows("a\na", "a"), [same("a"), row("a", "-", Some(0))]);
        assert_eq!(rows("", ""), [same("")]);
        assert_eq!(rows("", "x"), [row("", "x", Some(0))]);
        assert_eq!(rows("a\nbx\nc", "a\nby\nc"), [same("a"), row("bx", "by", Some(1)), same("c")]);
        assert_eq!(rows("\u{1b}x", "\u{1b}y"), [row(r"\x1bx", r"\x1by", Some(4))]);
    }

    #[test]
    fn of_long_lines_the_part_around_the_difference_is_shown() {
        let head = "x".repeat(5_000);
        let rows = Comparison::new(format!("{head}a{head}").as_bytes(), format!("{head}b{head}").as_bytes())
            .side_by_side();
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        let (server, client) = (row.server.as_deref().unwrap(), row.client.as_deref().unwrap());
        let at = row.differs_at.unwrap();
        assert!(server.len() < 300 && server.starts_with("...x") && server.ends_with("x..."), "{server}");
        assert_eq!((server.as_bytes()[at], client.as_bytes()[at]), (b'a', b'b'));
    }
}
