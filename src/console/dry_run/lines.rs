//! Texts that are signed, line by line, with nothing in them that cannot be seen.

use maud::{Markup, html};

use crate::explain::{ComparedLine, Comparison, printable};

/// What stands for what cannot be seen.
pub(super) const LEGEND: &str = "A · is a space that would not be seen. Bytes that are not printable are escapes: \\t is a tab, \\r a carriage return, \\xc3 a byte.";
/// The most lines of a text that are shown.
const MOST_LINES: usize = 400;
/// How many lines are shown before the first that differs, where there are too many.
const BEFORE: usize = 20;
/// The most bytes of a line that are shown.
const LONGEST_LINE: usize = 4_096;

/// A text without another beside it.
pub(super) fn alone(text: &[u8]) -> Markup {
    let count = text.split(|byte| *byte == b'\n').count();
    html! {
        ol.lines {
            @for line in text.split(|byte| *byte == b'\n').take(MOST_LINES) {
                @let shown = line.get(..LONGEST_LINE).unwrap_or(line);
                li {
                    (whole(&printable(shown)))
                    @if shown.len() < line.len() { " " span.mark { (line.len() - shown.len()) " bytes more" } }
                }
            }
        }
        (left_out(count.saturating_sub(MOST_LINES)))
    }
}

/// What the server signs beside what the client signed.
pub(super) fn beside(comparison: &Comparison<'_>) -> Markup {
    let rows = comparison.side_by_side();
    let first = rows.iter().position(|row| row.differs_at.is_some());
    let start = first.filter(|_| rows.len() > MOST_LINES).map_or(0, |first| first.saturating_sub(BEFORE));
    let shown: Vec<_> = rows.iter().skip(start).take(MOST_LINES).collect();
    let differing = rows.iter().filter(|row| row.differs_at.is_some()).count();
    let one_alone = "only here";
    html! {
        p role="status" {
            @match differing {
                0 => "Both are the same: the secrets differ, or the signature is of something else.",
                1 => "One line differs.",
                _ => { (differing) " lines differ." }
            }
        }
        div.columns {
            (column("Service", &shown, start, |row| (row.server.as_deref(), row.client.is_none().then_some(one_alone))))
            (column("Client", &shown, start, |row| (row.client.as_deref(), row.server.is_none().then_some(one_alone))))
        }
        (left_out(rows.len() - shown.len()))
    }
}

fn column<'a>(
    title: &str,
    rows: &[&'a ComparedLine],
    start: usize,
    side: impl Fn(&'a ComparedLine) -> (Option<&'a str>, Option<&'static str>),
) -> Markup {
    html! {
        section {
            h3 { (title) }
            ol.lines start=(start + 1) {
                @for row in rows {
                    @let (text, alone) = side(row);
                    @match (text, row.differs_at) {
                        (None, _) => li { span.mark { "missing here" } },
                        (Some(text), None) => li { (whole(text)) },
                        (Some(text), Some(at)) => li.differs {
                            (split(text, at)) " "
                            span.mark { @match alone { Some(alone) => (alone), None => { "differs from character " (at + 1) } } }
                        },
                    }
                }
            }
        }
    }
}

/// A line, of which the part that differs stands out.
fn split(text: &str, at: usize) -> Markup {
    let (same, other) = text.split_at_checked(at).unwrap_or((text, ""));
    html! { code { (visible(same)) mark { @if other.is_empty() { "(its end)" } @else { (visible(other)) } } } }
}

fn whole(text: &str) -> Markup {
    html! { @if text.is_empty() { span.mark { "empty line" } } @else { code { (visible(text)) } } }
}

/// Spaces at the ends and beside others as dots. No other dot of this kind is in printable text.
fn visible(text: &str) -> String {
    let bytes = text.as_bytes();
    let is_space = |at: usize| bytes.get(at).is_none_or(|byte| *byte == b' ');
    let shown = text.char_indices().map(|(at, letter)| match letter {
        ' ' if at.checked_sub(1).is_none_or(is_space) || is_space(at + 1) => '·',
        other => other,
    });
    shown.collect()
}

fn left_out(count: usize) -> Markup {
    html! { @if count > 0 { p.hint { (count) " more lines are not shown." } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_that_would_not_be_seen_are_dots() {
        for (text, shown) in [("a b", "a b"), (" a  b ", "·a··b·"), (" ", "·"), ("", ""), ("a b c", "a b c")]
        {
            assert_eq!(visible(text), shown);
        }
    }

    #[test]
    fn long_texts_are_cut_and_say_so() {
        let many = alone("x\n".repeat(1_000).as_bytes()).into_string();
        assert_eq!(many.matches("<li>").count(), MOST_LINES);
        assert!(many.contains("601 more lines"), "{many}");
        let long = alone(&[b'x'; LONGEST_LINE + 7]).into_string();
        assert!(long.contains("7 bytes more") && long.len() < 2 * LONGEST_LINE);
    }

    #[test]
    fn the_part_that_differs_is_marked_by_words() {
        assert_eq!(split("abc", 1).into_string(), "<code>a<mark>bc</mark></code>");
        assert_eq!(split("abc", 3).into_string(), "<code>abc<mark>(its end)</mark></code>");
        assert_eq!(split("a <b>", 2).into_string(), "<code>a·<mark>&lt;b&gt;</mark></code>");
    }
}
