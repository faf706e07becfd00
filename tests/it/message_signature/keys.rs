//! Public keys, and algorithms that are mixed up.

use portcullis::jwt::{JwtAlgorithm, JwtKey};
use portcullis::message_signature::{MessageAlgorithm, MessageKey, MessageSigner, UnusableKey};
use portcullis::request::{BodyGate, Notes, RequestTarget, RequestView};
use portcullis::store::{LastUses, StoredPrincipal};
use portcullis::{Authenticator, Credential, Principal, Reason, Scheme, Secret, UserId};

use super::{Messages, Signatures, reason, signatures, signed_by, unsigned};
use crate::kit::{Kit, NOW, send};
use crate::table::{SchemeUnderTest, Sent};

const PAIRS: [(JwtAlgorithm, MessageAlgorithm); 4] = [
    (JwtAlgorithm::EdDsa, MessageAlgorithm::Ed25519),
    (JwtAlgorithm::Es256, MessageAlgorithm::EcdsaP256Sha256),
    (JwtAlgorithm::Es384, MessageAlgorithm::EcdsaP384Sha384),
    (JwtAlgorithm::Ps512, MessageAlgorithm::RsaPssSha512),
];

fn partner() -> StoredPrincipal {
    Principal::builder(Some(UserId::from("partner"))).account(None).site(None).build()
}

fn public(key: &JwtKey) -> JwtKey {
    let jwk = key.to_public_jwk().expect("a public half").to_string();
    JwtKey::from_jwk_text(&jwk, key.algorithm()).expect("a public key")
}

fn with(kit: &Kit, id: &str, key: JwtKey) -> Signatures {
    signatures(kit).with_keys([MessageKey::new(id, key, partner()).expect("a key")])
}

fn sent(signer: &MessageSigner) -> Sent {
    signed_by(signer, unsigned("POST", "/orders?a=1", b"{}"), b"{}", NOW)
}

#[tokio::test]
async fn a_pair_of_keys_of_each_algorithm_signs_and_verifies() {
    let kit = Kit::new().await;
    for (algorithm, named) in PAIRS {
        let (ours, other) =
            (JwtKey::generate(algorithm).expect("a key"), JwtKey::generate(algorithm).expect("a key"));
        let layer = kit.layer(with(&kit, "partner", public(&ours)));
        let signer = |key: &JwtKey| MessageSigner::with_key("partner", key.clone()).expect("a private key");
        assert_eq!(signer(&ours).algorithm(), named);
        let answer = send(&layer, sent(&signer(&ours).with_alg())).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "partner|{}"), "{named}");
        assert_eq!(reason(&layer, sent(&signer(&ours))).await, None);
        assert_eq!(reason(&layer, sent(&signer(&other))).await, Some(Reason::WrongSignature), "{named}");
        let mut changed = sent(&signer(&ours));
        *changed.uri_mut() = "/orders?a=2".parse().expect("a target");
        assert_eq!(reason(&layer, changed).await, Some(Reason::WrongSignature), "{named}");
        assert_eq!(MessageSigner::with_key("partner", public(&ours)).err(), Some(UnusableKey::Public));
    }
}

#[tokio::test]
async fn a_signature_of_another_length_or_form_is_refused() {
    let kit = Kit::new().await;
    for (algorithm, named) in PAIRS {
        let key = JwtKey::generate(algorithm).expect("a key");
        let layer = kit.layer(with(&kit, "partner", public(&key)));
        let good = sent(&MessageSigner::with_key("partner", key).expect("a private key"));
        for change in [
            |text: String| text.replacen(":", ":AAAA", 1),
            |text: String| text.replacen(":", ":AAAA", 1).replace("=:", ":"),
        ] {
            let mut changed = good.clone();
            let text = good.headers()["signature"].to_str().expect("text").to_owned();
            changed.headers_mut().insert("signature", change(text).parse().expect("value"));
            assert!(reason(&layer, changed).await.is_some(), "{named}");
        }
        assert_eq!(reason(&layer, good).await, None, "{named}");
    }
}

/// T82 and the confusion of algorithms: the key says which, and a public key is no secret.
#[tokio::test]
async fn the_algorithm_is_the_keys_and_never_the_signatures() {
    let kit = Kit::new().await;
    let ed = JwtKey::generate(JwtAlgorithm::EdDsa).expect("a key");
    let es = JwtKey::generate(JwtAlgorithm::Es256).expect("a key");
    let layer = kit.layer(with(&kit, "partner", public(&ed)));
    // An HMAC keyed with what everybody knows of the public key.
    let jwk = ed.to_public_jwk().expect("a public half").to_string();
    let x = jwk.split('"').find(|text| text.len() == 43).expect("x").to_owned();
    let bytes =
        base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, &x).expect("base64url");
    for secret in [Secret::from(jwk.as_str()), Secret::from(x.as_str()), Secret::new(bytes)] {
        let forged = MessageSigner::new("partner", &secret);
        assert_eq!(reason(&layer, sent(&forged)).await, Some(Reason::WrongSignature));
        assert_eq!(reason(&layer, sent(&forged.with_alg())).await, Some(Reason::AlgorithmMismatch));
    }
    let other = MessageSigner::with_key("partner", es).expect("a key");
    assert_eq!(reason(&layer, sent(&other)).await, Some(Reason::WrongSignature));
    assert_eq!(reason(&layer, sent(&other.with_alg())).await, Some(Reason::AlgorithmMismatch));

    // A key of the store is for HMAC with SHA-256, whatever a signature calls it.
    let key = kit.issue(Messages::new_key()).await;
    let signed = sent(&MessageSigner::new(key.id.clone(), &key.secret).with_alg());
    for named in ["ed25519", "rsa-v1_5-sha256", "hmac-sha1", "hmac-sha512", "HMAC-SHA256", "none", ""] {
        let mut renamed = signed.clone();
        let input = signed.headers()["signature-input"].to_str().expect("text").replace("hmac-sha256", named);
        renamed.headers_mut().insert("signature-input", input.parse().expect("value"));
        assert_eq!(reason(&layer, renamed).await, Some(Reason::AlgorithmMismatch), "{named}");
    }
    assert_eq!(reason(&layer, signed).await, None);
}

#[test]
fn a_key_that_is_not_for_messages_is_none() {
    for algorithm in [JwtAlgorithm::Rs256, JwtAlgorithm::Ps256, JwtAlgorithm::Es512] {
        let key = JwtKey::generate(algorithm).expect("a key");
        assert_eq!(MessageSigner::with_key("k", key.clone()).err(), Some(UnusableKey::Algorithm));
        assert_eq!(MessageKey::new("k", key, ()).err(), Some(UnusableKey::Algorithm));
    }
    assert_eq!(MessageKey::hmac("k", &Secret::from("short"), ()).err(), Some(UnusableKey::TooShort));
    assert!(MessageKey::hmac("k", &Secret::from("a secret that has all 32 characters"), ()).is_ok());
}

#[tokio::test]
async fn a_key_of_the_application_comes_before_one_of_the_store() {
    let kit = Kit::new().await;
    let key = kit.issue(Messages::new_key()).await;
    let ours = JwtKey::generate(JwtAlgorithm::EdDsa).expect("a key");
    let layer = kit.layer(with(&kit, key.id.as_str(), public(&ours)));
    let stored = MessageSigner::new(key.id.clone(), &key.secret);
    assert_eq!(reason(&layer, sent(&stored)).await, Some(Reason::WrongSignature));
    let signer = MessageSigner::with_key(key.id.clone(), ours).expect("a key");
    assert_eq!(reason(&layer, sent(&signer)).await, None);
}

#[tokio::test]
async fn a_key_of_the_application_is_no_use_of_a_stored_one() {
    let (kit, uses) = (Kit::new().await, LastUses::new(10));
    let key = kit.issue(Messages::new_key()).await;
    let ours = JwtKey::generate(JwtAlgorithm::EdDsa).expect("a key");
    let authenticator = with(&kit, key.id.as_str(), public(&ours));
    let signer = MessageSigner::with_key(key.id.clone(), ours).expect("a key");
    let layer = kit.layer(authenticator.clone()).with_last_use(uses.clone());
    assert_eq!(reason(&layer, sent(&signer)).await, None);
    assert!(uses.is_empty());
    // The name is there for logs, and no place where the key would be looked up.
    let request = sent(&signer);
    let (notes, gate) = (Notes::new(), BodyGate::delivered("{}".into()));
    let mut target = RequestTarget::new("POST", "/orders", Some("a=1"));
    target.authority = Some("api.example.com");
    let view = RequestView::new(target, request.headers(), &gate, NOW).with_notes(&notes);
    assert!(authenticator.authenticate(&view).await.is_ok());
    assert_eq!(notes.credential(), Some(&Credential::of_name(Scheme::MessageSignature, key.id)));
    assert_eq!(notes.credential().and_then(Credential::realm), None);
}

#[tokio::test]
async fn a_repeat_is_refused_also_of_a_signature_that_is_random() {
    let kit = Kit::new().await;
    let key = JwtKey::generate(JwtAlgorithm::Es256).expect("a key");
    let layer = kit.layer(with(&kit, "partner", public(&key)));
    let signer = MessageSigner::with_key("partner", key).expect("a key").without_nonce();
    // The same text, signed twice: two signatures that both verify, as a stranger can make a
    // second one of any signature with ECDSA.
    let (first, second) = (sent(&signer), sent(&signer));
    assert_ne!(first.headers()["signature"], second.headers()["signature"]);
    assert_eq!(reason(&layer, first).await, None);
    assert_eq!(reason(&layer, second).await, Some(Reason::Replayed));
}
