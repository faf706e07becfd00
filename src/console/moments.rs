//! Moments as operators read and write them: in UTC.

use std::time::Duration;

use maud::{Markup, html};

use super::reply::Failure;
use crate::Timestamp;

const DAY: i64 = 24 * 60 * 60;

/// A moment to the minute, with the whole of it for machines and in a tip.
pub(super) fn moment(at: Timestamp) -> Markup {
    let exact = at.to_rfc3339();
    html! { time datetime=(exact) title=(exact) { (minute(at).replace('T', " ")) } }
}

/// The same, or words where there is none.
pub(super) fn moment_or(at: Option<Timestamp>, none: &str) -> Markup {
    at.map_or_else(|| html! { (none) }, moment)
}

/// As a field of a form wants it: `2030-01-31T12:00`.
pub(super) fn minute(at: Timestamp) -> String {
    let exact = at.to_rfc3339();
    exact.get(..exact.len().min(16)).unwrap_or(&exact).to_owned()
}

/// What a field of a form says: a date, or a date and a time to the minute or to the second, in UTC.
pub(super) fn read(text: &str, label: &str) -> Result<Timestamp, Failure> {
    let whole = match text.len() {
        16 => format!("{text}:00Z"),
        19 => format!("{text}Z"),
        _ => text.to_owned(),
    };
    let wrong =
        || Failure::invalid(format!("{label} is a date such as 2030-01-31, or 2030-01-31T12:00, in UTC"));
    Timestamp::parse_rfc3339(&whole).ok_or_else(wrong)
}

/// How long ago, or how long from now, in the largest unit of which there is one.
pub(super) fn distance(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.abs_diff(now).as_secs();
    let (count, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    if at <= now { format!("{count} {unit}{plural} ago") } else { format!("in {count} {unit}{plural}") }
}

/// Days as a duration.
pub(super) const fn days(count: u64) -> Duration {
    Duration::from_secs(count.saturating_mul(DAY.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_it_is_written() {
        let at = Timestamp::from_unix_seconds(1_798_761_600);
        assert_eq!(minute(at), "2027-01-01T00:00");
        for text in ["2027-01-01", "2027-01-01T00:00", "2027-01-01T00:00:00", "2027-01-01T00:00:00Z"] {
            assert_eq!(read(text, "the end").ok(), Some(at), "{text}");
        }
        for text in ["", "tomorrow", "2027-13-01", "2027-01-01T24:00"] {
            assert!(read(text, "the end").is_err(), "{text}");
        }
    }

    #[test]
    fn a_distance_is_in_one_unit() {
        let now = Timestamp::from_unix_seconds(1_000_000);
        for (seconds, text) in
            [(0, "0 seconds ago"), (-1, "1 second ago"), (-7_300, "2 hours ago"), (86_400, "in 1 day")]
        {
            assert_eq!(distance(Timestamp::from_unix_seconds(1_000_000 + seconds), now), text);
        }
    }
}
