//! Signing requests.

use std::fmt;
use std::time::Duration;

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};

use super::canonical::{Canonical, HeaderLines, PathForm, string_to_sign};
use super::payload::UNSIGNED;
use super::policy::{Policy, Rules};
use super::query::QueryForm;
use super::scope::Credential;
use super::{ALGORITHM, DATE, EMPTY, PAYLOAD, TOKEN, date, derive, hex, scope, target};
use crate::canonical::percent;
use crate::crypto::digest::sha256;
use crate::sign::{RequestSigner, SignError};
use crate::store::LiveSecret;
use crate::{KeyId, Secret, Timestamp};

/// Signs requests the way [`SigV4Authenticator`](super::SigV4Authenticator) verifies them: both
/// build the canonical request with the same functions.
///
/// Signed are `Host`, `Content-Type`, `Content-Encoding`, `Content-MD5`, every `x-amz-*` header,
/// and what [`with_signed_headers`](Self::with_signed_headers) names. The digest of the body goes
/// into `x-amz-content-sha256`, so that the other side can check the body while it streams.
///
/// ```
/// use portcullis::sign::RequestSigner;
/// use portcullis::sigv4::SigV4Signer;
/// use portcullis::{Secret, Timestamp};
/// use std::time::Duration;
///
/// let secret = Secret::from("40 letters and digits of your own making");
/// let signer = SigV4Signer::new("AKIDEXAMPLE", &secret, "eu-north-1", "orders");
/// let now = Timestamp::from_unix_seconds(1_440_938_160);
///
/// let (mut head, body) = http::Request::post("https://api.example/orders").body("{}")?.into_parts();
/// signer.sign_request(&mut head, body.as_bytes(), now)?;
/// assert_eq!(head.headers["x-amz-date"], "20150830T123600Z");
///
/// let url = signer.presign("https://api.example/orders?page=2", Duration::from_secs(60), now)?;
/// assert!(url.starts_with("https://api.example/orders?page=2&X-Amz-Algorithm=AWS4-HMAC-SHA256&"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SigV4Signer {
    id: KeyId,
    secret: LiveSecret,
    token: Option<Secret>,
    region: String,
    service: String,
    rules: Rules,
    body: BodyLine,
    signed_headers: Vec<HeaderName>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BodyLine {
    Digest,
    Unsigned,
}

/// The headers that are there, those that signing adds, and the host.
struct OwnLines<'a> {
    headers: &'a HeaderMap,
    added: &'a [(HeaderName, HeaderValue)],
    host: &'a str,
}

impl HeaderLines for OwnLines<'_> {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let host = (name == "host").then_some(self.host.as_bytes());
        let held = host.is_none().then(|| self.headers.get_all(name).iter()).into_iter().flatten();
        let added = self.added.iter().filter(move |(held, _)| *held == name).map(|(_, value)| value);
        host.into_iter().chain(held.chain(added).map(HeaderValue::as_bytes))
    }
}

impl SigV4Signer {
    /// Signs as the key `id` with `secret`, a [`Secret`] or that of an issued key, for a region
    /// and a service.
    #[must_use]
    pub fn new(
        id: impl Into<KeyId>,
        secret: &impl AsRef<Secret>,
        region: impl Into<String>,
        service: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            secret: LiveSecret::new(secret.as_ref().clone(), None),
            token: None,
            region: region.into(),
            service: service.into(),
            rules: Rules::General,
            body: BodyLine::Digest,
            signed_headers: Vec::new(),
        }
    }

    /// Follows the rules of S3: the path is not normalised and encoded once, and a presigned
    /// URL leaves the body unsigned.
    #[must_use]
    pub const fn for_s3(mut self) -> Self {
        self.rules = Rules::S3;
        self
    }

    /// Sends this session token with each request, which is signed too.
    #[must_use]
    pub fn with_session_token(mut self, token: &impl AsRef<Secret>) -> Self {
        self.token = Some(token.as_ref().clone());
        self
    }

    /// Leaves bodies unsigned: `UNSIGNED-PAYLOAD`.
    #[must_use]
    pub const fn with_unsigned_payload(mut self) -> Self {
        self.body = BodyLine::Unsigned;
        self
    }

    /// Signs these headers too, where a request has them.
    #[must_use]
    pub fn with_signed_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.signed_headers.extend(names);
        self
    }

    /// A URL that makes a GET request, good for `expires` from `now` on.
    ///
    /// # Errors
    /// As for [`presign_for`](Self::presign_for).
    pub fn presign(&self, url: &str, expires: Duration, now: Timestamp) -> Result<String, SignError> {
        self.presign_for("GET", url, expires, now)
    }

    /// A URL that makes a request of this method, good for `expires`, in whole seconds, from
    /// `now` on. The request has no body, unless its body is unsigned: by the rules of S3, or by
    /// [`with_unsigned_payload`](Self::with_unsigned_payload).
    ///
    /// # Errors
    /// When the URL has no host, has a fragment, cannot be signed unambiguously or is signed
    /// already, and when `expires` is not between one second and seven days.
    pub fn presign_for(
        &self,
        method: &str,
        url: &str,
        expires: Duration,
        now: Timestamp,
    ) -> Result<String, SignError> {
        let uri: Uri = url.parse().map_err(|_| SignError::InvalidTarget)?;
        target::check(&uri)?;
        let host = target::host(&uri, &HeaderMap::new())?;
        if url.contains('#') {
            return Err(SignError::InvalidTarget);
        }
        if expires < Duration::from_secs(1) || expires > Policy::LONGEST_EXPIRY {
            return Err(SignError::InvalidTime);
        }
        let (date, whole) = self.credential(now)?;
        let credential = Credential::read(&whole).map_err(|_| SignError::InvalidHeader)?;
        let mut parameters = vec![
            ("X-Amz-Algorithm", ALGORITHM.to_owned()),
            ("X-Amz-Credential", whole.clone()),
            ("X-Amz-Date", date.clone()),
            ("X-Amz-Expires", expires.as_secs().to_string()),
            ("X-Amz-SignedHeaders", "host".to_owned()),
        ];
        if let Some(token) = &self.token {
            let token = token.expose_text().ok_or(SignError::InvalidHeader)?;
            parameters.push(("X-Amz-Security-Token", token.to_owned()));
        }
        let empty = hex::write_text(&EMPTY);
        let payload = match (self.rules, self.body) {
            (Rules::General, BodyLine::Digest) => empty.as_str(),
            (Rules::S3, _) => UNSIGNED,
            (Rules::General, BodyLine::Unsigned) => {
                parameters.push(("X-Amz-Content-Sha256", UNSIGNED.to_owned()));
                UNSIGNED
            }
        };
        let query = with_parameters(uri.query().unwrap_or_default(), &parameters);
        let lines = OwnLines { headers: &HeaderMap::new(), added: &[], host: &host };
        let canonical = Canonical {
            method,
            path: uri.path(),
            query: &query,
            signed_headers: "host",
            headers: &lines,
            payload: payload.as_bytes(),
        };
        let signature = self.sign(&canonical, &date, &credential)?;
        let before = url.split_once('?').map_or(url, |(before, _)| before);
        Ok(format!("{before}?{query}&{}={signature}", super::presigned::SIGNATURE))
    }

    /// The date and the credential of a signature at `now`.
    fn credential(&self, now: Timestamp) -> Result<(String, String), SignError> {
        let date = date::write(now).ok_or(SignError::InvalidTime)?;
        let scope = scope::write(date.get(..8).unwrap_or_default(), &self.region, &self.service);
        let whole = format!("{}/{scope}", self.id);
        // A region with a slash or a comma would be read as something else.
        let read = Credential::read(&whole).map_err(|_| SignError::InvalidHeader)?;
        if read.id != self.id.as_str() || read.region != self.region || whole.contains([',', '"']) {
            return Err(SignError::InvalidHeader);
        }
        Ok((date, whole))
    }

    fn sign<H: HeaderLines>(
        &self,
        canonical: &Canonical<'_, H>,
        date: &str,
        credential: &Credential<'_>,
    ) -> Result<String, SignError> {
        let path = match self.rules {
            Rules::General => PathForm::Normalised,
            Rules::S3 => PathForm::EncodedOnce,
        };
        let digest = canonical.digest(path, QueryForm::Rule).map_err(|_| SignError::InvalidTarget)?;
        let (key, is_new) = derive::key_of(&self.secret, credential.scope, || *credential);
        if is_new {
            self.secret.derived().keep(&key);
        }
        let tag = key.key().sign(&string_to_sign(date, credential.scope, &hex::write(&digest)));
        Ok(hex::write_text(tag.expose()))
    }

    /// The names of the headers that are signed, `host` always.
    fn names(&self, headers: &HeaderMap, added: &[(HeaderName, HeaderValue)]) -> String {
        let ours = |name: &HeaderName| {
            matches!(name.as_str(), "content-type" | "content-encoding" | "content-md5")
                || name.as_str().starts_with("x-amz-")
                || self.signed_headers.contains(name)
        };
        let held = headers.keys().filter(|name| ours(name)).map(HeaderName::as_str);
        let added = added.iter().map(|(name, _)| name.as_str());
        let mut names: Vec<&str> = held.chain(added).chain(["host"]).collect();
        names.sort_unstable();
        names.dedup();
        names.join(";")
    }
}

/// A query with more parameters behind those that it has.
fn with_parameters(query: &str, parameters: &[(&str, String)]) -> String {
    let mut whole = query.to_owned();
    for (name, value) in parameters {
        if !whole.is_empty() {
            whole.push('&');
        }
        whole.push_str(name);
        whole.push('=');
        percent::encode(value.as_bytes(), None, |piece| whole.push_str(&String::from_utf8_lossy(piece)));
    }
    whole
}

impl RequestSigner for SigV4Signer {
    fn sign_request(&self, head: &mut Parts, body: &[u8], now: Timestamp) -> Result<(), SignError> {
        target::check(&head.uri)?;
        if ["authorization", DATE, PAYLOAD, TOKEN].iter().any(|name| head.headers.contains_key(*name)) {
            return Err(SignError::AlreadySigned);
        }
        let host = target::host(&head.uri, &head.headers)?;
        let (date, whole) = self.credential(now)?;
        let credential = Credential::read(&whole).map_err(|_| SignError::InvalidHeader)?;
        let payload = match self.body {
            BodyLine::Digest => hex::write_text(&sha256(body)),
            BodyLine::Unsigned => UNSIGNED.to_owned(),
        };
        let value = |text: &str| HeaderValue::from_str(text).map_err(|_| SignError::InvalidHeader);
        let mut added = vec![
            (HeaderName::from_static(DATE), value(&date)?),
            (HeaderName::from_static(PAYLOAD), value(&payload)?),
        ];
        if let Some(token) = &self.token {
            let mut token = HeaderValue::from_bytes(token.expose()).map_err(|_| SignError::InvalidHeader)?;
            token.set_sensitive(true);
            added.push((HeaderName::from_static(TOKEN), token));
        }
        let signed_headers = self.names(&head.headers, &added);
        let canonical = Canonical {
            method: head.method.as_str(),
            path: head.uri.path(),
            query: head.uri.query().unwrap_or_default(),
            signed_headers: &signed_headers,
            headers: &OwnLines { headers: &head.headers, added: &added, host: &host },
            payload: payload.as_bytes(),
        };
        let signature = self.sign(&canonical, &date, &credential)?;
        let text =
            format!("{ALGORITHM} Credential={whole}, SignedHeaders={signed_headers}, Signature={signature}");
        added.push((http::header::AUTHORIZATION, value(&text)?));
        head.headers.extend(added.into_iter().map(|(name, value)| (Some(name), value)));
        Ok(())
    }
}

impl fmt::Debug for SigV4Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigV4Signer")
            .field("id", &self.id)
            .field("region", &self.region)
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}
