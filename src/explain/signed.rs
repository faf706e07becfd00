//! The signed parts of a request: whose, what the server signs, and what was presented.

use std::fmt;

use super::ExplainedRequest;
use crate::request::RequestView;
use crate::store::{KeyHandle, KeyRecord, StoreError};
use crate::{KeyStore, Realm, Scheme, Secret, Timestamp, query_signature, sigv4, x_auth};
use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD};
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};

/// What else a wrong signature is right for, or why it can be right for nothing. Its `Display`
/// is a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diagnosis(&'static str);

impl Diagnosis {
    /// The end of "the signature would be right ..", or a sentence that begins with "the".
    #[must_use]
    pub const fn words(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let begin = if self.0.starts_with("the ") { "" } else { "the signature would be right " };
        write!(f, "{begin}{}", self.0)
    }
}

/// A request of a signing scheme.
pub(super) struct SignedParts {
    pub(super) scheme: Scheme,
    /// The public id that it names.
    pub(super) key: String,
    /// The bytes that the server signs: no secret is in them.
    pub(super) canonical: Vec<u8>,
    pub(super) presented: Option<Vec<u8>>,
    /// What else some clients sign, and in which words to say so.
    pub(super) others: Vec<(Vec<u8>, &'static str)>,
    /// How a text becomes a signature.
    pub(super) proof: Proof,
}

/// How a text becomes a signature.
pub(super) enum Proof {
    /// HMAC-SHA-256 of the text.
    Hmac,
    /// HMAC-SHA-256 of four lines with the digest of the text, under a key of that day.
    SigV4 { date: String, scope: String },
}

impl SignedParts {
    /// Of a request that has all parts of a signing scheme.
    pub(super) fn of(request: &RequestView<'_>, dump: &ExplainedRequest) -> Option<Self> {
        Self::strict_x_auth(request)
            .or_else(|| Self::strict_query(request))
            .or_else(|| Self::x_auth(request, &dump.body))
            .or_else(|| Self::sigv4(request, dump))
            .or_else(|| Self::message(request, dump))
            .or_else(|| Self::query(dump))
    }

    /// The lines that are signed in the end, where they are others than the text.
    pub(super) fn string_to_sign(&self) -> Option<String> {
        match &self.proof {
            Proof::Hmac => None,
            Proof::SigV4 { date, scope } => Some(sigv4::string_to_sign(date, scope, &self.canonical)),
        }
    }

    fn x_auth(request: &RequestView<'_>, body: &[u8]) -> Option<Self> {
        let names = ["x-auth-iss", "x-auth-exp", "x-auth-nbf", "x-auth-signature"];
        let [Some(iss), Some(exp), Some(nbf), Some(signature)] = request.unique_headers(names).ok()? else {
            return None;
        };
        let text = |body: &[u8]| x_auth::canonical_text(iss, exp, nbf, body);
        let mut others: Vec<_> = bodies(body).into_iter().map(|(body, words)| (text(&body), words)).collect();
        let plain = [iss.as_bytes(), exp.as_bytes(), nbf.as_bytes(), body].concat();
        others.push((plain, "if the body had been signed as it is, and not as base64"));
        others.push((x_auth::canonical_text(iss, nbf, exp, body), "if nbf had been signed before exp"));
        others.push((x_auth::canonical_text("", exp, nbf, body), "if iss had not been signed"));
        let key = iss.to_owned();
        let (canonical, presented) = (text(body), base64(signature));
        Some(Self { scheme: Scheme::XAuth, key, canonical, presented, others, proof: Proof::Hmac })
    }

    fn query(dump: &ExplainedRequest) -> Option<Self> {
        let query = dump.query.as_deref()?;
        let text =
            |path: &str, body: &[u8]| query_signature::canonical_text(path, query, body).ok().flatten();
        let canonical = text(&dump.path, &dump.body)?;
        let raw = |wanted: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
        };
        let (key, signature) = (raw("apikey")?.to_owned(), raw("signature")?);
        let signature =
            signature.replace("%2B", "+").replace("%2b", "+").replace("%20", "+").replace(' ', "+");
        let signature =
            signature.replace("%2F", "/").replace("%2f", "/").replace("%3D", "=").replace("%3d", "=");
        let changed = bodies(&dump.body)
            .into_iter()
            .filter_map(|(body, words)| Some((text(&dump.path, &body)?, words)));
        let mut others: Vec<_> = changed.collect();
        let slash = match dump.path.strip_suffix('/') {
            Some(path) => (path.to_owned(), "if the path had been signed without its last slash"),
            None => (format!("{}/", dump.path), "if the path had been signed with a slash at its end"),
        };
        others.extend(text(&slash.0, &dump.body).map(|text| (text, slash.1)));
        others.extend(
            encoded_again(dump)
                .map(|text| (text, "over the query decoded and encoded again: the compatible form")),
        );
        let presented = base64(&signature);
        Some(Self { scheme: Scheme::QuerySignature, key, canonical, presented, others, proof: Proof::Hmac })
    }

    /// Where the signature is right for something else than was sent: in which words to say so.
    /// The right signature itself is computed, compared, and forgotten.
    pub(super) async fn diagnose<S: KeyStore>(
        &self,
        store: &S,
        realm: &Realm,
        at: Timestamp,
    ) -> Result<Option<Diagnosis>, StoreError> {
        let (handle, presented) = match &self.presented {
            Some(presented) => (KeyHandle::Id { realm, scheme: self.scheme, id: &self.key }, presented),
            None if self.scheme == Scheme::SigV4 => {
                return Ok(Some(Diagnosis("the signature is not hexadecimal")));
            }
            None => return Ok(Some(Diagnosis("the signature is not base64"))),
        };
        if presented.len() != 32 {
            return Ok(Some(Diagnosis("the signature is not of 32 bytes: is it HMAC-SHA-256?")));
        }
        let Some(record) = store.find(&handle).await? else { return Ok(None) };
        let fits = |text: &[u8]| self.is_signature(&record, presented, text, at);
        if fits(&self.canonical) {
            return Ok(None);
        }
        Ok(self.others.iter().find(|(text, _)| fits(text)).map(|(_, words)| Diagnosis(words)))
    }

    fn is_signature<P>(&self, record: &KeyRecord<P>, presented: &[u8], text: &[u8], at: Timestamp) -> bool {
        record.secrets_at(at).any(|secret| match &self.proof {
            Proof::Hmac => secret.hmac().sign(&[text]).matches(presented),
            Proof::SigV4 { date, scope } => {
                let lines = sigv4::string_to_sign(date, scope, text);
                let right = sigv4::signature(secret.secret(), scope, &lines).map(Secret::from);
                right.is_some_and(|right| right.matches(hexadecimal(presented).as_bytes()))
            }
        })
    }
}

/// Bodies that a client may have signed instead.
fn bodies(body: &[u8]) -> Vec<(Vec<u8>, &'static str)> {
    let mut bodies = Vec::new();
    if !body.is_empty() {
        bodies.push((Vec::new(), "if the body were empty"));
        bodies.push((STANDARD.encode(body).into_bytes(), "if the body were base64"));
    }
    bodies.push(([body, b"\n"].concat(), "if the body had one more line end"));
    bodies.push(([body, b"\r\n"].concat(), "if the body had one more CR LF"));
    if let Some(shorter) = body.strip_suffix(b"\r\n").or_else(|| body.strip_suffix(b"\n")) {
        bodies.push((shorter.to_vec(), "if the body had not its last line end"));
    }
    let lines = body.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let lines: Vec<_> = lines.collect();
    if lines.len() > 1 {
        bodies.push((lines.join(b"\n".as_slice()), "if the lines of the body ended in LF"));
        bodies.push((lines.join(b"\r\n".as_slice()), "if the lines of the body ended in CR LF"));
    }
    bodies
}

/// What the original of the scheme signs where its framework has read the query first.
fn encoded_again(dump: &ExplainedRequest) -> Option<Vec<u8>> {
    let pairs =
        form_urlencoded::parse(dump.query.as_deref()?.as_bytes()).filter(|(name, _)| name != "signature");
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    Some([dump.path.as_bytes(), b"?", query.as_bytes(), &dump.body].concat())
}

/// Lower-case hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Base64 of either alphabet, padded or not.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let standard = text.replace('-', "+").replace('_', "/");
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&base64::alphabet::STANDARD, config).decode(standard).ok()
}
