//! Counts per hour, as a picture, and as numbers for whoever does not see it.

use maud::{Markup, html};

use super::filter::outcome;
use crate::audit::{ActivityKind, HourCount};
use crate::console::moments::{minute, moment};

/// How many hours the picture has.
pub(super) const HOURS: usize = 24;

/// The picture in units of its own, in tenths: so all of it is whole numbers.
const WIDTH: u64 = 4_000;
const HEIGHT: u64 = 1_200;
/// Where bars begin: on the left is the scale, below are the hours.
const LEFT: u64 = 400;
const BOTTOM: u64 = 1_020;
/// How high the highest bar is.
const HIGHEST: u64 = 900;
/// What is there at all can be seen, however little it is beside the rest.
const LEAST: u64 = 15;

/// What a bar is made of, from below: each with its class, and its words.
const PARTS: [(&str, &str); 3] = [("refused", "refused"), ("other", "other"), ("accepted", "accepted")];

/// The counts of an hour: refused, other, accepted.
fn parts(hour: &HourCount) -> [u64; 3] {
    let of = |kind| hour.of(kind);
    let other = [ActivityKind::FirstUse, ActivityKind::Throttled, ActivityKind::Change];
    let other = other.into_iter().map(of).fold(0, u64::saturating_add);
    [of(ActivityKind::Refused), other, of(ActivityKind::Accepted)]
}

/// The picture and its numbers.
pub(super) fn chart(hours: &[HourCount]) -> Markup {
    let highest = scale(hours.iter().map(HourCount::total).max().unwrap_or_default());
    let sums = hours.iter().map(parts).fold([0_u64; 3], |[a, b, c], [x, y, z]| {
        [a.saturating_add(x), b.saturating_add(y), c.saturating_add(z)]
    });
    let [refused, other, accepted] = sums;
    html! {
        h2 { "The last " (hours.len()) " hours" }
        svg.chart role="img" aria-labelledby="chart-title chart-desc"
            viewBox=(format!("0 0 {} {}", tenths(WIDTH), tenths(HEIGHT))) preserveAspectRatio="xMinYMid meet" {
            title #chart-title { "Events in each of the last " (hours.len()) " hours" }
            desc #chart-desc { (refused) " refused, " (other) " other and " (accepted) " accepted; the numbers of each hour are below." }
            (axes(highest))
            @for (place, hour) in (0..).zip(hours) { (bar(place, hours.len() as u64, hour, highest)) }
        }
        p.legend aria-hidden="true" {
            "From below: "
            @for (class, words) in PARTS { span.swatch.(class) { (words) } " " }
        }
        (numbers(hours))
    }
}

/// The line below, the line of the scale, and what they stand for.
fn axes(highest: u64) -> Markup {
    let line =
        |y: u64| html! { line.axis x1=(tenths(LEFT)) x2=(tenths(WIDTH)) y1=(tenths(y)) y2=(tenths(y)) {} };
    let text = |y: u64, words: u64| html! { text x=(tenths(LEFT - 50)) y=(tenths(y + 40)) text-anchor="end" { (words) } };
    html! {
        (line(BOTTOM)) (text(BOTTOM, 0))
        (line(BOTTOM - HIGHEST)) (text(BOTTOM - HIGHEST, highest))
    }
}

/// The bar of an hour, and every sixth hour its time.
fn bar(place: u64, hours: u64, hour: &HourCount, highest: u64) -> Markup {
    let step = (WIDTH - LEFT) / hours.max(1);
    let (x, counts) = (LEFT + place * step, parts(hour));
    let time = time_of(hour);
    let mut top = BOTTOM;
    let mut rects = Vec::new();
    for ((class, _), count) in PARTS.into_iter().zip(counts) {
        let height = height(count, highest);
        if height > 0 {
            top = top.saturating_sub(height);
            rects.push((class, top, height));
        }
    }
    let [refused, other, accepted] = counts;
    html! {
        g {
            title { (time) ": " (refused) " refused, " (other) " other, " (accepted) " accepted" }
            @for (class, y, height) in rects {
                rect class=(class) x=(tenths(x + 15)) y=(tenths(y)) width=(tenths(step.saturating_sub(30))) height=(tenths(height)) {}
            }
            @if place.is_multiple_of(6) { text x=(tenths(x)) y=(tenths(HEIGHT - 50)) { (time) } }
        }
    }
}

/// How high so many are.
fn height(count: u64, highest: u64) -> u64 {
    if count == 0 {
        return 0;
    }
    let exact = u128::from(count) * u128::from(HIGHEST) / u128::from(highest.max(1));
    u64::try_from(exact).unwrap_or(HIGHEST).max(LEAST)
}

/// The end of the scale: one, two or five times a power of ten.
fn scale(most: u64) -> u64 {
    let mut power = 1_u64;
    loop {
        for times in [1, 2, 5] {
            match power.checked_mul(times) {
                Some(end) if end >= most => return end,
                Some(_) => {}
                None => return most,
            }
        }
        match power.checked_mul(10) {
            Some(next) => power = next,
            None => return most,
        }
    }
}

/// The hour of the day, in UTC.
fn time_of(hour: &HourCount) -> String {
    minute(hour.start()).split_once('T').map(|(_, time)| time.to_owned()).unwrap_or_default()
}

/// A number of tenths, as SVG writes it.
fn tenths(number: u64) -> String {
    format!("{}.{}", number / 10, number % 10)
}

/// The numbers, the newest first.
fn numbers(hours: &[HourCount]) -> Markup {
    html! {
        details {
            summary { "The numbers of each hour" }
            div.scroll {
                table.stack {
                    caption { "Events in each hour that began then, in UTC, whatever the filter." }
                    thead {
                        tr {
                            th scope="col" { "From" }
                            @for kind in ActivityKind::ALL { th scope="col" { (outcome(kind)) } }
                        }
                    }
                    tbody {
                        @for hour in hours.iter().rev() {
                            tr {
                                td.nowrap data-label="From" { (moment(hour.start())) }
                                @for kind in ActivityKind::ALL { td data-label=(outcome(kind)) { (hour.of(kind)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    fn hours() -> Vec<HourCount> {
        let hour = |number: i64| HourCount::new(Timestamp::from_unix_seconds(number * 3_600));
        vec![
            hour(5),
            hour(6).with(ActivityKind::Accepted, 70).with(ActivityKind::Refused, 20),
            hour(7)
                .with(ActivityKind::Change, 1)
                .with(ActivityKind::FirstUse, 2)
                .with(ActivityKind::Throttled, 4)
                .with(ActivityKind::Refused, 8),
        ]
    }

    /// The height of each rectangle of a class, in tenths.
    fn heights(page: &str, class: &str) -> Vec<u64> {
        let begin = format!(r#"<rect class="{class}""#);
        let of = |rect: &str| {
            let (_, rest) = rect.split_once(r#" height=""#).expect("a height");
            rest.split('"').next().expect("its end").replace('.', "").parse().expect("a number")
        };
        page.split(&begin).skip(1).map(of).collect()
    }

    #[test]
    fn bars_are_as_high_as_there_were_events() {
        let page = chart(&hours()).into_string();
        // The scale ends at 100, and the picture has 90 units for it.
        assert_eq!(heights(&page, "accepted"), [630]);
        assert_eq!(heights(&page, "refused"), [180, 72]);
        assert_eq!(heights(&page, "other"), [63]);
        assert!(page.contains(r#"text-anchor="end">100</text>"#), "{page}");
    }

    #[test]
    fn the_numbers_are_said_to_whoever_does_not_see_the_picture() {
        let page = chart(&hours()).into_string();
        for text in [
            r#"<svg class="chart" role="img" aria-labelledby="chart-title chart-desc""#,
            r#"<title id="chart-title">Events in each of the last 3 hours</title>"#,
            r#"<desc id="chart-desc">28 refused, 7 other and 70 accepted;"#,
            "<title>06:00: 20 refused, 0 other, 70 accepted</title>",
            "<title>07:00: 8 refused, 7 other, 0 accepted</title>",
        ] {
            assert!(page.contains(text), "{text}: {page}");
        }
        let rows: Vec<Vec<u64>> = page
            .split("<tr>")
            .skip(2)
            .map(|row| {
                let cells = row.split(r#"<td data-label=""#).skip(1);
                cells
                    .map(|cell| cell.split(['>', '<']).nth(1).expect("a cell").parse().expect("a number"))
                    .collect()
            })
            .collect();
        assert_eq!(rows, [vec![0, 8, 2, 4, 1], vec![70, 20, 0, 0, 0], vec![0; 5]]);
        assert!(!page.contains("style"), "the policy forbids it: {page}");
    }

    #[test]
    fn a_single_refusal_among_many_events_can_be_seen() {
        let hour = hours()[0].with(ActivityKind::Refused, 1).with(ActivityKind::Accepted, 999_999);
        let page = chart(&[hour]).into_string();
        assert_eq!((heights(&page, "refused"), heights(&page, "accepted")), (vec![LEAST], vec![HIGHEST - 1]));
    }

    #[test]
    fn a_scale_ends_at_a_round_number_and_no_count_is_too_much() {
        for (most, end) in [(0, 1), (1, 1), (2, 2), (3, 5), (6, 10), (11, 20), (100, 100), (101, 200)] {
            assert_eq!(scale(most), end);
        }
        assert_eq!(scale(u64::MAX), u64::MAX);
        let most = hours()[0].with(ActivityKind::Accepted, u64::MAX).with(ActivityKind::Refused, u64::MAX);
        assert_eq!(heights(&chart(&[most]).into_string(), "accepted"), [HIGHEST]);
        assert!(heights(&chart(&[]).into_string(), "accepted").is_empty());
    }
}
