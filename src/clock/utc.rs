//! Moments as text.

use std::fmt;

use super::Timestamp;

pub(super) const DAY: i64 = 24 * 60 * 60;
const DAYS_OF_400_YEARS: i64 = 400 * 365 + 97;
/// The days from 1 January 0000 to 1 January 1970, in the Gregorian calendar.
const EPOCH: i64 = 719_528;

/// A moment in UTC as RFC 3339 writes it, with microseconds. A year that has not four
/// digits has a sign and six, as in ISO 8601: a clock that far off is to be seen.
#[derive(Clone, Copy)]
pub(crate) struct Utc(pub(crate) Timestamp);

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_unix_seconds();
        let (year, month, day) = date(seconds.div_euclid(DAY));
        if (0..=9999).contains(&year) {
            write!(f, "{year:04}")?;
        } else {
            write!(f, "{year:+07}")?;
        }
        let second = seconds.rem_euclid(DAY);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let micros = self.0.as_unix_micros().rem_euclid(1_000_000);
        write!(f, "-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
    }
}

/// Year, month and day of a day that is counted from the epoch.
fn date(day: i64) -> (i64, u8, i64) {
    let day = day + EPOCH;
    // The calendar repeats after 400 years. Within them, the year by its mean length is
    // the right one or next to it.
    let cycle = day.div_euclid(DAYS_OF_400_YEARS);
    let day = day.rem_euclid(DAYS_OF_400_YEARS);
    let mut year = day * 400 / DAYS_OF_400_YEARS + 1;
    while days_before(year) > day {
        year -= 1;
    }
    let mut rest = day - days_before(year);
    for (month, length) in (1..).zip(months(year)) {
        if rest < length {
            return (cycle * 400 + year, month, rest + 1);
        }
        rest -= length;
    }
    unreachable!("a year has no more days than its months")
}

/// The day of a date, counted from the epoch, where there is such a date.
pub(super) fn day_of_date(year: i64, month: i64, day: i64) -> Option<i64> {
    let (cycle, year) = (year.div_euclid(400), year.rem_euclid(400));
    let months = months(year);
    let (before, rest) = months.split_at_checked(usize::try_from(month.checked_sub(1)?).ok()?)?;
    let fits = rest.first().is_some_and(|length| (1..=*length).contains(&day));
    let days = cycle * DAYS_OF_400_YEARS + days_before(year) + before.iter().sum::<i64>();
    fits.then(|| days + day - 1 - EPOCH)
}

/// The days from the beginning of a cycle to that of one of its years.
const fn days_before(year: i64) -> i64 {
    // Each fourth year is long, but not the hundredth, yet the first.
    year * 365 + (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400
}

const fn months(year: i64) -> [i64; 12] {
    let february = 28 + days_before(year + 1) - days_before(year) - 365;
    [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(seconds: i64) -> String {
        Utc(Timestamp::from_unix_seconds(seconds)).to_string()
    }

    #[test]
    fn known_moments_are_written_as_everybody_writes_them() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (951_782_399, "2000-02-28T23:59:59.000000Z"),
            (951_782_400, "2000-02-29T00:00:00.000000Z"),
            (951_868_800, "2000-03-01T00:00:00.000000Z"),
            (1_700_000_000, "2023-11-14T22:13:20.000000Z"),
            (1_709_164_800, "2024-02-29T00:00:00.000000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000000Z"),
            (-1, "1969-12-31T23:59:59.000000Z"),
            (-2_203_891_200, "1900-03-01T00:00:00.000000Z"),
            (-62_167_219_200, "0000-01-01T00:00:00.000000Z"),
            (253_402_300_799, "9999-12-31T23:59:59.000000Z"),
            (253_402_300_800, "+010000-01-01T00:00:00.000000Z"),
        ] {
            assert_eq!(text(seconds), expected);
        }
        assert_eq!(Utc(Timestamp::from_unix_micros(-1)).to_string(), "1969-12-31T23:59:59.999999Z");
        let extremes = [i64::MIN, i64::MAX].map(|end| Utc(Timestamp::from_unix_micros(end)).to_string());
        assert_eq!(extremes, ["-290308-12-21T19:59:05.224192Z", "+294247-01-10T04:00:54.775807Z"]);
    }

    #[test]
    fn each_day_of_a_cycle_follows_the_one_before() {
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for number in 0..=DAYS_OF_400_YEARS {
            assert_eq!(date(number), (year, month, day));
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let last = match month {
                2 => 28 + i64::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            (year, month, day) = match (month, day == last) {
                (_, false) => (year, month, day + 1),
                (12, true) => (year + 1, 1, 1),
                (_, true) => (year, month + 1, 1),
            };
        }
        assert_eq!((year, month, day), (2370, 1, 2));
    }
}
