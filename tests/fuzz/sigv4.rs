//! AWS Signature Version 4: what is accepted is what was signed, read by the book.

use std::sync::OnceLock;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use portcullis::request::{BodyGate, HeaderSource, RequestTarget, RequestView};
use portcullis::sign::RequestSigner;
use portcullis::sigv4::{
    PathForm, QueryForm, SigV4Authenticator, SigV4Signer, SignedParts, canonical_request,
};
use portcullis::store::{Claim, KeyHandle, KeyRecord, LiveSecret, StoreError};
use portcullis::{Authenticator, KeyId, KeyStore, NonceStore, Outcome, Realm, Scheme, Secret, Timestamp};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);
const TARGET: &str = "/a%20b?x=1&y=%2F";
const WORD: &str = "AWS4-HMAC-SHA256";

/// One key, and no nonces.
struct One(std::sync::Arc<KeyRecord<()>>);

impl KeyStore for One {
    type Principal = ();

    async fn find(
        &self,
        handle: &KeyHandle<'_>,
    ) -> Result<Option<std::sync::Arc<KeyRecord<()>>>, StoreError> {
        match handle {
            KeyHandle::Id { id, .. } if *id == "AKID" => Ok(Some(self.0.clone())),
            _ => Ok(None),
        }
    }
}

struct Nobody;

impl NonceStore for Nobody {
    async fn claim(&self, _: &Claim<'_>) -> Result<bool, StoreError> {
        Ok(true)
    }
}

struct Known {
    sigv4: SigV4Authenticator<One, Nobody>,
    headers: Vec<(String, Vec<u8>)>,
    authorization: String,
    /// The query of a presigned URL.
    query: String,
}

fn known() -> &'static Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let secret = Secret::from("a secret that never changes");
        let record = KeyRecord::builder(Realm::default(), Scheme::SigV4, KeyId::from("AKID"), ());
        let record = record.secret(LiveSecret::new(secret.clone(), None)).build();
        let signer = SigV4Signer::new("AKID", &secret, "r", "s");
        let (mut head, ()) =
            http::Request::get(TARGET).header("host", "a").body(()).expect("a request").into_parts();
        signer.sign_request(&mut head, b"", NOW).expect("signed");
        let authorization = head.headers.remove("authorization").expect("signed");
        let url =
            signer.presign(&format!("https://a{TARGET}"), Duration::from_secs(60), NOW).expect("signed");
        Known {
            sigv4: SigV4Authenticator::new(One(record.into()), Nobody, "r", "s"),
            headers: head
                .headers
                .iter()
                .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
                .collect(),
            authorization: authorization.to_str().expect("text").to_owned(),
            query: url.split_once('?').expect("a query").1.to_owned(),
        }
    })
}

fn is_accepted(path: &str, query: Option<&str>, headers: &dyn HeaderSource) -> bool {
    let gate = BodyGate::delivered(bytes::Bytes::new());
    let view = RequestView::new(RequestTarget::new("GET", path, query), headers, &gate, NOW);
    let decision = std::pin::pin!(known().sigv4.authenticate(&view));
    let mut decision = decision;
    match decision.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(decided) => matches!(decided, Ok(Outcome::Authenticated(()))),
        Poll::Pending => panic!("everything is there"),
    }
}

/// The value of `Authorization`, for a request that is signed otherwise. `@` stands for the value
/// that is right, and `%` for its signature. Says whether it was accepted.
pub fn authorization(bytes: &[u8]) -> bool {
    let known = known();
    let (_, signature) = known.authorization.rsplit_once('=').expect("a signature");
    let value = match std::str::from_utf8(bytes) {
        Ok(text) => text.replace('@', &known.authorization).replace('%', signature).into_bytes(),
        Err(_) => bytes.to_vec(),
    };
    let mut headers = known.headers.clone();
    headers.push(("authorization".to_owned(), value.clone()));
    let accepted = is_accepted("/a%20b", Some("x=1&y=%2F"), &headers);
    // By the book: the word, a space, and the same three parts in any order.
    let parts = |text: &str| {
        let (word, rest) = text.trim_matches([' ', '\t']).split_once(' ')?;
        let mut parts: Vec<_> =
            rest.split(',').map(|part| part.trim_matches([' ', '\t']).to_owned()).collect();
        parts.sort();
        word.eq_ignore_ascii_case(WORD).then_some(parts)
    };
    let same = std::str::from_utf8(&value).is_ok_and(|value| parts(value) == parts(&known.authorization));
    assert_eq!(accepted, same, "{}", value.escape_ascii());
    accepted
}

/// Pairs of a query, decoded; none where an escape is broken.
fn pairs(query: &str) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let decode = |text: &str| {
        let bytes = text.as_bytes();
        let (mut decoded, mut at) = (Vec::new(), 0);
        while at < bytes.len() {
            let escape = bytes[at] == b'%';
            let width = if escape { 3 } else { 1 };
            let piece = text.as_bytes().get(at..at + width)?;
            decoded.push(if escape {
                let digits = std::str::from_utf8(&piece[1..]).ok()?;
                let plain = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                u8::from_str_radix(digits, 16).ok().filter(|_| plain)?
            } else {
                piece[0]
            });
            at += width;
        }
        Some(decoded)
    };
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(name, value)| Some((decode(name)?, decode(value)?)))
        .collect()
}

/// The query of a presigned URL; `@` stands for the one that is right. Says whether it was accepted.
pub fn presigned(bytes: &[u8]) -> bool {
    let known = known();
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let query = text.replace('@', &known.query);
    let headers = vec![("host".to_owned(), b"a".to_vec())];
    let accepted = is_accepted("/a%20b", Some(&query), &headers);
    if accepted {
        let sorted = |query: &str| {
            let mut pairs = pairs(query).expect("sound escapes");
            pairs.sort();
            pairs
        };
        assert_eq!(sorted(&query), sorted(&known.query), "{query}");
    }
    accepted
}

/// A path, a query and a header value in a line each. Says whether they could be read.
pub fn canonical(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let mut lines = text.splitn(3, '\n').chain(["", ""]);
    let [path, query, value] = std::array::from_fn(|_| lines.next().unwrap_or_default());
    let make = |path: &str, query: &str, value: &str, form, query_form| {
        let headers = vec![("host".to_owned(), value.as_bytes().to_vec())];
        let parts = SignedParts {
            method: "GET",
            path,
            query,
            headers: &headers,
            signed_headers: "host",
            payload: "-",
        };
        let text = canonical_request(&parts, form, query_form).ok()?;
        Some(String::from_utf8(text).expect("text"))
    };
    for form in [PathForm::Encoded, PathForm::Raw] {
        let _ = make(path, query, value, form, QueryForm::Raw).expect("nothing to read");
        let _ = make(path, query, value, form, QueryForm::PlusAsSpace);
    }
    let Some(whole) = make(path, query, value, PathForm::Normalised, QueryForm::Rule) else {
        assert!(pairs(query).is_none(), "{query}");
        return false;
    };
    let lines: Vec<&str> = whole.split('\n').collect();
    let [_, _, line, header, "", "host", "-"] = lines[..] else { panic!("seven lines: {whole}") };
    // The query by the book.
    let encode = |text: &[u8]| {
        let one = |byte: &u8| match byte {
            b'-' | b'.' | b'_' | b'~' => char::from(*byte).to_string(),
            byte if byte.is_ascii_alphanumeric() => char::from(*byte).to_string(),
            byte => format!("%{byte:02X}"),
        };
        text.iter().map(one).collect::<String>()
    };
    let query = query.replace("X-Amz-Signature", "gone");
    let mut expected: Vec<_> = pairs(&query)
        .expect("sound escapes")
        .iter()
        .map(|(name, value)| (encode(name), encode(value)))
        .collect();
    expected.sort();
    let expected: Vec<_> = expected.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if !text.contains("X-Amz-Signature") {
        assert_eq!(line, expected.join("&"));
    }
    // What is canonical stays so.
    let again = make(
        "/",
        line,
        header.strip_prefix("host:").expect("a header"),
        PathForm::Normalised,
        QueryForm::Rule,
    );
    let again = again.expect("readable");
    assert_eq!(again.split('\n').skip(2).take(2).collect::<Vec<_>>(), [line, header]);
    let once = |path: &str| make(path, "", "", PathForm::EncodedOnce, QueryForm::Rule).expect("readable");
    let encoded = once(path);
    assert_eq!(once(encoded.split('\n').nth(1).expect("a path")), encoded);
    true
}
