//! `X-Amz-Date`: the basic format of ISO 8601, in UTC, to the second.

use crate::Timestamp;

/// Reads `20150830T123600Z`, of a day that exists.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let &[a, b, c, d, e, f, g, h, b'T', i, j, k, l, m, n, b'Z'] = text.as_bytes() else { return None };
    let pairs = [[a, b], [c, d], [e, f], [g, h], [i, j], [k, l], [m, n]];
    if !pairs.as_flattened().iter().all(u8::is_ascii_digit) {
        return None;
    }
    let [century, year, month, day, hour, minute, second] =
        pairs.map(|[tens, ones]| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'));
    let year = century * 100 + year;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    if !(1..=length_of(month, year)?).contains(&day) {
        return None;
    }
    let days = days(year, month, day);
    Some(Timestamp::from_unix_seconds(days * 86_400 + hour * 3_600 + minute * 60 + second))
}

/// Writes a moment; none outside the years 1 to 9999.
pub(crate) fn write(moment: Timestamp) -> Option<String> {
    let seconds = moment.as_unix_seconds();
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    if !(-719_162..=2_932_896).contains(&days) {
        return None;
    }
    let (year, month, day) = date(days);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    Some(format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z"))
}

/// How many days a month has; none where it is no month.
const fn length_of(month: i64, year: i64) -> Option<i64> {
    match month {
        4 | 6 | 9 | 11 => Some(30),
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => Some(29),
        2 => Some(28),
        1..=12 => Some(31),
        _ => None,
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. Years are counted from March, so
/// that the day that leap years have comes last.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let from_march = (month + 9) % 12;
    let of_year = (153 * from_march + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
}

/// The date that is this many days after 1970-01-01.
const fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era;
    (if month > 2 { year } else { year + 1 }, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_one_spelling() {
        for (text, seconds) in [
            ("20150830T123600Z", 1_440_938_160),
            ("19700101T000000Z", 0),
            ("20000229T235959Z", 951_868_799),
            ("00010101T000000Z", -62_135_596_800),
            ("99991231T235959Z", 253_402_300_799),
        ] {
            let moment = Timestamp::from_unix_seconds(seconds);
            assert_eq!(read(text), Some(moment), "{text}");
            assert_eq!(write(moment).as_deref(), Some(text));
        }
        for moment in [i64::MIN, -62_135_596_801, 253_402_300_800, i64::MAX] {
            assert_eq!(write(Timestamp::from_unix_seconds(moment)), None);
        }
    }

    #[test]
    fn every_day_of_four_centuries_is_read_as_it_is_written() {
        for day in 0..146_097 {
            let moment = Timestamp::from_unix_seconds(day * 86_400 - 5_000_000_000);
            assert_eq!(write(moment).as_deref().and_then(read), Some(moment));
        }
    }

    #[test]
    fn what_is_no_moment_is_not_read() {
        for bad in [
            "",
            "20150830T123600",
            "20150830T123600z",
            "20150830t123600Z",
            "20150830 123600Z",
            "20150230T000000Z",
            "20150230T123600Z",
            "20151301T123600Z",
            "20150001T123600Z",
            "20150100T123600Z",
            "20150830T243600Z",
            "20150830T126000Z",
            "20150830T123660Z",
            "+2150830T123600Z",
            "2015083 T123600Z",
            "٢0150830T12360Z",
            "19000229T000000Z",
            "20150830T123600.5Z",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
