//! How often all keys of an owner may be used together, as fields.

use std::time::Duration;

use maud::{Markup, html};

use crate::Limits;
use crate::console::form::Fields;
use crate::console::reply::Failure;

/// How many limits an owner has at most.
const MOST: usize = 4;

/// The limits as people read them.
pub(super) fn shown(limits: &Limits) -> Markup {
    html! {
        @if limits.is_none() { "none" }
        @for (number, limit) in limits.iter().enumerate() {
            @if number > 0 { ", " }
            (limit.count()) " per " (limit.period().as_secs()) " s"
        }
    }
}

/// A line of fields for each limit that there can be: as filled in, or those of `held`.
pub(super) fn fields(filled: &Fields, held: &Limits) -> Markup {
    let mut lines: Vec<(String, String)> =
        held.iter().map(|limit| (limit.count().to_string(), limit.period().as_secs().to_string())).collect();
    if filled.is_set("count") {
        let own = |text: &str| text.to_owned();
        lines = filled.all("count").map(own).zip(filled.all("period").map(own)).take(MOST).collect();
    }
    lines.resize(MOST, <_>::default());
    html! {
        @for (number, (count, period)) in (1..).zip(&lines) {
            div.row {
                div { label for=(format!("count-{number}")) { "Requests (" (number) ")" } input id=(format!("count-{number}")) name="count" inputmode="numeric" value=(count) autocomplete="off"; }
                div { label for=(format!("period-{number}")) { "in seconds (" (number) ")" } input id=(format!("period-{number}")) name="period" inputmode="numeric" value=(period) autocomplete="off"; }
            }
        }
        p.hint { "Such as 1000 in 3600. Empty lines are no limits." }
    }
}

/// What the fields say.
pub(super) fn read(form: &Fields) -> Result<Limits, Failure> {
    let wrong = || {
        Failure::invalid(
            "a limit is 1 to 10^15 requests in 1 to 31622400 seconds; there are at most 4, of different seconds",
        )
    };
    let (counts, periods) = (form.all("count").count(), form.all("period").count());
    if counts != periods {
        return Err(wrong());
    }
    let lines = form.all("count").map(str::trim).zip(form.all("period").map(str::trim));
    let mut lines = lines.filter(|(count, period)| !count.is_empty() || !period.is_empty());
    lines.try_fold(Limits::none(), |limits, (count, period)| {
        let (count, seconds) = count.parse().ok().zip(period.parse().ok()).ok_or_else(wrong)?;
        limits.with(count, Duration::from_secs(seconds)).map_err(|_| wrong())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(form: &str) -> Option<String> {
        read(&Fields::parse(form.as_bytes())).ok().map(|limits| limits.to_string())
    }

    #[test]
    fn limits_are_read_line_by_line() {
        for (form, text) in [
            ("", ""),
            ("count=&period=", ""),
            ("count=1000&period=3600&count=&period=&count=+9+&period=1", "1000/3600 9/1"),
        ] {
            assert_eq!(limits(form).as_deref(), Some(text), "{form}");
        }
        for bad in [
            "count=1&period=",
            "count=&period=1",
            "count=1",
            "count=0&period=1",
            "count=-1&period=1",
            "count=a&period=1",
            "count=1&period=99999999999",
            "count=1&period=60&count=2&period=60",
        ] {
            assert_eq!(limits(bad), None, "{bad}");
        }
    }
}
