//! What of an upstream's answer may be passed on.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, Response, StatusCode};

use super::{OutboundSecrets, UpstreamFailure};
use crate::Timestamp;
use crate::audit::{AuditEvent, AuditSink};
use crate::canonical::number::digits;
use crate::trace::event;

/// Stands between an upstream and the clients of this service: refusals of its own key are
/// logged and do not go on, and neither do headers that nobody named.
///
/// ```
/// use http::Response;
/// use portcullis::Timestamp;
/// use portcullis::outbound::{UpstreamFailure, UpstreamGuard};
///
/// let guard = UpstreamGuard::new("wisphub");
/// let now = Timestamp::from_unix_seconds(0);
/// let answer = Response::builder().header("content-type", "text/plain").header("server", "x").body("one")?;
/// let passed = guard.check(answer, now).expect("an answer for the client");
/// assert_eq!((passed.headers().len(), *passed.body()), (1, "one"));
///
/// let refused = Response::builder().status(401).body("key abc.def is not active")?;
/// assert_eq!(guard.check(refused, now).err(), Some(UpstreamFailure::Refused));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone)]
pub struct UpstreamGuard {
    upstream: Arc<str>,
    headers: Arc<[HeaderName]>,
    secrets: OutboundSecrets,
    sink: Option<Arc<dyn AuditSink>>,
}

impl UpstreamGuard {
    /// A guard for the upstream that logs call `upstream`. It passes `Content-Type` and
    /// `Content-Language` on, looks for no secret, and records no audit events.
    #[must_use]
    pub fn new(upstream: impl Into<Arc<str>>) -> Self {
        Self {
            upstream: upstream.into(),
            headers: Arc::new([CONTENT_TYPE, CONTENT_LANGUAGE]),
            secrets: OutboundSecrets::new(),
            sink: None,
        }
    }

    /// Sets which headers of answers are passed on.
    #[must_use]
    pub fn with_headers(mut self, headers: impl IntoIterator<Item = HeaderName>) -> Self {
        self.headers = headers.into_iter().collect();
        self
    }

    /// Looks for these secrets in the answers: one that holds one as it is, is no answer. See
    /// [`OutboundSecrets::appear_in`] for what is not found.
    #[must_use]
    pub fn with_secrets(mut self, secrets: OutboundSecrets) -> Self {
        self.secrets = secrets;
        self
    }

    /// Records [`AuditEvent::UpstreamRefused`] where the upstream refuses the key of this service.
    #[must_use]
    pub fn with_audit(mut self, sink: impl AuditSink) -> Self {
        self.sink = Some(Arc::new(sink));
        self
    }

    /// What may be passed on of an answer: its status, its body, and the headers that were named.
    ///
    /// A 4xx other than 401, 403, 407 and 429 is an answer: it is about what the client asked.
    /// One that is compressed, where `Content-Encoding` is not passed on, is a failure: nobody
    /// could read it.
    ///
    /// # Errors
    /// Why none of it may be. It was logged, without the body and without any header.
    pub fn check<B: AsRef<[u8]>>(
        &self,
        mut answer: Response<B>,
        now: Timestamp,
    ) -> Result<Response<B>, UpstreamFailure> {
        let status = answer.status();
        let unreadable =
            answer.headers().contains_key(CONTENT_ENCODING) && !self.headers.contains(&CONTENT_ENCODING);
        let failure = failure_of(status, answer.headers());
        if let Some(failure) = failure.or_else(|| unreadable.then_some(UpstreamFailure::Failed)) {
            self.log(failure, status, now);
            return Err(failure);
        }
        let passed = self.passed(answer.headers());
        let leaks = |bytes: &[u8]| self.secrets.appear_in(bytes);
        if leaks(answer.body().as_ref()) || passed.values().any(|value| leaks(value.as_bytes())) {
            event!(error, upstream = %self.upstream, "the upstream sent a secret of this service back");
            return Err(UpstreamFailure::Leaking);
        }
        *answer.headers_mut() = passed;
        answer.extensions_mut().clear();
        Ok(answer)
    }

    /// The failure where there is no answer at all, for the reason `error`, which goes to the log
    /// alone.
    #[must_use]
    pub fn unreachable(&self, error: &(dyn Error + 'static)) -> UpstreamFailure {
        event!(warn, upstream = %self.upstream, error = %Causes(error), "the upstream cannot be reached");
        let _ = Causes(error);
        UpstreamFailure::Unreachable
    }

    fn passed(&self, headers: &HeaderMap) -> HeaderMap {
        let mut passed = HeaderMap::new();
        for name in &*self.headers {
            for value in headers.get_all(name) {
                passed.append(name, value.clone());
            }
        }
        passed
    }

    fn log(&self, failure: UpstreamFailure, status: StatusCode, now: Timestamp) {
        let (upstream, status) = (&*self.upstream, status.as_u16());
        if failure == UpstreamFailure::Refused {
            event!(error, upstream, status, "the upstream refused the key of this service");
            if let Some(sink) = &self.sink {
                sink.record(&AuditEvent::UpstreamRefused { at: now, upstream: upstream.into(), status });
            }
        } else {
            event!(warn, upstream, status, "the upstream failed");
        }
        let _ = (upstream, status, now);
    }
}

fn failure_of(status: StatusCode, headers: &HeaderMap) -> Option<UpstreamFailure> {
    match status.as_u16() {
        401 | 403 | 407 => Some(UpstreamFailure::Refused),
        429 | 503 => Some(UpstreamFailure::Busy(patience(headers))),
        200..=299 | 400..=499 => None,
        _ => Some(UpstreamFailure::Failed),
    }
}

/// How many seconds an upstream asks for, up to a day; none where it names a date (RFC 9110,
/// section 10.2.3) or says it twice.
fn patience(headers: &HeaderMap) -> Option<Duration> {
    let mut values = headers.get_all(RETRY_AFTER).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let seconds = u64::try_from(digits(value.to_str().ok()?, 5)?).ok()?;
    (seconds <= 86_400).then(|| Duration::from_secs(seconds))
}

/// An error with everything behind it.
struct Causes<'a>(&'a (dyn Error + 'static));

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for UpstreamGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (upstream, headers) = (&self.upstream, &self.headers);
        f.debug_struct("UpstreamGuard")
            .field("upstream", upstream)
            .field("headers", headers)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::AuditTrail;
    use crate::outbound::OutboundSecret;

    const NOW: Timestamp = Timestamp::from_unix_seconds(7);

    fn answer(status: u16) -> Response<&'static str> {
        let answer = Response::builder().status(status).header(CONTENT_TYPE, "text/plain");
        let answer = answer.header("www-authenticate", "Api-Key realm=\"x\"").header("set-cookie", "a=b");
        answer.body("abcdefgh").expect("an answer")
    }

    #[test]
    fn every_status_is_passed_on_or_a_failure() {
        let guard = UpstreamGuard::new("them");
        for (status, failure) in [
            (200, None),
            (204, None),
            (400, None),
            (404, None),
            (409, None),
            (422, None),
            (401, Some(UpstreamFailure::Refused)),
            (403, Some(UpstreamFailure::Refused)),
            (407, Some(UpstreamFailure::Refused)),
            (429, Some(UpstreamFailure::Busy(None))),
            (503, Some(UpstreamFailure::Busy(None))),
            (500, Some(UpstreamFailure::Failed)),
            (302, Some(UpstreamFailure::Failed)),
            (101, Some(UpstreamFailure::Failed)),
        ] {
            assert_eq!(guard.check(answer(status), NOW).err(), failure, "{status}");
        }
    }

    #[test]
    fn headers_that_nobody_named_do_not_go_on() {
        let passed = UpstreamGuard::new("them").check(answer(200), NOW).expect("an answer");
        assert_eq!(
            (passed.headers().len(), &passed.headers()[CONTENT_TYPE]),
            (1, &"text/plain".parse().expect("a value"))
        );
        let named = UpstreamGuard::new("them").with_headers([http::header::SET_COOKIE]);
        let passed = named.check(answer(200), NOW).expect("an answer");
        assert_eq!(passed.headers().keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["set-cookie"]);
    }

    #[test]
    fn a_compressed_answer_is_passed_on_with_its_encoding_or_not_at_all() {
        let packed = || Response::builder().header(CONTENT_ENCODING, "gzip").body("..").expect("an answer");
        let guard = UpstreamGuard::new("them");
        assert_eq!(guard.check(packed(), NOW).err(), Some(UpstreamFailure::Failed));
        assert!(guard.with_headers([CONTENT_ENCODING]).check(packed(), NOW).is_ok());
    }

    #[test]
    fn a_refusal_is_an_event_without_anything_that_the_upstream_said() {
        let trail = AuditTrail::new();
        let guard = UpstreamGuard::new("them").with_audit(trail.clone());
        assert!(guard.check(answer(403), NOW).is_err() && guard.check(answer(200), NOW).is_ok());
        let refused = AuditEvent::UpstreamRefused { at: NOW, upstream: "them".into(), status: 403 };
        assert_eq!(trail.events(), [refused]);
    }

    #[test]
    fn an_answer_with_a_secret_is_no_answer() {
        let secrets = OutboundSecrets::new();
        let guard = UpstreamGuard::new("them").with_secrets(secrets.clone());
        assert!(guard.check(answer(200), NOW).is_ok());
        secrets.put(OutboundSecret::new("k".parse().expect("a name"), "abcdefgh".into()).expect("a secret"));
        assert_eq!(guard.check(answer(200), NOW).err(), Some(UpstreamFailure::Leaking));
        let header = Response::builder().header(CONTENT_TYPE, "x/abcdefgh").body("").expect("an answer");
        assert_eq!(guard.check(header, NOW).err(), Some(UpstreamFailure::Leaking));
    }

    #[test]
    fn patience_is_a_number_of_seconds_that_is_said_once() {
        let of = |values: &[&str]| {
            let answer =
                values.iter().fold(Response::builder().status(429), |a, v| a.header(RETRY_AFTER, *v));
            UpstreamGuard::new("them").check(answer.body("").expect("an answer"), NOW).err()
        };
        assert_eq!(of(&["30"]), Some(UpstreamFailure::Busy(Some(Duration::from_secs(30)))));
        for odd in [&[][..], &["30", "30"], &["-1"], &["99999"], &["Fri, 31 Dec 1999 23:59:59 GMT"]] {
            assert_eq!(of(odd), Some(UpstreamFailure::Busy(None)), "{odd:?}");
        }
    }
}
