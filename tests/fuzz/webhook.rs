//! Signed events: whatever is accepted was signed by whoever has the secret, and means one thing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};
use portcullis::crypto::{HmacAlgorithm, HmacKey};
use portcullis::webhook::{WebhookScheme, WebhookVerifier};
use portcullis::{Secret, Timestamp};

const NOW: i64 = 1_700_000_000;
const TEXT: &str = "8f742231b10e8888abcd99yyyzzz85a5";

/// An event: the name of a scheme, headers, an empty line, and the body. A `%` in a header
/// stands for the right signature of the event as it is. Says whether it was accepted.
pub fn webhook(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let Some((head, body)) = text.split_once("\n\n") else { return false };
    let mut lines = head.lines();
    let (name, scheme) = match lines.next() {
        Some("standard") => ("webhook", WebhookScheme::standard()),
        Some("svix") => ("svix", WebhookScheme::svix()),
        Some("github") => ("github", WebhookScheme::github()),
        Some("stripe") => ("stripe", WebhookScheme::stripe()),
        _ => ("slack", WebhookScheme::slack()),
    };
    let in_base64 = matches!(name, "webhook" | "svix");
    let pairs: Vec<(&str, &str)> =
        lines.filter_map(|line| line.split_once(':')).map(|(name, value)| (name, value.trim())).collect();
    let find = |wanted: &str| pairs.iter().find(|(name, _)| *name == wanted).map_or("", |(_, value)| *value);

    // What the sender signs, put together slowly.
    let (id, time) = match name {
        "github" => ("", ""),
        "slack" => ("", find("x-slack-request-timestamp")),
        "stripe" => {
            ("", find("stripe-signature").split(',').find_map(|e| e.strip_prefix("t=")).unwrap_or(""))
        }
        name => (find(&format!("{name}-id")), find(&format!("{name}-timestamp"))),
    };
    let signed = match name {
        "github" => body.to_owned(),
        "slack" => format!("v0:{time}:{body}"),
        "stripe" => format!("{time}.{body}"),
        _ => format!("{id}.{time}.{body}"),
    };
    let secret = if in_base64 { STANDARD.encode(TEXT) } else { TEXT.to_owned() };
    let tag = HmacKey::new(HmacAlgorithm::Sha256, &Secret::from(TEXT)).sign(&[signed.as_bytes()]);
    let right = match in_base64 {
        true => STANDARD.encode(tag.expose()),
        false => tag.expose().iter().map(|byte| format!("{byte:02x}")).collect(),
    };

    let mut headers = HeaderMap::new();
    for (name, value) in &pairs {
        let value = HeaderValue::from_bytes(value.replace('%', &right).as_bytes());
        let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), value) else { return false };
        headers.append(name, value);
    }
    let verifier = WebhookVerifier::new(scheme.clone(), [secret.as_str()]).expect("a verifier");
    let now = Timestamp::from_unix_seconds(NOW);
    if verifier.verify(&headers, body.as_bytes(), now).is_err() {
        return false;
    }

    for name in scheme.headers() {
        assert_eq!(headers.get_all(name).iter().count(), 1, "{name} is there once");
    }
    let list = headers[scheme.headers().last().expect("a header")].to_str().expect("text");
    let (separator, entry) = match name {
        "github" => ("\0", format!("sha256={right}")),
        "slack" => ("\0", format!("v0={right}")),
        "stripe" => (",", format!("v1={right}")),
        _ => (" ", format!("v1,{right}")),
    };
    assert!(list.split(separator).any(|held| held.trim() == entry), "{list} has no good signature");
    if name == "stripe" {
        assert_eq!(list.split(',').filter(|entry| entry.starts_with("t=")).count(), 1, "{list}");
    }
    if name != "github" {
        assert!(time.len() == 10 && time.bytes().all(|byte| byte.is_ascii_digit()), "{time}");
        assert!(time.parse::<i64>().is_ok_and(|time| (time - NOW).abs() <= 300), "{time}");
    }
    assert!(!id.contains('.') && id.is_empty() != in_base64, "{id}");
    // Any other body is refused.
    let other = format!("{body} ");
    assert!(verifier.verify(&headers, other.as_bytes(), now).is_err(), "another body is accepted");
    true
}
