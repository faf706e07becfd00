//! The compatible forms of x-auth and of signed URLs: whatever is accepted, a second reading of
//! the rules, as plain as can be, finds right.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use portcullis::crypto::{HmacAlgorithm, HmacKey};
use portcullis::query_signature::{QuerySignatureAuthenticator, canonical_text};
use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use portcullis::store::{KeyOwner, NewKey};
use portcullis::x_auth::XAuthAuthenticator;
use portcullis::{KeyAdmin, Scheme, Secret, Timestamp, UserId};

use crate::request::{NOW, Request, now};

const X_AUTH_KEY: (&str, &str) = ("M-LmI2b3pA0UdIuU7OhXEw", "Zk3oQ0mJx7bT5rYh2vLwPq9sNcEaUiGdR1tVfXyB4KM");
const URL_KEY: (&str, &str) = ("483a570a", "d7228d70cd7f456d9bfdc35ed8fee375");

fn keys() -> &'static MemoryKeyStore {
    static KEYS: OnceLock<MemoryKeyStore> = OnceLock::new();
    KEYS.get_or_init(|| {
        let keys = MemoryKeyStore::new();
        now(keys.add_user(&UserId::from("ada"), None)).expect("user");
        for (scheme, (id, secret)) in [(Scheme::XAuth, X_AUTH_KEY), (Scheme::QuerySignature, URL_KEY)] {
            let key =
                NewKey::new(scheme, KeyOwner::user("ada")).with_id(id).with_secret(Secret::from(secret));
            drop(now(keys.issue(key, Timestamp::from_unix_seconds(0))).expect("issued"));
        }
        keys
    })
}

fn is_signature_of(secret: &str, text: &[u8], signature: &[u8]) -> bool {
    HmacKey::new(HmacAlgorithm::Sha256, &Secret::from(secret)).sign(&[text]).expose() == signature
}

/// Says whether the headers were accepted.
pub fn x_auth(bytes: &[u8]) -> bool {
    let Some(request) = Request::read(bytes) else { return false };
    let accepted = |long_exp: bool| {
        let x_auth = XAuthAuthenticator::new(keys().clone(), MemoryNonceStore::new());
        request.is_accepted(&if long_exp { x_auth.dangerous_accept_eleven_digit_exp() } else { x_auth })
    };
    let (usual, long) = (accepted(false), accepted(true));
    assert!(long || !usual, "who asks for less accepts more");
    if !long {
        return false;
    }
    for strict in ["version", "nonce", "digest"] {
        let name = format!("x-auth-{strict}");
        assert!(!request.headers.iter().any(|(held, _)| *held == name), "both forms");
    }
    let [iss, exp, nbf, signature] =
        ["iss", "exp", "nbf", "signature"].map(|name| request.header(&format!("x-auth-{name}")));
    assert_eq!(iss, X_AUTH_KEY.0);
    let decoded = [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD]
        .iter()
        .find_map(|alphabet| alphabet.decode(signature).ok())
        .expect("base64");
    let text = format!("{iss}{exp}{nbf}{}", STANDARD.encode(request.body));
    assert!(is_signature_of(X_AUTH_KEY.1, text.as_bytes(), &decoded));
    let seconds = |text: &str| -> i64 {
        assert!(text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit()), "{text}");
        text.parse().expect("digits")
    };
    let start = seconds(nbf);
    assert!(start < NOW);
    if usual {
        let end = seconds(exp);
        assert!(NOW < end && end - start <= 600);
    } else {
        assert!(exp.len() == 11 && exp.ends_with('5'));
        let signed = seconds(&exp[..10]);
        assert!(signed <= NOW && NOW < signed + 600 && signed <= start + 600);
    }
    true
}

/// The parameters of a query that was accepted, in turn.
fn pairs(query: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    query
        .split('&')
        .map(|pair| pair.split_once('=').map_or((pair, None), |(name, value)| (name, Some(value))))
}

fn only<'a>(query: &'a str, name: &str) -> &'a str {
    let mut found = pairs(query).filter(|(held, _)| *held == name);
    let (_, value) = found.next().unwrap_or_else(|| panic!("accepted without {name}"));
    assert!(found.next().is_none(), "accepted with {name} twice");
    value.expect("accepted without a value")
}

fn unescaped(text: &str, plus: u8) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        bytes.push(match byte {
            b'%' => {
                let (digits, behind) = rest.split_at(2);
                rest = behind;
                u8::from_str_radix(std::str::from_utf8(digits).expect("digits"), 16).expect("digits")
            }
            b'+' => plus,
            _ => *byte,
        });
    }
    bytes
}

/// The query as forms are written.
fn written_again(query: &str) -> String {
    let written = |text: &str| -> String {
        let byte = |byte: &u8| match byte {
            b' ' => "+".to_owned(),
            byte if byte.is_ascii_alphanumeric() || b"_.-".contains(byte) => char::from(*byte).to_string(),
            byte => format!("%{byte:02X}"),
        };
        unescaped(text, b' ').iter().map(byte).collect()
    };
    let pair = |(name, value): (&str, Option<&str>)| {
        format!("{}={}", written(name), written(value.expect("a value")))
    };
    pairs(query).map(pair).collect::<Vec<_>>().join("&")
}

/// Says whether the URL was accepted, in the wide reading.
pub fn signed_url(bytes: &[u8]) -> bool {
    let Some(request) = Request::read(bytes) else { return false };
    let accepted = |wide: bool| {
        let urls = QuerySignatureAuthenticator::new(keys().clone(), MemoryNonceStore::new());
        request.is_accepted(&if wide { urls.accept_compatible_form() } else { urls })
    };
    let (narrow, wide) = (accepted(false), accepted(true));
    assert!(wide || !narrow, "who asks for less accepts more");
    let text = canonical_text(request.path, request.query.unwrap_or_default(), request.body);
    if !wide {
        return false;
    }
    let query = request.query.expect("accepted without a query");
    for pair in pairs(query) {
        assert!(!pair.0.to_ascii_lowercase().starts_with("pc-signature"), "both forms");
    }
    let [timestamp, key, signature] = ["timestamp", "apikey", "signature"].map(|name| only(query, name));
    assert_eq!(key, URL_KEY.0);
    let mut signature = unescaped(signature, b'+');
    signature.iter_mut().filter(|byte| **byte == b' ').for_each(|byte| *byte = b'+');
    let signature = STANDARD.decode(signature).expect("base64");
    let is_signed = |pair: &&str| pair.split('=').next() != Some("signature");
    let signed = query.split('&').filter(is_signed).collect::<Vec<_>>().join("&");
    let message = |query: &str| [request.path.as_bytes(), b"?", query.as_bytes(), request.body].concat();
    let as_sent = is_signature_of(URL_KEY.1, &message(&signed), &signature);
    assert!(as_sent || !narrow);
    assert!(as_sent || is_signature_of(URL_KEY.1, &message(&written_again(&signed)), &signature));
    assert_eq!(text.ok().flatten(), Some(message(&signed)));
    if narrow && !request.body.is_empty() {
        assert_eq!(pairs(&signed).last().map(|(name, _)| name), Some("apikey"));
        assert!(!request.body.starts_with(b"&"));
    }
    let (whole, fraction) = timestamp.split_once('.').unwrap_or((timestamp, "0"));
    assert!([whole, fraction].iter().all(|digits| digits.bytes().all(|byte| byte.is_ascii_digit())));
    let drift = NOW - whole.parse::<i64>().expect("digits");
    assert!((-300..=300).contains(&drift), "{timestamp}");
    assert!(
        drift != -300
            || fraction
                .get(..6.min(fraction.len()))
                .is_some_and(|six| six.bytes().all(|digit| digit == b'0'))
    );
    true
}
