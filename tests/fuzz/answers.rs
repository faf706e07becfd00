//! What the client layer reads in an answer: its `Date`, and where it leads.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::header::{DATE, LOCATION};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use portcullis::sign::{RequestSigner, SignError};
use portcullis::tower::sign::SignLayer;
use portcullis::{FrozenClock, Timestamp};
use tower::{Layer, Service, service_fn};

use crate::request::now;

/// Writes down the times at which it signs.
#[derive(Clone, Debug, Default)]
struct Times(Arc<Mutex<Vec<Timestamp>>>);

impl RequestSigner for Times {
    fn sign_request(&self, head: &mut Parts, _: &[u8], now: Timestamp) -> Result<(), SignError> {
        self.0.lock().expect("unharmed").push(now);
        head.headers.insert("x-time", HeaderValue::from(now.as_unix_micros()));
        Ok(())
    }
}

/// Whether a request to `uri` gets its answer, which is of this status and has this header.
fn is_answered(
    layer: &SignLayer,
    uri: &str,
    status: StatusCode,
    (name, value): (HeaderName, HeaderValue),
) -> bool {
    let client = service_fn(move |_: Request<Full<Bytes>>| {
        let mut answer = Response::new(());
        *answer.status_mut() = status;
        answer.headers_mut().insert(name.clone(), value.clone());
        std::future::ready(Ok::<_, Infallible>(answer))
    });
    let request = Request::get(uri).body(Full::default()).expect("a request");
    now(layer.layer(client).call(request)).is_ok()
}

/// The text of a moment (RFC 9110, section 5.6.7), day by day from the first.
fn written(seconds: i64) -> String {
    let (mut days, second) = (seconds / 86_400, seconds % 86_400);
    let weekday =
        ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][usize::try_from(days % 7).expect("a day")];
    let mut year = 1970;
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    while days >= 365 + i64::from(is_leap(year)) {
        days -= 365 + i64::from(is_leap(year));
        year += 1;
    }
    let mut lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    lengths[1] += i64::from(is_leap(year));
    let mut month = 0;
    while days >= lengths[month] {
        days -= lengths[month];
        month += 1;
    }
    let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][month];
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{weekday}, {:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT", days + 1)
}

/// A line with the clock here, in Unix seconds, and a `Date`. Says whether it was believed.
pub fn date(bytes: &[u8]) -> bool {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return false };
    let clock = std::str::from_utf8(&bytes[..end]).ok().and_then(|text| text.parse::<i32>().ok());
    let (Some(clock), Ok(value)) = (clock, HeaderValue::from_bytes(&bytes[end + 1..])) else { return false };
    let here = Timestamp::from_unix_seconds(i64::from(clock));
    let times = Times::default();
    let layer = SignLayer::for_origin("https://api.example", times.clone()).expect("an origin");
    let layer = layer.with_clock(FrozenClock::at(here));
    assert!(is_answered(&layer, "https://api.example/", StatusCode::UNAUTHORIZED, (DATE, value.clone())));
    let times = times.0.lock().expect("unharmed").clone();
    assert_eq!(times.first(), Some(&here));
    let Some(there) = times.get(1) else { return false };
    assert_eq!(times.len(), 2);
    let seconds = there.as_unix_seconds();
    assert!((6..=24 * 60 * 60).contains(&(seconds - i64::from(clock)).abs()), "not that far");
    let text = value.to_str().expect("a text");
    // The second that is put in now and then has the number 60, and is the next one's first.
    let again = if text.ends_with(":60 GMT") {
        written(seconds - 1).replace(":59 GMT", ":60 GMT")
    } else {
        written(seconds)
    };
    assert_eq!(text, again);
    true
}

/// A `Location`, to which another origin redirects. Says whether the answer was handed on.
pub fn redirect(bytes: &[u8]) -> bool {
    const OWN: [&str; 3] = ["https://api.example", "http://127.0.0.1", "https://[::1]:8443"];
    const OTHER: &str = "https://files.example/a/b?c";
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return false };
    let mut layer = SignLayer::for_origin(OWN[0], Times::default()).expect("an origin");
    for own in &OWN[1..] {
        layer = layer.add_origin(own).expect("an origin");
    }
    let layer = layer.pass_others_unsigned();
    if !is_answered(&layer, OTHER, StatusCode::FOUND, (LOCATION, value)) {
        return false;
    }
    // However a reader of URLs reads it: byte for byte, or each byte as a character.
    let as_characters: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let base = reqwest::Url::parse(OTHER).expect("a URL");
    for text in [String::from_utf8_lossy(bytes).as_ref(), as_characters.as_str()] {
        let Ok(target) = base.join(text) else { continue };
        let leads_to = target.origin().ascii_serialization();
        assert!(!OWN.contains(&leads_to.as_str()), "{text} leads to {leads_to}");
    }
    true
}
