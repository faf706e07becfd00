//! Both forms of x-auth headers: neither verifies as the other, and one can be switched off.

use std::time::Duration;

use portcullis::Realm;
use portcullis::sign::RequestSigner;
use portcullis::store::{KeyAdmin, KeyEdit, KeyRef, SignatureForms};
use portcullis::x_auth::XAuthSigner;

use crate::kit::{Kit, NOW, request, send};
use crate::table::{SchemeUnderTest, Sent};
use crate::x_auth_strict::{StrictXAuth, layer, set};

/// What is not the compatible form's as well.
const OF_STRICT: [&str; 3] = ["x-auth-version", "x-auth-nonce", "x-auth-digest"];

fn without(mut sent: Sent, names: &[&str]) -> Sent {
    for name in names {
        sent.headers_mut().remove(*name);
    }
    sent
}

#[tokio::test]
async fn without_its_version_a_request_is_none_of_the_compatible_form() {
    let kit = Kit::new().await;
    let key = kit.issue(StrictXAuth::new_key()).await;
    let layer = kit.layer(layer(&kit));
    for (removed, status) in [
        (&OF_STRICT[..1], 400),
        (&["x-auth-version", "x-auth-nonce"], 400),
        (&["x-auth-version", "x-auth-digest"], 400),
        (&OF_STRICT, 401),
    ] {
        let sent = without(StrictXAuth::sign(&key, "POST", "/", b"body", NOW), removed);
        assert_eq!(send(&layer, sent).await.status, status, "{removed:?}");
    }
    // Nor the other way round.
    let mut raised = StrictXAuth::sign(&key, "POST", "/", b"", NOW);
    let compatible = XAuthSigner::new(key.id.clone(), &key.secret).sign(b"", NOW).expect("signed");
    compatible.insert_into(raised.headers_mut()).expect("headers");
    let url = compatible.signature.replace('+', "-").replace('/', "_").replace('=', "");
    set(&mut raised, "x-auth-signature", &url);
    assert_eq!(send(&layer, raised).await.status, 401);
}

#[tokio::test]
async fn a_key_with_the_strict_form_alone_refuses_the_other_like_a_wrong_signature() {
    let kit = Kit::new().await;
    let key = kit.issue(StrictXAuth::new_key()).await;
    let layer = kit.layer(layer(&kit));
    let compatible = |secret: &portcullis::Secret, second: u64| {
        let now = NOW.saturating_sub(Duration::from_secs(second));
        let mut sent = request("POST", "/", &[("host", "a")], b"");
        let signed = XAuthSigner::new(key.id.clone(), secret).sign(b"", now).expect("signed");
        signed.insert_into(sent.headers_mut()).expect("headers");
        sent
    };
    assert_eq!(send(&layer, compatible(key.secret.as_ref(), 0)).await.status, 200);
    let named = KeyRef { realm: Realm::default(), id: key.id.clone() };
    let forms = |forms| KeyEdit::new().signature_forms(forms);
    kit.keys.edit(&named, forms(SignatureForms::StrictOnly)).await.expect("edited");
    let right = send(&layer, compatible(key.secret.as_ref(), 1)).await;
    let wrong = send(&layer, compatible(&"another secret".into(), 1)).await;
    assert_eq!((right.status.as_u16(), &right), (401, &wrong));
    assert_eq!(send(&layer, StrictXAuth::sign(&key, "POST", "/", b"", NOW)).await.status, 200);
    // What was refused was not claimed.
    kit.keys.edit(&named, forms(SignatureForms::Any)).await.expect("edited");
    assert_eq!(send(&layer, compatible(key.secret.as_ref(), 1)).await.status, 200);
}

#[tokio::test]
async fn an_authenticator_of_the_strict_form_alone_refuses_the_other() {
    let kit = Kit::new().await;
    let key = kit.issue(StrictXAuth::new_key()).await;
    let layer = kit.layer(layer(&kit).strict_only()).allow_anonymous();
    let mut sent = request("POST", "/", &[("host", "a")], b"");
    let signed = XAuthSigner::new(key.id.clone(), &key.secret).sign(b"", NOW).expect("signed");
    signed.insert_into(sent.headers_mut()).expect("headers");
    assert_eq!(send(&layer, sent).await.status, 401, "and is not let in as nobody");
    assert_eq!(send(&layer, StrictXAuth::sign(&key, "POST", "/", b"", NOW)).await.status, 200);
}

#[tokio::test]
async fn both_signers_are_request_signers() {
    let kit = Kit::new().await;
    let key = kit.issue(StrictXAuth::new_key()).await;
    let layer = kit.layer(layer(&kit));
    let compatible = XAuthSigner::new(key.id.clone(), &key.secret);
    let signers: [&dyn RequestSigner; 2] = [&compatible, &compatible.clone().strict()];
    for signer in signers {
        let (mut head, body) = request("POST", "/a?b", &[("host", "api.example")], b"x").into_parts();
        signer.sign_request(&mut head, b"x", NOW).expect("signed");
        assert!(signer.sign_request(&mut head, b"x", NOW).is_err(), "it is signed already");
        assert_eq!(send(&layer, Sent::from_parts(head, body)).await.status, 200, "{signer:?}");
    }
}
