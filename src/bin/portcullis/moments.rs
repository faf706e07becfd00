//! Moments and durations as operators write and read them.

use std::time::Duration;

use portcullis::Timestamp;

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
        let seconds = seconds.filter(|seconds| *seconds <= LAST).map(Timestamp::from_unix_seconds);
        seconds.or_else(|| Timestamp::parse_rfc3339(text)).map(Self::At).ok_or_else(|| FORMS.to_owned())
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

/// A moment as RFC 3339 writes it, in UTC; with microseconds where asked for.
pub(crate) fn utc(moment: Timestamp, exact: bool) -> String {
    let text = moment.to_rfc3339();
    match text.split_once('.') {
        Some((seconds, _)) if !exact => format!("{seconds}Z"),
        _ => text,
    }
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
