//! The `Date` of an answer.

use http::HeaderMap;
use http::header::DATE;

use crate::Timestamp;

/// The only `Date` of an answer, in the form that must be sent today (RFC 9110, section 5.6.7).
pub(super) fn only_date(headers: &HeaderMap) -> Option<Timestamp> {
    let mut values = headers.get_all(DATE).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => parse(value.as_bytes()),
        _ => None,
    }
}

const DAYS: [&[u8]; 7] = [b"Thu", b"Fri", b"Sat", b"Sun", b"Mon", b"Tue", b"Wed"];
const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// Reads `Sun, 06 Nov 1994 08:49:37 GMT`.
fn parse(text: &[u8]) -> Option<Timestamp> {
    const FORM: &[u8; 29] = b"Www, 00 Mmm 0000 00:00:00 GMT";
    let fits = |(byte, form): (&u8, &u8)| match form {
        b'0' => byte.is_ascii_digit(),
        b'W' | b'w' | b'M' | b'm' => byte.is_ascii_alphabetic(),
        _ => byte == form,
    };
    // The M of GMT is a letter in either sense.
    if text.len() != FORM.len() || !text.ends_with(b" GMT") || !text.iter().zip(FORM).all(fits) {
        return None;
    }
    let digits = text.iter().map(|byte| i64::from(byte.wrapping_sub(b'0')));
    let digits: Vec<i64> = digits.collect();
    let number = |from: usize, to: usize| {
        digits.get(from..to).map(|digits| digits.iter().fold(0, |number, digit| number * 10 + digit))
    };
    let name = |from: usize, names: &[&[u8]]| {
        let written = text.get(from..from + 3)?;
        i64::try_from(names.iter().position(|name| *name == written)?).ok()
    };
    let (year, month, day) = (number(12, 16)?, name(8, &MONTHS)?, number(5, 7)?);
    let (hour, minute, second) = (number(17, 19)?, number(20, 22)?, number(23, 25)?);
    let length = match month {
        3 | 5 | 8 | 10 => 30,
        1 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        1 => 28,
        _ => 31,
    };
    let in_range = year >= 1970 && (1..=length).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    if !in_range {
        return None;
    }
    // With March as the first month, the day that comes and goes is the last of its year.
    let (years, months) = if month < 2 { (year - 1, month + 10) } else { (year, month - 2) };
    let days =
        years * 365 + years / 4 - years / 100 + years / 400 + (months * 153 + 2) / 5 + day - 1 - 719_468;
    if name(0, &DAYS)? != days.rem_euclid(7) {
        return None;
    }
    Some(Timestamp::from_unix_seconds(((days * 24 + hour) * 60 + minute) * 60 + second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_in_one_form() {
        for (text, seconds) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799),
            ("Wed, 01 Mar 2000 00:00:00 GMT", 951_868_800),
            ("Tue, 14 Nov 2023 22:13:20 GMT", 1_700_000_000),
            ("Thu, 31 Dec 2099 23:59:59 GMT", 4_102_444_799),
        ] {
            assert_eq!(parse(text.as_bytes()), Some(Timestamp::from_unix_seconds(seconds)), "{text}");
        }
        for bad in [
            "",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Mon, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sun, 31 Nov 1994 08:49:37 GMT",
            "Thu, 29 Feb 2100 08:49:37 GMT",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT ",
            "Sun, 06 Nov 0094 08:49:37 GMT",
            "Sun, +6 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn two_dates_are_none() {
        let mut headers = HeaderMap::new();
        let date = http::HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(only_date(&headers), None);
        headers.append(DATE, date.clone());
        assert!(only_date(&headers).is_some());
        headers.append(DATE, date);
        assert_eq!(only_date(&headers), None);
    }
}
