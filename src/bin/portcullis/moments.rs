//! Moments and durations as operators write and read them.

use std::time::Duration;

use portcullis::Timestamp;

const DAY: i64 = 86_400;
/// The last second of the year 9999, as far as RFC 3339 goes.
const LAST: i64 = 253_402_300_799;
const FORMS: &str =
    "a moment is 2030-01-31, 2030-01-31T12:00:00Z, seconds since 1970, or a time from now such as 90d";

/// A moment that an operator wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    At(Timestamp),
    /// So long from now.
    In(Duration),
}

impl Moment {
    pub(crate) fn from(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(moment) => moment,
            Self::In(duration) => now.saturating_add(duration).min(Timestamp::from_unix_seconds(LAST)),
        }
    }

    /// Reads one, for clap.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if let Ok(duration) = duration(text) {
            let fits = duration.as_secs() <= LAST.unsigned_abs();
            return if fits { Ok(Self::In(duration)) } else { Err("that is after the year 9999".to_owned()) };
        }
        let seconds = text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        let seconds = seconds.filter(|seconds| *seconds <= LAST).or_else(|| rfc3339(text));
        seconds.map(|seconds| Self::At(Timestamp::from_unix_seconds(seconds))).ok_or_else(|| FORMS.to_owned())
    }
}

/// Reads `90d`, `12h`, `30m`, `10s` or `2w`, for clap.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "a duration is a whole number and a unit: s, m, h, d or w".to_owned();
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let seconds: u64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return Err(wrong()),
    };
    let number = text.strip_suffix(unit).unwrap_or_default();
    if number.is_empty() || number.len() > 10 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let number: u64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(wrong)
}

/// Seconds of a date, or of a moment with an offset (RFC 3339, section 5.6).
fn rfc3339(text: &str) -> Option<i64> {
    let (date, time) =
        text.split_once(['T', 't', ' ']).map_or((text, None), |(date, time)| (date, Some(time)));
    let day = day(date)? * DAY;
    let Some(time) = time else { return Some(day) };
    let (clock, offset) = match time.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, 0),
        None => {
            let (at, sign) = time.rfind('+').map(|at| (at, 1)).or(time.rfind('-').map(|at| (at, -1)))?;
            let [hours, minutes] = numbers(time.get(at + 1..)?, ':', [2, 2])?;
            if hours > 23 || minutes > 59 {
                return None;
            }
            (time.get(..at)?, sign * (hours * 3600 + minutes * 60))
        }
    };
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    let fits = hour < 24 && minute < 60 && second < 60;
    fits.then(|| day + hour * 3600 + minute * 60 + second - offset)
}

fn day(date: &str) -> Option<i64> {
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let fits = (1..=12).contains(&month) && day >= 1 && day <= length(year, month);
    fits.then(|| days(year, month) + day - 1)
}

/// Digits in groups of these lengths, and nothing else.
fn numbers<const N: usize>(text: &str, separator: char, lengths: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(separator);
    let mut found = [0; N];
    for (slot, length) in found.iter_mut().zip(lengths) {
        let part = parts.next().filter(|part| part.len() == length)?;
        *slot = part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())??;
    }
    parts.next().is_none().then_some(found)
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn length(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days from 1970 to the first of a month, before or after.
fn days(year: i64, month: i64) -> i64 {
    let leaps = |year: i64| year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let years = (year - 1970) * 365 + leaps(year - 1) - leaps(1969);
    years + (1..month).map(|month| length(year, month)).sum::<i64>()
}

/// A moment as RFC 3339 writes it, in UTC; with microseconds where asked for.
pub(crate) fn utc(moment: Timestamp, exact: bool) -> String {
    let seconds = moment.as_unix_seconds();
    let (day, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    // By the mean length of a year, it is this one or next to it.
    let mut year = 1970 + day.saturating_mul(400).div_euclid(146_097);
    while days(year, 1) > day {
        year -= 1;
    }
    while days(year + 1, 1) <= day {
        year += 1;
    }
    let month = (2..=12).take_while(|month| days(year, *month) <= day).count() + 1;
    let month = i64::try_from(month).unwrap_or(1);
    let day = day - days(year, month) + 1;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let micros = moment.as_unix_micros().rem_euclid(1_000_000);
    let fraction = if exact && micros != 0 { format!(".{micros:06}") } else { String::new() };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_it_is_read() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_799, "2000-02-29T23:59:59Z"),
            (1_700_000_000, "2023-11-14T22:13:20Z"),
            (1_798_761_600, "2027-01-01T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] {
            let moment = Timestamp::from_unix_seconds(seconds);
            assert_eq!(utc(moment, true), text);
            assert_eq!(Moment::parse(text), Ok(Moment::At(moment)));
        }
        assert_eq!(utc(Timestamp::from_unix_micros(1_500_000), true), "1970-01-01T00:00:01.500000Z");
        assert_eq!(utc(Timestamp::from_unix_micros(1_500_000), false), "1970-01-01T00:00:01Z");
    }

    #[test]
    fn each_day_follows_the_one_before() {
        // 400 years from 1900 on, after which the calendar repeats.
        let mut before = utc(Timestamp::from_unix_seconds(-25_568 * DAY), false);
        for day in -25_567..-25_567 + 146_097 {
            let text = utc(Timestamp::from_unix_seconds(day * DAY), false);
            assert!(before < text && rfc3339(&text) == Some(day * DAY), "{before} {text}");
            before = text;
        }
    }

    #[test]
    fn moments_have_four_forms() {
        let at = |seconds| Ok(Moment::At(Timestamp::from_unix_seconds(seconds)));
        assert_eq!(Moment::parse("1700000000"), at(1_700_000_000));
        assert_eq!(Moment::parse("2023-11-14"), at(1_699_920_000));
        assert_eq!(Moment::parse("2023-11-15T00:13:20+02:00"), at(1_700_000_000));
        assert_eq!(Moment::parse("2023-11-14T20:13:20-02:00"), at(1_700_000_000));
        assert_eq!(Moment::parse("2d"), Ok(Moment::In(Duration::from_secs(2 * 86_400))));
        for bad in [
            "",
            "d",
            "-1d",
            "1.5d",
            "2023-02-29",
            "2023-13-01",
            "2023-1-1",
            "2023-11-14T24:00:00Z",
            "now",
            "2023-11-14T22:13:20",
            "2023-11-14T22:13:20+2:00",
            "-5",
            "+5",
            "99999999999d",
            "9999999999w",
            "253402300800",
        ] {
            assert!(Moment::parse(bad).is_err(), "{bad}");
        }
        let last =
            Moment::parse("2930000d").expect("a moment").from(Timestamp::from_unix_seconds(1_700_000_000));
        assert_eq!(utc(last, true), "9999-12-31T23:59:59Z");
    }
}
