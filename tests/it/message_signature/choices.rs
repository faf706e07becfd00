//! Which of several signatures counts, and what an application asks for.

use http::HeaderValue;
use portcullis::message_signature::{Component, MessageSigner};
use portcullis::store::IssuedKey;
use portcullis::{Reason, Timestamp};

use super::{Messages, Signatures, reason, signatures, signed_by, unsigned};
use crate::kit::{Kit, NOW};
use crate::table::{SchemeUnderTest, Sent};

/// A name, what is asked for, the labels and tags that are sent, and why that is refused.
type Case =
    (&'static str, fn(Signatures) -> Signatures, &'static [(&'static str, &'static str)], Option<Reason>);

/// A request with a signature for each pair of a label and a tag.
fn several(key: &IssuedKey, signatures: &[(&str, &str)]) -> Sent {
    let mut all = unsigned("GET", "/", b"");
    for (label, tag) in signatures {
        let signer = MessageSigner::new(key.id.clone(), &key.secret).with_label(label).with_tag(tag);
        let one = signed_by(&signer, unsigned("GET", "/", b""), b"", NOW);
        for name in ["signature-input", "signature"] {
            all.headers_mut().append(name, one.headers()[name].clone());
        }
    }
    all
}

#[tokio::test]
async fn the_signature_with_the_tag_or_the_label_counts() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    const TWO: &[(&str, &str)] = &[("client", "orders"), ("proxy", "trace")];
    const SAME: &[(&str, &str)] = &[("a", "orders"), ("b", "orders")];
    let malformed = Some(Reason::MalformedSignature);
    let plain = |signatures: Signatures| signatures;
    let cases: [Case; 9] = [
        ("one", plain, &TWO[..1], None),
        ("two", plain, TWO, malformed),
        ("by label", |it| it.with_label("client"), TWO, None),
        ("by tag", |it| it.with_tag("orders"), TWO, None),
        ("by a tag that both have", |it| it.with_tag("orders"), SAME, malformed),
        ("by label and tag", |it| it.with_label("b").with_tag("orders"), SAME, None),
        (
            "by label, with another tag",
            |it| it.with_label("proxy").with_tag("orders"),
            TWO,
            Some(Reason::InvalidCredential),
        ),
        ("by a tag that none has", |it| it.with_tag("other"), TWO, Some(Reason::UnclaimedCredential)),
        ("by a label that none has", |it| it.with_label("other"), TWO, Some(Reason::UnclaimedCredential)),
    ];
    for (name, with, signed, refused) in cases {
        let layer = kit.layer(with(signatures(&kit)));
        assert_eq!(reason(&layer, several(&key, signed)).await, refused, "{name}");
        // A signature that nobody claims is no wish to be nobody.
        let layer = kit.layer(with(signatures(&kit))).allow_anonymous();
        assert_eq!(reason(&layer, several(&key, signed)).await, refused, "{name}, anonymous");
    }
}

#[tokio::test]
async fn what_another_signature_covers_does_not_matter() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let layer = kit.layer(signatures(&kit).with_label("client"));
    for (input, refused) in [
        (r#"other=("@status" "x";req);odd=1"#, None),
        ("other=()", None),
        ("other=1", Some(Reason::MalformedSignature)),
    ] {
        let mut sent = several(&key, &[("client", "orders")]);
        sent.headers_mut().append("signature-input", HeaderValue::from_static(input));
        sent.headers_mut().append("signature", HeaderValue::from_static("other=:AAAA:"));
        assert_eq!(reason(&layer, sent).await, refused, "{input}");
    }
}

/// T84: the right spelling beside a wrong one excuses nothing.
#[tokio::test]
async fn the_signature_that_counts_has_one_spelling() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let layer = kit.layer(signatures(&kit).with_label("client"));
    let signer = MessageSigner::new(key.id.clone(), &key.secret).with_label("client").without_nonce();
    let signed = signed_by(&signer, unsigned("GET", "/", b""), b"", NOW);
    let right = signed.headers()["signature"].to_str().expect("text");
    // The last digit stands for four bits of the signature, and two that nobody reads.
    let (before, last) = right.split_at(right.len() - 3);
    let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let place = digits.find(&last[..1]).expect("a digit");
    let wrong = format!("{before}{}=:", &digits[place + 1..place + 2]);
    let invalid = Some(Reason::InvalidCredential);
    for (signature, refused) in [
        (right.to_owned(), None),
        (format!("other=:AAAA:,\t{right} "), None),
        (format!(r#"other="a \\",{right}"#), None),
        (wrong.clone(), invalid),
        (format!("{wrong}, {}", right.replacen("client", "other", 1)), invalid),
        (format!("{wrong}, other=\", {right}, \""), invalid),
        (format!(r#"{wrong}, other="\", {right}, ""#), invalid),
        (format!("other=\", {right}, \", {wrong}"), invalid),
    ] {
        let mut sent = signed.clone();
        if signature.contains("other") {
            sent.headers_mut().append("signature-input", HeaderValue::from_static("other=()"));
        }
        sent.headers_mut().insert("signature", signature.parse().expect("a value"));
        assert_eq!(reason(&layer, sent).await, refused, "{signature}");
    }
}

#[tokio::test]
async fn components_can_be_asked_for() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let parse =
        |names: &[&str]| names.iter().map(|name| name.parse().expect(name)).collect::<Vec<Component>>();
    let sign = |names: &[&str]| {
        let signer = MessageSigner::new(key.id.clone(), &key.secret).with_components(parse(names));
        let mut sent = unsigned("GET", "/a?b=1", b"");
        sent.headers_mut().insert("date", HeaderValue::from_static("Tue, 14 Nov 2023 22:13:20 GMT"));
        signed_by(&signer, sent, b"", NOW)
    };
    let usual = ["@method", "@authority", "@path", "@query"];
    for left_out in usual {
        let layer = kit.layer(signatures(&kit));
        let rest: Vec<&str> = usual.into_iter().filter(|name| *name != left_out).collect();
        assert_eq!(reason(&layer, sign(&rest)).await, Some(Reason::NotCovered), "{left_out}");
    }
    let dated = || {
        kit.layer(signatures(&kit).with_required_components(parse(&["date", r#""@query-param";name="b""#])))
    };
    assert_eq!(reason(&dated(), sign(&usual)).await, Some(Reason::NotCovered));
    assert_eq!(reason(&dated(), sign(&["date"])).await, Some(Reason::NotCovered));
    assert_eq!(reason(&dated(), sign(&["date", "@query"])).await, None);
    assert_eq!(reason(&dated(), sign(&["date", r#""@query-param";name="b""#])).await, None);
}

#[tokio::test]
async fn a_scheme_can_be_covered_only_where_it_is_known() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let names = ["@method", "@target-uri"].map(|name| name.parse().expect(name));
    let signer = MessageSigner::new(key.id.clone(), &key.secret).with_components(names);
    let request = http::Request::get("https://api.example.com/a?b").body(http_body_util::Full::default());
    let mut sent = signed_by(&signer, request.expect("a request"), b"", NOW);
    *sent.uri_mut() = "/a?b".parse().expect("a path");
    sent.headers_mut().insert("host", HeaderValue::from_static("api.example.com"));
    for (scheme, refused) in [
        (None, Some(Reason::WrongSignature)),
        (Some("http"), Some(Reason::WrongSignature)),
        (Some("https"), None),
    ] {
        let signatures = signatures(&kit);
        let layer = kit.layer(match scheme {
            Some(scheme) => signatures.with_scheme(scheme),
            None => signatures,
        });
        assert_eq!(reason(&layer, sent.clone()).await, refused, "{scheme:?}");
    }
}

#[tokio::test]
async fn a_nonce_can_be_asked_for() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let layer = kit.layer(signatures(&kit).require_nonce());
    let without = Messages::sign(&key, "GET", "/", b"", NOW);
    assert_eq!(reason(&layer, without).await, Some(Reason::InvalidCredential));
    let with = MessageSigner::new(key.id.clone(), &key.secret);
    assert_eq!(reason(&layer, signed_by(&with, unsigned("GET", "/", b""), b"", NOW)).await, None);
}

#[tokio::test]
async fn repeats_of_get_are_refused_where_that_is_asked_for() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let layer = kit.layer(signatures(&kit).refuse_safe_repeats());
    let sent = Messages::sign(&key, "GET", "/", b"", NOW);
    assert_eq!(reason(&layer, sent.clone()).await, None);
    assert_eq!(reason(&layer, sent).await, Some(Reason::Replayed));
}

#[tokio::test]
async fn the_end_is_what_comes_first_of_expires_and_the_age() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    for (life, last) in [(None, 299), (Some(10), 9), (Some(10_000), 299)] {
        for (later, refused) in [(last, None), (last + 1, Some(Reason::Expired))] {
            let mut signer = MessageSigner::new(key.id.clone(), &key.secret);
            if let Some(life) = life {
                signer = signer.with_life(std::time::Duration::from_secs(life));
            }
            let sent = signed_by(&signer, unsigned("GET", "/", b""), b"", NOW);
            kit.clock.set(Timestamp::from_unix_seconds(NOW.as_unix_seconds() + later));
            assert_eq!(reason(&kit.layer(signatures(&kit)), sent).await, refused, "{life:?} {later}");
        }
    }
}
