//! What a request says of its times, as moments.

use super::ExplainedRequest;
use super::hint::Hint;
use crate::Timestamp;
use crate::sigv4::date;

/// The times that a signed request names, by the names that its scheme has for them, and how far
/// each is from the time of the request.
pub(super) fn times(request: &ExplainedRequest, at: Timestamp) -> Vec<Hint> {
    let header = |name: &str| std::str::from_utf8(request.header(name)?).ok();
    let query = request.query.as_deref().unwrap_or_default();
    let parameter = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(held, _)| *held == name).map(|(_, value)| value)
    };
    let input = header("signature-input").unwrap_or_default();
    let of_signature = |name: &str| {
        let mut parameters = input.split(';').filter_map(|parameter| parameter.split_once('='));
        parameters.find(|(held, _)| held.trim_ascii() == name).map(|(_, value)| value)
    };
    let [amz_header, amz_query] =
        [header("x-amz-date"), parameter("X-Amz-Date")].map(|date| date.and_then(basic_date));
    let named = [
        ("x-auth-nbf", header("x-auth-nbf").and_then(seconds)),
        ("x-auth-exp", header("x-auth-exp").and_then(seconds)),
        ("timestamp", parameter("timestamp").and_then(seconds)),
        ("pc-time", parameter("pc-time").and_then(seconds)),
        ("pc-expires", parameter("pc-expires").and_then(seconds)),
        ("x-amz-date", amz_header),
        ("X-Amz-Date", amz_query),
        ("created", of_signature("created").and_then(seconds)),
        ("expires", of_signature("expires").and_then(seconds)),
    ];
    let mut said: Vec<_> =
        named.into_iter().filter_map(|(name, seconds)| Some(apart(name, seconds?, at))).collect();
    if let Some((signed, life)) = amz_query.zip(parameter("X-Amz-Expires").and_then(|life| life.parse().ok()))
    {
        let life: u32 = life;
        said.push(apart("the end by X-Amz-Expires", signed.saturating_add(life.into()), at));
    }
    said
}

/// A time that the request names.
pub(super) const fn apart(name: &'static str, seconds: i64, at: Timestamp) -> Hint {
    Hint::Time { name, moment: Timestamp::from_unix_seconds(seconds), at }
}

/// A moment as RFC 3339 writes it, in UTC and whole seconds.
pub(super) fn utc(moment: Timestamp) -> String {
    let written = date::write(moment).and_then(|text| {
        let part = |from: usize, to: usize| text.get(from..to);
        let (date, time) =
            ([part(0, 4)?, part(4, 6)?, part(6, 8)?], [part(9, 11)?, part(11, 13)?, part(13, 15)?]);
        Some(format!("{}T{}Z", date.join("-"), time.join(":")))
    });
    written.unwrap_or_else(|| format!("{} s since 1970", moment.as_unix_seconds()))
}

/// Seconds since 1970, of which the first ten digits are read.
fn seconds(text: &str) -> Option<i64> {
    text.get(..10).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

/// Seconds of a moment as SigV4 writes it: `20150830T123600Z`.
fn basic_date(text: &str) -> Option<i64> {
    date::read(text).map(Timestamp::as_unix_seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(target: &str, headers: &str) -> Vec<String> {
        let text = format!("GET {target} HTTP/1.1\n{headers}\n\n");
        let request = ExplainedRequest::parse(text).expect("a dump");
        let times = times(&request, Timestamp::from_unix_seconds(1_440_938_200));
        times.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_scheme_has_its_names_for_times() {
        let created = "created is 2015-08-30T12:36:00Z: 40 s before the time of the request";
        for (target, headers, said) in [
            ("/", "X-Amz-Date: 20150830T123600Z", vec![created.replace("created", "x-amz-date")]),
            (
                "/?X-Amz-Date=20150830T123600Z&X-Amz-Expires=60",
                "a: b",
                vec![
                    created.replace("created", "X-Amz-Date"),
                    "the end by X-Amz-Expires is 2015-08-30T12:37:00Z: 20 s after the time of the request"
                        .to_owned(),
                ],
            ),
            (
                "/",
                "Signature-Input: s=(\"@method\");created=1440938160;keyid=\"k\"",
                vec![created.to_owned()],
            ),
            ("/?pc-time=1440938160", "a: b", vec![created.replace("created", "pc-time")]),
            ("/?timestamp=1440938160.5", "a: b", vec![created.replace("created", "timestamp")]),
            ("/", "x-auth-nbf: 1440938160", vec![created.replace("created", "x-auth-nbf")]),
        ] {
            assert_eq!(of(target, headers), said, "{target} {headers}");
        }
    }

    #[test]
    fn what_is_no_time_is_passed_over() {
        for (target, headers) in [
            ("/?X-Amz-Date=20150830123600Z&timestamp=x&pc-time=144093816", "X-Amz-Date: 20150830T1236é0"),
            ("/?X-Amz-Date=20151330T123600Z&X-Amz-Expires=60", "X-Amz-Date: 2015-830T123600Z"),
            ("/?X-Amz-Date=&X-Amz-Expires=-1", "Signature-Input: s=(\"@method\");created;expires=\"soon\""),
        ] {
            assert!(of(target, headers).is_empty(), "{target} {headers}");
        }
    }
}
