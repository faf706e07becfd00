//! AWS Signature Version 4.

use std::time::Duration;

use portcullis::sign::RequestSigner;
use portcullis::sigv4::{
    PathForm, QueryForm, SigV4Authenticator, SigV4Signer, SignedParts, canonical_request,
};
use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use portcullis::{Scheme, Timestamp};
use proptest::prelude::*;

use crate::harness::{NOW, keys, verdict, with_byte};

type Headers = Vec<(String, Vec<u8>)>;

fn authenticator(keys: MemoryKeyStore) -> SigV4Authenticator<MemoryKeyStore, MemoryNonceStore> {
    SigV4Authenticator::new(keys, MemoryNonceStore::new(), "r", "s").buffer_bodies()
}

fn signed(signer: &SigV4Signer, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Headers {
    let mut request = http::Request::post(target).header("host", "a.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (mut head, ()) = request.body(()).expect("a request").into_parts();
    signer.sign_request(&mut head, body, Timestamp::from_unix_seconds(NOW)).expect("signed");
    head.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect()
}

/// What is left of a header value when white space does not count, but for where it is.
fn words(value: &[u8]) -> Vec<&[u8]> {
    value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect()
}

/// A path without special segments, so that each is its own normal form.
const PATH: &str = "(/[a-zA-Z0-9_~!$&'()*,;=:@-]{1,6}|/%[2-7][0-9A-F]x){0,4}/?";
const QUERY: &str = "[a-z0-9=&/?:@!$'()*+,;._~-]{0,30}";

/// The parts that are signed, in their plainest form.
#[derive(Clone, Debug, PartialEq)]
struct Parts {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    header: String,
    payload: String,
}

fn parts() -> impl Strategy<Value = Parts> {
    let pair = ("[a-c&=%+ /]{0,3}", "[a-c&=%+ \n/]{0,3}");
    let query = prop::collection::vec(pair, 0..4);
    ("[A-Z]{1,4}", "(/[a-c%]{1,2}){1,3}/?", query, "[a-c:;,]( ?[a-c:;,]){0,3}|", "[0-9a-f]{4}").prop_map(
        |(method, path, mut query, header, payload)| {
            query.retain(|(name, value)| !name.is_empty() || !value.is_empty());
            query.sort();
            Parts { method, path: path.replace('%', "%25"), query, header, payload }
        },
    )
}

fn canonical(parts: &Parts, path: PathForm) -> Vec<u8> {
    let escape = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    let pairs = parts.query.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value)));
    let query = pairs.collect::<Vec<_>>().join("&");
    let headers =
        vec![("host".to_owned(), b"h".to_vec()), ("x-a".to_owned(), parts.header.as_bytes().to_vec())];
    let signed = SignedParts {
        method: &parts.method,
        path: &parts.path,
        query: &query,
        headers: &headers,
        signed_headers: "host;x-a",
        payload: &parts.payload,
    };
    canonical_request(&signed, path, QueryForm::Rule).expect("canonical")
}

proptest! {
    #[test]
    fn what_is_signed_in_headers_is_accepted_and_any_change_is_refused(
        path in PATH,
        query in QUERY,
        value in "[ -~]{0,20}",
        body in prop::collection::vec(any::<u8>(), 0..300),
        place in any::<usize>(),
        byte in any::<u8>(),
    ) {
        let (keys, key) = keys(Scheme::SigV4);
        let sigv4 = authenticator(keys);
        let target = format!("/{}?{query}", path.trim_start_matches('/'));
        let signer = SigV4Signer::new(key.id, &key.secret, "r", "s");
        let headers = signed(&signer, &target, &[("x-amz-meta", value.trim())], &body);
        prop_assert!(verdict(&sigv4, &target, &headers, &body).is_ok(), "{target} {headers:?}");

        for number in 0..headers.len() {
            let mut changed = headers.clone();
            if changed[number].1.is_empty() {
                changed[number].1 = b"x".to_vec();
            } else {
                changed[number].1 = with_byte(&changed[number].1, place, byte);
            }
            // The same words are the same value, and the word of the scheme knows no case.
            let (ours, theirs) = (&headers[number].1, &changed[number].1);
            let same = words(ours) == words(theirs)
                || (headers[number].0 == "authorization" && ours.eq_ignore_ascii_case(theirs));
            if !same {
                prop_assert!(verdict(&sigv4, &target, &changed, &body).is_err(), "{changed:?}");
            }
        }
        if !body.is_empty() {
            prop_assert!(verdict(&sigv4, &target, &headers, &with_byte(&body, place, byte)).is_err());
        }
        let mut more = body.clone();
        more.push(byte);
        prop_assert!(verdict(&sigv4, &target, &headers, &more).is_err());
        let other = format!("{target}&{}=", "zz");
        prop_assert!(verdict(&sigv4, &other, &headers, &body).is_err());
    }

    #[test]
    fn a_presigned_url_is_accepted_and_any_change_to_it_is_refused(
        path in PATH,
        query in QUERY,
        place in any::<usize>(),
        byte in b'!'..=b'~',
    ) {
        let (keys, key) = keys(Scheme::SigV4);
        let sigv4 = authenticator(keys);
        let url = format!("https://a.example/{}?{query}", path.trim_start_matches('/'));
        let signer = SigV4Signer::new(key.id, &key.secret, "r", "s");
        let now = Timestamp::from_unix_seconds(NOW);
        let url = signer.presign_for("POST", &url, Duration::from_secs(60), now).expect("signed");
        let target = url.strip_prefix("https://a.example").expect("of the host");
        let headers = vec![("host".to_owned(), b"a.example".to_vec())];
        prop_assert!(verdict(&sigv4, target, &headers, b"").is_ok(), "{target}");
        prop_assert!(verdict(&sigv4, target, &headers, b"x").is_err());

        let changed = String::from_utf8(with_byte(target.as_bytes(), place, byte)).expect("ascii");
        // Other spellings of the same pairs, and of the same path, are the same request.
        let canonical = |target: &str| {
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            let parts = SignedParts {
                method: "POST", path, query, headers: &headers, signed_headers: "host", payload: "",
            };
            canonical_request(&parts, PathForm::Normalised, QueryForm::Rule).ok()
        };
        let signature = |target: &str| target.rsplit_once("X-Amz-Signature=").map(|(_, text)| text.to_owned());
        let same = canonical(&changed) == canonical(target) && signature(&changed) == signature(target);
        if !same {
            prop_assert!(verdict(&sigv4, &changed, &headers, b"").is_err(), "{changed}");
        }
    }

    #[test]
    fn requests_that_mean_different_things_are_never_signed_alike(one in parts(), other in parts()) {
        for path in [PathForm::Normalised, PathForm::Encoded, PathForm::EncodedOnce, PathForm::Raw] {
            prop_assert_eq!(canonical(&one, path) == canonical(&other, path), one == other);
            // One part changed at a time.
            for changed in [
                Parts { method: other.method.clone(), ..one.clone() },
                Parts { path: other.path.clone(), ..one.clone() },
                Parts { query: other.query.clone(), ..one.clone() },
                Parts { header: other.header.clone(), ..one.clone() },
                Parts { payload: other.payload.clone(), ..one.clone() },
            ] {
                prop_assert_eq!(canonical(&one, path) == canonical(&changed, path), one == changed);
            }
        }
    }

    #[test]
    fn arbitrary_credentials_never_panic_and_never_pass(
        authorization in "(AWS4-HMAC-SHA256 )?((Credential|SignedHeaders|Signature|x)=?[ -~]{0,30},? ?){0,5}",
        date in "[0-9TZ]{0,17}",
        query in "((X-Amz-(Algorithm|Credential|Date|Expires|SignedHeaders|Signature)|x)=?[ -~]{0,20}&?){0,8}",
        path in "[ -~]{0,20}",
    ) {
        let (keys, _) = keys(Scheme::SigV4);
        let sigv4 = authenticator(keys).with_lenient_canonicalisation();
        let headers = vec![
            ("host".to_owned(), b"a.example".to_vec()),
            ("authorization".to_owned(), authorization.into_bytes()),
            ("x-amz-date".to_owned(), date.into_bytes()),
        ];
        let path = path.replace('?', "");
        let target = format!("{path}?{query}");
        for (target, headers) in [(&target, &headers[..]), (&target, &headers[..1]), (&path, &headers)] {
            prop_assert!(verdict(&sigv4, target, headers, b"").is_err());
        }
    }
}
