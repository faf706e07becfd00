//! `entry-points`: the list that keys are limited by.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use portcullis::store::{EntryPoint, SyncReport};

use crate::arguments::Context;
use crate::backing::Store;
use crate::failure::Failure;
use crate::keys::read_text;
use crate::output::{Cell, Fields};

/// What is done to the list of entry points.
#[derive(Debug, Subcommand)]
pub(crate) enum EntryPoints {
    /// List all of them; those that are gone are kept, because keys may name them
    List,
    Sync(Sync),
}

/// Save a list in place of the one before: what is not in it is gone
///
/// The list has one entry point a line: its name, and the pattern of its route behind white
/// space. A line of one word is a pattern that is its own name. Empty lines and lines that begin
/// with # are passed over.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    portcullis entry-points sync routes.txt\n  \
    printf 'orders.read /orders/{id}\\n/health\\n' | portcullis entry-points sync -")]
pub(crate) struct Sync {
    /// The file with the list; - for standard input
    file: PathBuf,
    /// Accept an empty list, which makes every entry point gone
    #[arg(long)]
    empty: bool,
}

impl EntryPoints {
    pub(crate) async fn run<S: Store>(self, store: &S, context: &mut Context) -> Result<(), Failure> {
        match self {
            Self::List => {
                let mut list = context.output.list(&["name", "pattern", "live"]);
                for held in store.entry_points().await? {
                    list.add(&vec![
                        ("name", Cell::text(held.entry_point.name())),
                        ("pattern", Cell::text(held.entry_point.pattern())),
                        ("live", Cell::Flag(held.live)),
                    ])?;
                }
                list.end()
            }
            Self::Sync(sync) => {
                let declared = declared(&read_text(&sync.file)?)?;
                if declared.is_empty() && !sync.empty {
                    return Err(Failure::usage("the list is empty: --empty says that this is meant"));
                }
                let report = store.sync_entry_points(&declared).await?;
                context.output.done("saved", fields(&report))
            }
        }
    }
}

fn declared(text: &str) -> Result<Vec<EntryPoint>, Failure> {
    let lines = (1..).zip(text.lines()).map(|(number, line)| (number, line.trim()));
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let entry_point = |(number, line): (usize, &str)| {
        let mut words = line.split_whitespace();
        let entry_point = match (words.next(), words.next(), words.next()) {
            (Some(pattern), None, _) => EntryPoint::unnamed(pattern),
            (Some(name), Some(pattern), None) => EntryPoint::new(name, pattern),
            _ => return Err(Failure::usage(format!("line {number}: a line is a name and a pattern"))),
        };
        entry_point.map_err(|error| Failure::usage(format!("line {number}: {error}")))
    };
    lines.map(entry_point).collect()
}

fn fields(report: &SyncReport) -> Fields {
    vec![
        ("added", Cell::list(&report.added)),
        ("changed", Cell::list(&report.changed)),
        ("gone", Cell::list(&report.gone)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_name_and_a_pattern_or_a_pattern_alone() {
        let list = declared("# routes\n\norders.read  /orders/{id}\n\t/health\n").expect("a list");
        let pairs: Vec<_> = list.iter().map(|one| (one.name(), one.pattern())).collect();
        assert_eq!(pairs, [("orders.read", "/orders/{id}"), ("/health", "/health")]);
        for bad in ["a b c", "é /"] {
            assert!(
                declared(&format!("/\n{bad}")).expect_err(bad).to_string().starts_with("line 2: "),
                "{bad}"
            );
        }
    }
}
