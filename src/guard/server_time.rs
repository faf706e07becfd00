//! The time by the server's clock.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response};

use super::caching::NO_STORE;
use crate::Timestamp;

/// The answer that tells a client whose clock is off what to sign with:
/// `{"time": 1700000000.274}`, in Unix seconds, not to be kept by caches. The number is
/// written as the `timestamp` of signed URLs is, and can be taken over to the letter.
///
/// It belongs on a public route, outside of the guard. `axum::server_time` and
/// `actix::server_time` are that route.
///
/// ```
/// use portcullis::{Timestamp, guard::server_time};
/// let answer = server_time(Timestamp::from_unix_micros(1_700_000_000_274_000));
/// assert_eq!(answer.body(), r#"{"time": 1700000000.274}"#);
/// ```
#[must_use]
pub fn server_time(now: Timestamp) -> Response<Bytes> {
    // A clock that is before 1970 is off itself.
    let now = now.to_decimal().unwrap_or_else(|| "0.000".to_owned());
    let mut answer = Response::new(Bytes::from(format!(r#"{{"time": {now}}}"#)));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer.headers_mut().insert(CACHE_CONTROL, NO_STORE);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fraction_has_three_digits_always() {
        for (micros, body) in [
            (1_700_000_000_274_999, r#"{"time": 1700000000.274}"#),
            (1_700_000_000_000_000, r#"{"time": 1700000000.000}"#),
            (7_040, r#"{"time": 0.007}"#),
            (-1, r#"{"time": 0.000}"#),
        ] {
            assert_eq!(server_time(Timestamp::from_unix_micros(micros)).body(), body);
        }
    }
}
