//! Moments as text (RFC 3339, section 5.6).

use super::Timestamp;
use super::utc::{DAY, Utc, day_of_date};

impl Timestamp {
    /// Reads a date, which is its first moment in UTC, or a date with a time to the second and
    /// an offset, from the years 0 to 9999: `2030-01-31`, `2030-01-31T12:00:00Z`,
    /// `2030-01-31T12:00:00+02:00` (RFC 3339, section 5.6). A leap second and fractions of one
    /// are not read.
    ///
    /// ```
    /// use portcullis::Timestamp;
    /// assert_eq!(Timestamp::parse_rfc3339("1970-01-02"), Some(Timestamp::from_unix_seconds(86_400)));
    /// assert_eq!(Timestamp::parse_rfc3339("1970-01-01T01:00:07+01:00"), Some(Timestamp::from_unix_seconds(7)));
    /// assert_eq!(Timestamp::parse_rfc3339("yesterday"), None);
    /// ```
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        seconds(text).map(Self::from_unix_seconds)
    }

    /// Writes it in UTC, with six digits of a second where it has a fraction:
    /// `2030-01-31T12:00:00Z`. A year that has not four digits has a sign and six, as in ISO 8601.
    ///
    /// ```
    /// use portcullis::Timestamp;
    /// assert_eq!(Timestamp::from_unix_seconds(7).to_rfc3339(), "1970-01-01T00:00:07Z");
    /// ```
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        let text = Utc(self).to_string();
        match text.strip_suffix(".000000Z") {
            Some(whole) => format!("{whole}Z"),
            None => text,
        }
    }
}

/// Seconds of a date, or of a moment with an offset.
fn seconds(text: &str) -> Option<i64> {
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
    day_of_date(year, month, day)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_day_is_read_as_it_is_written() {
        // 400 years from 1900 on, after which the calendar repeats.
        let mut before = String::new();
        for day in -25_567..-25_567 + 146_097 {
            let moment = Timestamp::from_unix_seconds(day * DAY);
            let text = moment.to_rfc3339();
            assert!(before < text && Timestamp::parse_rfc3339(&text) == Some(moment), "{before} {text}");
            before = text;
        }
    }

    #[test]
    fn what_is_no_moment_is_not_read() {
        for bad in ["", "2023-02-29", "2023-13-01", "2023-1-1", "2023-11-14T24:00:00Z", "2023-11-14T22:13:20"]
        {
            assert_eq!(Timestamp::parse_rfc3339(bad), None, "{bad}");
        }
    }
}
