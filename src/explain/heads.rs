//! The signed parts of requests by the schemes that sign the head.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::ExplainedRequest;
use super::signed::{Proof, SignedParts, base64, hexadecimal};
use crate::message_signature::signature_base;
use crate::request::{RequestTarget, RequestView};
use crate::sigv4::{self, PathForm, QueryForm};
use crate::x_auth::{self, StrictFields};
use crate::{Scheme, query_signature};

const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// What a request by SigV4 says of its signature.
pub(super) struct SigV4Parts<'a> {
    pub(super) id: Cow<'a, str>,
    /// `20150830/us-east-1/iam/aws4_request`.
    scope: Cow<'a, str>,
    signed_headers: Cow<'a, str>,
    signature: Cow<'a, str>,
    date: Cow<'a, str>,
    payload: Option<Cow<'a, str>>,
    in_query: bool,
}

impl<'a> SigV4Parts<'a> {
    pub(super) fn of(request: &RequestView<'a>) -> Option<Self> {
        Self::of_header(request).or_else(|| Self::of_query(request))
    }

    fn of_header(request: &RequestView<'a>) -> Option<Self> {
        let names = ["authorization", "x-amz-date", "x-amz-content-sha256"];
        let [Some(authorization), Some(date), payload] = request.unique_headers(names).ok()? else {
            return None;
        };
        let (word, rest) = authorization.split_once(' ')?;
        if !word.eq_ignore_ascii_case("AWS4-HMAC-SHA256") {
            return None;
        }
        let part = |name: &str| {
            let mut parts = rest.split(',').filter_map(|part| part.trim_ascii().split_once('='));
            parts.find(|(held, _)| *held == name).map(|(_, value)| Cow::Borrowed(value))
        };
        let (id, scope) = credential(part("Credential")?)?;
        let (date, payload) = (Cow::Borrowed(date), payload.map(Cow::Borrowed));
        let (signed_headers, signature) = (part("SignedHeaders")?, part("Signature")?);
        Some(Self { id, scope, signed_headers, signature, date, payload, in_query: false })
    }

    fn of_query(request: &RequestView<'a>) -> Option<Self> {
        let query = request.query()?;
        let part = |name: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|(held, _)| held.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        };
        let (id, scope) = credential(part("X-Amz-Credential")?)?;
        let (date, payload) = (part("X-Amz-Date")?, part("X-Amz-Content-Sha256"));
        let (signed_headers, signature) = (part("X-Amz-SignedHeaders")?, part("X-Amz-Signature")?);
        Some(Self { id, scope, signed_headers, signature, date, payload, in_query: true })
    }

    /// The region and the service that it was signed for.
    pub(super) fn audience(&self) -> Option<(&str, &str)> {
        let mut parts = self.scope.split('/').skip(1);
        Some((parts.next()?, parts.next()?))
    }
}

fn credential(text: Cow<'_, str>) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
    let (id, scope) = text.split_once('/')?;
    Some((id.to_owned().into(), scope.to_owned().into()))
}

impl SignedParts {
    /// A request by AWS Signature Version 4; its text is the canonical request.
    pub(super) fn sigv4(request: &RequestView<'_>, dump: &ExplainedRequest) -> Option<Self> {
        let parts = SigV4Parts::of(request)?;
        let is_s3 = parts.audience().is_some_and(|(_, service)| service == "s3");
        let digest = |body: &[u8]| hexadecimal(&Sha256::digest(body));
        let declared = parts.payload.as_deref().map(str::to_owned);
        let payload = declared.unwrap_or_else(|| match is_s3 && parts.in_query {
            true => UNSIGNED.to_owned(),
            false => digest(&dump.body),
        });
        let text = |method: &str, payload: &str, path: PathForm, query: QueryForm| {
            let signed = sigv4::SignedParts {
                method,
                path: request.path(),
                query: request.query().unwrap_or_default(),
                headers: &dump.headers,
                signed_headers: &parts.signed_headers,
                payload,
            };
            sigv4::canonical_request(&signed, path, query).ok()
        };
        let method = dump.method.as_str();
        let (rule, other, words) = match is_s3 {
            true => (
                PathForm::EncodedOnce,
                PathForm::Normalised,
                "if the path followed the rule of other services",
            ),
            false => (PathForm::Normalised, PathForm::EncodedOnce, "if the path followed the rule of S3"),
        };
        let canonical = text(method, &payload, rule, QueryForm::Rule)?;
        let plain = "over the path as it was sent: the lenient form";
        let plus = "over a query with + for a space: the lenient form";
        let raw = "over the query as it was sent: the lenient form";
        let others = [
            (text(method, &payload, other, QueryForm::Rule), words),
            (text(method, &payload, PathForm::Raw, QueryForm::Rule), plain),
            (text(method, &payload, rule, QueryForm::PlusAsSpace), plus),
            (text(method, &payload, rule, QueryForm::Raw), raw),
            (text(method, &payload, PathForm::Raw, QueryForm::Raw), raw),
            (text(method, UNSIGNED, rule, QueryForm::Rule), "if the body had not been signed"),
            (text(method, &digest(b""), rule, QueryForm::Rule), "if the body were empty"),
            (text(method, &digest(&dump.body), rule, QueryForm::Rule), "if the digest were that of the body"),
            (text("GET", &payload, rule, QueryForm::Rule), "if the method were GET"),
            (text("POST", &payload, rule, QueryForm::Rule), "if the method were POST"),
        ];
        let others = others.into_iter().filter_map(|(text, words)| Some((text?, words))).collect();
        let presented = unhexadecimal(&parts.signature);
        let (date, scope) = (parts.date.into_owned(), parts.scope.into_owned());
        let proof = Proof::SigV4 { date, scope };
        Some(Self { scheme: Scheme::SigV4, key: parts.id.into_owned(), canonical, presented, others, proof })
    }

    /// HTTP Message Signatures by HMAC; the text is the signature base.
    pub(super) fn message(request: &RequestView<'_>, dump: &ExplainedRequest) -> Option<Self> {
        let [Some(input), Some(signature)] = request.unique_headers(["signature-input", "signature"]).ok()?
        else {
            return None;
        };
        let (label, input) = input.split_once('=')?;
        let (named, signature) = signature.split_once('=')?;
        let signature = signature.strip_prefix(':')?.strip_suffix(':')?;
        let (_, id) = input.split_once(";keyid=\"")?;
        let (id, _) = id.split_once('"')?;
        let authority = request.authority().ok().flatten()?;
        let scheme = dump.scheme.as_deref().unwrap_or("https");
        let uri = format!("{scheme}://{authority}{}", target(request));
        let mut head = http::Request::builder().method(dump.method.as_str()).uri(uri);
        for (name, value) in &dump.headers {
            head = head.header(name, value.as_slice());
        }
        let (head, ()) = head.body(()).ok()?.into_parts();
        if label.trim_ascii() != named.trim_ascii() {
            return None;
        }
        let canonical = signature_base(&head, input).ok()?.into_bytes();
        let (key, presented) = (id.to_owned(), base64(signature));
        let (scheme, others, proof) = (Scheme::MessageSignature, Vec::new(), Proof::Hmac);
        Some(Self { scheme, key, canonical, presented, others, proof })
    }

    /// The strict form of x-auth.
    pub(super) fn strict_x_auth(request: &RequestView<'_>) -> Option<Self> {
        let names = [
            "x-auth-version",
            "x-auth-iss",
            "x-auth-nbf",
            "x-auth-exp",
            "x-auth-nonce",
            "x-auth-digest",
            "x-auth-signature",
        ];
        let [Some(_), Some(iss), Some(nbf), Some(exp), Some(nonce), Some(digest), Some(signature)] =
            request.unique_headers(names).ok()?
        else {
            return None;
        };
        let nonce: [u8; 16] = base64(nonce)?.try_into().ok()?;
        let digest: [u8; 32] = base64(digest)?.try_into().ok()?;
        let fields = StrictFields { iss, nbf, exp, nonce: &nonce, digest: &digest };
        let text = |target: &RequestTarget<'_>| x_auth::strict_text(target, &fields);
        Self::strict(request, Scheme::XAuth, iss, signature, text)
    }

    /// The strict form of a signed URL.
    pub(super) fn strict_query(request: &RequestView<'_>) -> Option<Self> {
        let part = |wanted: &str| {
            let mut pairs = request.query()?.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
        };
        let (key, signature) = (part("pc-key")?, part("pc-signature")?);
        let text = |target: &RequestTarget<'_>| query_signature::strict_text(target).ok().flatten();
        Self::strict(request, Scheme::QuerySignature, key, signature, text)
    }

    fn strict(
        request: &RequestView<'_>,
        scheme: Scheme,
        key: &str,
        signature: &str,
        text: impl Fn(&RequestTarget<'_>) -> Option<Vec<u8>>,
    ) -> Option<Self> {
        let mut target = RequestTarget::new(request.method(), request.path(), request.query());
        target.authority = request.authority().ok()?;
        let canonical = text(&target)?;
        let path = request.path();
        let slash = path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned);
        let changed = [
            (RequestTarget { path: &slash, ..target }, "if the path had its last slash, or had it not"),
            (RequestTarget { method: "GET", ..target }, "if the method were GET"),
            (RequestTarget { method: "POST", ..target }, "if the method were POST"),
            (RequestTarget { query: None, ..target }, "if there were no query"),
        ];
        let others =
            changed.into_iter().filter_map(|(target, words)| Some((text(&target)?, words))).collect();
        let (key, presented, proof) = (key.to_owned(), base64(signature), Proof::Hmac);
        Some(Self { scheme, key, canonical, presented, others, proof })
    }
}

fn target(request: &RequestView<'_>) -> String {
    match request.query() {
        Some(query) => format!("{}?{query}", request.path()),
        None => request.path().to_owned(),
    }
}

fn unhexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|digit| u8::try_from(digit.to_digit(16)?).ok()).collect();
    let digits = digits?;
    let pairs = digits.chunks_exact(2);
    let whole = pairs.remainder().is_empty();
    whole.then(|| pairs.map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}
