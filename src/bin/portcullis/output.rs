//! What is printed: tables for people, JSON for programs.

use std::fmt;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use portcullis::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::moments::utc;

/// One value under a name.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    Text(String),
    Moment(Timestamp),
    Flag(bool),
    Number(usize),
    List(Vec<String>),
    /// No limit: `any` for people, `null` for programs.
    Any,
    Missing,
}

impl Cell {
    pub(crate) fn text(text: impl fmt::Display) -> Self {
        Self::Text(text.to_string())
    }

    pub(crate) fn maybe(text: Option<impl fmt::Display>) -> Self {
        text.map_or(Self::Missing, Self::text)
    }

    pub(crate) fn moment(moment: Option<Timestamp>) -> Self {
        moment.map_or(Self::Missing, Self::Moment)
    }

    pub(crate) fn list<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> Self {
        Self::List(items.into_iter().map(|item| item.to_string()).collect())
    }

    fn json(&self) -> Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Moment(moment) => utc(*moment, true).into(),
            Self::Flag(flag) => (*flag).into(),
            Self::Number(number) => (*number).into(),
            Self::List(items) => items.clone().into(),
            Self::Any | Self::Missing => Value::Null,
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) if !text.is_empty() => f.write_str(&visible(text)),
            Self::List(items) if !items.is_empty() => f.write_str(&visible(&items.join(" "))),
            Self::Moment(moment) => f.write_str(&utc(*moment, false)),
            Self::Flag(flag) => f.write_str(if *flag { "yes" } else { "no" }),
            Self::Number(number) => write!(f, "{number}"),
            Self::Any => f.write_str("any"),
            Self::List(_) => f.write_str("none"),
            Self::Text(_) | Self::Missing => f.write_str("-"),
        }
    }
}

/// Nothing that is stored moves the cursor of a terminal, turns what stands beside it, or is
/// there without being seen.
pub(crate) fn visible(text: &str) -> String {
    let shown = |c: char| if is_hidden(c) { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

/// A value as JSON, with the same characters escaped in JSON's own way.
pub(crate) fn json(value: &impl Serialize) -> serde_json::Result<String> {
    let mut written = String::new();
    for c in serde_json::to_string(value)?.chars() {
        if is_hidden(c) {
            let mut units = [0; 2];
            written.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            written.push(c);
        }
    }
    Ok(written)
}

/// Controls, the marks that turn the direction of a text, ends of lines, and what has no width.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
                | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Values under stable names, in the order in which people see them.
pub(crate) type Fields = Vec<(&'static str, Cell)>;

/// Where a command prints to.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
    /// Something is changed already, and what is said of it is under way.
    changed: bool,
    out: BufWriter<Stdout>,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json, changed: false, out: BufWriter::new(io::stdout()) }
    }

    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    /// Writes a line for people.
    pub(crate) fn line(&mut self, line: impl fmt::Display) -> Result<(), Failure> {
        let written = writeln!(self.out, "{line}");
        written.map_err(|error| self.failure(error))
    }

    /// Writes an object in a line of its own.
    pub(crate) fn object(&mut self, object: &Map<String, Value>) -> Result<(), Failure> {
        let written = json(object);
        let written = written.map_err(|error| self.failure(error))?;
        self.line(written)
    }

    /// Shows one thing: a line for each field, or an object.
    pub(crate) fn show(&mut self, fields: &Fields) -> Result<(), Failure> {
        if self.json {
            return self.object(&object(fields));
        }
        let widest = fields.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        for (name, cell) in fields {
            self.line(format_args!("{name:widest$}  {cell}"))?;
        }
        Ok(())
    }

    /// Says what was done, and to what.
    pub(crate) fn done(&mut self, done: &str, fields: Fields) -> Result<(), Failure> {
        self.changed = true;
        if self.json {
            let mut object = object(&fields);
            object.insert("done".to_owned(), done.into());
            return self.object(&object);
        }
        if fields.is_empty() {
            return self.line(done);
        }
        let named: Vec<_> = fields.iter().map(|(name, cell)| format!("{name} {cell}")).collect();
        self.line(format_args!("{done}: {}", named.join(", ")))
    }

    /// Starts a list. People see these columns, programs every field.
    pub(crate) fn list(&mut self, columns: &[&'static str]) -> List<'_> {
        List { output: self, columns: columns.to_vec(), rows: Vec::new() }
    }

    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        let written = self.out.flush();
        written.map_err(|error| self.failure(error))
    }

    fn failure(&self, error: impl Into<Failure>) -> Failure {
        let failure = error.into();
        if self.changed { failure.though("what was asked for is done") } else { failure }
    }
}

/// A list under way: programs get each row at once, people a table at the end.
#[derive(Debug)]
pub(crate) struct List<'a> {
    output: &'a mut Output,
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl List<'_> {
    pub(crate) fn add(&mut self, fields: &Fields) -> Result<(), Failure> {
        if self.output.json {
            return self.output.object(&object(fields));
        }
        let cell = |column: &&str| fields.iter().find(|(name, _)| name == column).map(|(_, cell)| cell);
        self.rows.push(
            self.columns.iter().map(|column| cell(column).unwrap_or(&Cell::Missing).to_string()).collect(),
        );
        Ok(())
    }

    pub(crate) fn end(self) -> Result<(), Failure> {
        if self.output.json {
            return Ok(());
        }
        let head: Vec<_> =
            self.columns.iter().map(|column| column.replace('_', " ").to_uppercase()).collect();
        let mut widths = vec![0; head.len()];
        for row in std::iter::once(&head).chain(&self.rows) {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        for row in std::iter::once(&head).chain(&self.rows) {
            let cells: Vec<_> =
                row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            self.output.line(cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}

pub(crate) fn object(fields: &Fields) -> Map<String, Value> {
    fields.iter().map(|(name, cell)| ((*name).to_owned(), cell.json())).collect()
}

/// Says on stderr how far bulk work is.
#[derive(Debug)]
pub(crate) struct Progress {
    shown: bool,
    total: usize,
}

impl Progress {
    /// Where stderr is a terminal, or it was asked for.
    pub(crate) fn new(asked_for: bool, total: usize) -> Self {
        Self { shown: asked_for || io::stderr().is_terminal(), total }
    }

    pub(crate) fn at(&self, done: usize) {
        if self.shown {
            // A reader that is gone stops nothing.
            let _ = writeln!(io::stderr(), "{done} of {}", self.total);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_stored_moves_the_cursor() {
        assert_eq!(Cell::text("a\u{1b}[2J\nb").to_string(), "a\\u{1b}[2J\\nb");
    }

    #[test]
    fn nothing_that_is_stored_turns_or_hides_what_is_beside_it() {
        for hidden in ['\u{202e}', '\u{2066}', '\u{2069}', '\u{200b}', '\u{200d}', '\u{feff}', '\u{2028}'] {
            let shown = Cell::text(format!("a{hidden}b")).to_string();
            assert_eq!(shown, format!("a\\u{{{:x}}}b", u32::from(hidden)));
        }
        assert_eq!(Cell::text("Zoë 愛 مرحبا").to_string(), "Zoë 愛 مرحبا");
    }

    #[test]
    fn nothing_hidden_is_in_json_and_nothing_is_lost() {
        let text = "a\u{7f}\u{9b}2J\u{202e}\u{e0001}\n\u{1b}\"\\Zoë";
        let written = json(&text).expect("json");
        assert_eq!(written, r#""a\u007f\u009b2J\u202e\udb40\udc01\n\u001b\"\\Zoë""#);
        assert_eq!(serde_json::from_str::<String>(&written).expect("a text"), text);
    }

    #[test]
    fn what_is_missing_is_seen() {
        let cells = [Cell::Missing, Cell::text(""), Cell::list([""; 0]), Cell::Any];
        assert_eq!(cells.map(|cell| cell.to_string()), ["-", "-", "none", "any"]);
        assert_eq!(Cell::list([""; 0]).json(), Value::from(Vec::<String>::new()));
        assert_eq!(Cell::Missing.json(), Value::Null);
    }
}
