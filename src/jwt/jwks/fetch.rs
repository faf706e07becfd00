//! One fetch: perhaps the metadata of the issuer, then its keys.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Request, Response, StatusCode};
use tokio::time::Instant;

use super::JwksFetchError;
use super::address::Address;
use super::caching;
use super::discovery::Issuer;
use super::events::Events;
use crate::client::{HttpClient, HttpClientError, ResponseLimits};
use crate::jwt::{JwkRules, JwtKeySet, JwtKeySetError};

/// The longest document that is read.
pub(super) const LONGEST: usize = 256 * 1024;
/// So many redirects are followed for one document.
const REDIRECTS: usize = 3;
/// What has to be known of a tag to send it back; a longer one is not kept.
const LONGEST_TAG: usize = 1_024;
/// For so long it is remembered where the keys are.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// Where the keys come from.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    Keys(Address),
    Issuer(Issuer),
}

/// Fetches keys.
#[derive(Debug)]
pub(super) struct Fetcher {
    pub(super) client: Arc<dyn HttpClient>,
    pub(super) origin: Origin,
    pub(super) rules: JwkRules,
    pub(super) time: Duration,
    pub(super) events: Events,
}

/// What a fetch may use of the one before.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// Where the issuer said that its keys are, and when.
    place: Option<(Address, Instant)>,
    tag: Option<Tag>,
    /// The document that the keys were read from.
    pub(super) text: Option<Arc<str>>,
}

/// The tag of a document, and where it was: elsewhere the same tag is that of another one
/// (RFC 9110, section 8.8.3).
#[derive(Clone, Debug)]
struct Tag {
    of: Address,
    value: HeaderValue,
}

impl Known {
    /// The document of a snapshot, if there is one.
    pub(super) fn of(text: Option<Arc<str>>) -> Self {
        Self { text, ..Self::default() }
    }

    /// What may be used after a fetch that failed: where the keys are is asked anew.
    pub(super) fn after_failure(self) -> Self {
        Self { place: None, ..self }
    }
}

/// What came of a fetch.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) known: Known,
    pub(super) max_age: Option<Duration>,
    /// None when the keys are those of before.
    pub(super) keys: Option<JwtKeySet>,
}

impl Fetcher {
    /// Asks once, within the time of a fetch.
    pub(super) async fn fetch(&self, known: Known) -> Result<Fetched, JwksFetchError> {
        let end = Instant::now() + self.time;
        let place = match &self.origin {
            Origin::Keys(address) => (address.clone(), Instant::now()),
            Origin::Issuer(issuer) => match known.place {
                Some((address, at)) if at.elapsed() < REMEMBERED => (address, at),
                _ => {
                    let (_, answer) = self.ask(issuer.address(), "application/json", None, end).await?;
                    let metadata = text(&answer)?.ok_or(JwksFetchError::Metadata)?;
                    (issuer.keys(metadata)?, Instant::now())
                }
            },
        };
        let accept = "application/jwk-set+json, application/json";
        let (of, answer) = self.ask(&place.0, accept, known.tag.as_ref(), end).await?;
        let max_age = caching::max_age(answer.headers());
        if answer.status() == StatusCode::NOT_MODIFIED {
            return Ok(Fetched { known: Known { place: Some(place), ..known }, max_age, keys: None });
        }
        let text = text(&answer)?.ok_or(JwksFetchError::Set(JwtKeySetError::Unreadable))?;
        let tag = caching::unique(answer.headers(), &header::ETAG);
        let tag = tag.filter(|tag| tag.len() <= LONGEST_TAG);
        let tag = tag.map(|value| Tag { of, value: value.clone() });
        let mut known = Known { place: Some(place), tag, ..known };
        if known.text.as_deref() == Some(text) {
            return Ok(Fetched { known, max_age, keys: None });
        }
        let keys = self.read(text).map_err(JwksFetchError::Set)?;
        known.text = Some(text.into());
        Ok(Fetched { known, max_age, keys: Some(keys) })
    }

    /// The keys of a document; those that are refused are told of and dropped.
    pub(super) fn read(&self, text: &str) -> Result<JwtKeySet, JwtKeySetError> {
        JwtKeySet::read(text, &self.rules, |which, error| self.events.dropped(&which, error))
    }

    /// The answer at `address` or where its redirects lead, and where that was. The tag is sent
    /// to where it is from, and only there may the answer be a 304.
    async fn ask(
        &self,
        address: &Address,
        accept: &'static str,
        tag: Option<&Tag>,
        end: Instant,
    ) -> Result<(Address, Response<Bytes>), JwksFetchError> {
        let mut address = address.clone();
        for _ in 0..=REDIRECTS {
            let mut request = Request::new(Bytes::new());
            *request.uri_mut() = address.uri().clone();
            request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static(accept));
            request.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
            let tag = tag.filter(|tag| tag.of == address);
            if let Some(tag) = tag {
                request.headers_mut().insert(header::IF_NONE_MATCH, tag.value.clone());
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(HttpClientError::TimedOut.into());
            }
            let answer = self.client.send(request, ResponseLimits::new(LONGEST, left)).await?;
            match answer.status().as_u16() {
                301 | 302 | 303 | 307 | 308 => {
                    let location = caching::unique(answer.headers(), &header::LOCATION);
                    let target = location.and_then(|value| value.to_str().ok());
                    let target = target.and_then(|target| address.follow(target));
                    address = target.ok_or(JwksFetchError::Redirect)?;
                }
                200 => return Ok((address, answer)),
                304 if tag.is_some() => return Ok((address, answer)),
                status => return Err(JwksFetchError::Status(status)),
            }
        }
        Err(JwksFetchError::Redirect)
    }
}

/// The text of an answer; none where it is no text. Its `Content-Type` is not looked at:
/// issuers say what they like there, and only a strict reading of the document counts.
fn text(answer: &Response<Bytes>) -> Result<Option<&str>, JwksFetchError> {
    let mut codings = answer.headers().get_all(header::CONTENT_ENCODING).iter();
    if !codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(JwksFetchError::Compressed);
    }
    // An application's own client may have read more.
    if answer.body().len() > LONGEST {
        return Err(HttpClientError::TooLong.into());
    }
    Ok(std::str::from_utf8(answer.body()).ok())
}
