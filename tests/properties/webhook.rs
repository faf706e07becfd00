//! Signed events.

use http::HeaderMap;
use portcullis::store::memory::MemoryNonceStore;
use portcullis::webhook::{
    WebhookAuthenticator, WebhookEncoding, WebhookScheme, WebhookSigner, WebhookVerifier,
};
use portcullis::{Reason, Timestamp};
use proptest::prelude::*;

use crate::harness::{NOW, verdict, with_byte};

const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// Two secrets for where there is room for two signatures.
const SECRETS: [&str; 2] = ["C2FVsBQIhrscChlQIMV+b5sSYspob7oD", WHSEC];

fn scheme(number: usize) -> WebhookScheme {
    match number % 6 {
        0 => WebhookScheme::standard(),
        1 => WebhookScheme::svix(),
        2 => WebhookScheme::github(),
        3 => WebhookScheme::stripe(),
        4 => WebhookScheme::slack(),
        _ => WebhookScheme::of_body("x-shop-hmac", "hmac ", WebhookEncoding::Base64),
    }
}

fn events(scheme: WebhookScheme) -> WebhookAuthenticator<(), MemoryNonceStore> {
    let verifier = WebhookVerifier::new(scheme, SECRETS).expect("a verifier");
    WebhookAuthenticator::new("shop", (), verifier, MemoryNonceStore::new())
}

fn signed(scheme: &WebhookScheme, secrets: usize, body: &[u8]) -> Vec<(String, Vec<u8>)> {
    let several = ["webhook-signature", "svix-signature", "stripe-signature"];
    let secrets = if scheme.headers().any(|name| several.contains(&name)) { secrets } else { 1 };
    let signer = WebhookSigner::new(scheme.clone(), SECRETS[..secrets].iter().copied()).expect("a signer");
    let headers = signer.sign(body, Timestamp::from_unix_seconds(NOW)).expect("signed");
    headers.pairs().iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect()
}

proptest! {
    #[test]
    fn what_is_signed_is_accepted_and_any_change_is_refused(
        number in 0_usize..6,
        body in prop::collection::vec(any::<u8>(), 0..2000),
        header in any::<usize>(),
        place in any::<usize>(),
        byte in any::<u8>(),
    ) {
        let scheme = scheme(number);
        let headers = signed(&scheme, 1, &body);
        prop_assert_eq!(verdict(&events(scheme.clone()), "/", &headers, &body), Ok(()));

        let mut changed = headers.clone();
        let header = header % changed.len();
        changed[header].1 = with_byte(&changed[header].1, place, byte);
        prop_assert!(verdict(&events(scheme.clone()), "/", &changed, &body).is_err(), "{changed:?}");
        if !body.is_empty() {
            let other = with_byte(&body, place, byte);
            prop_assert_eq!(verdict(&events(scheme), "/", &headers, &other), Err(Reason::WrongSignature));
        }
    }

    #[test]
    fn two_signatures_are_one_event(
        number in 0_usize..6,
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let scheme = scheme(number);
        let events = events(scheme.clone());
        let headers = signed(&scheme, 2, &body);
        prop_assert_eq!(verdict(&events, "/", &headers, &body), Ok(()));
        prop_assert_eq!(verdict(&events, "/", &headers, &body), Err(Reason::Replayed));
        // Another event is another claim.
        let other = [&body[..], b"!"].concat();
        prop_assert_eq!(verdict(&events, "/", &signed(&scheme, 2, &other), &other), Ok(()));
    }

    #[test]
    fn bytes_that_move_between_the_fields_are_refused(
        number in 0_usize..2,
        body in prop::collection::vec(prop::sample::select(&b".:0123456789v"[..]), 0..40),
        cut in prop::collection::vec(any::<usize>(), 2),
    ) {
        // Whatever the borders, only those that were signed are accepted.
        let scheme = scheme(number);
        let headers = signed(&scheme, 1, &body);
        let whole = [&headers[0].1, &b"."[..], &headers[1].1, b".", &body].concat();
        let dots: Vec<_> = (0..whole.len()).filter(|place| whole[*place] == b'.').collect();
        let first = cut[0] % (dots.len() - 1);
        let second = first + 1 + cut[1] % (dots.len() - first - 1);
        let (first, second) = (dots[first], dots[second]);
        let mut moved = headers.clone();
        moved[0].1 = whole[..first].to_vec();
        moved[1].1 = whole[first + 1..second].to_vec();
        let accepted = verdict(&events(scheme), "/", &moved, &whole[second + 1..]).is_ok();
        prop_assert_eq!(accepted, moved == headers);
    }

    #[test]
    fn arbitrary_headers_never_panic_and_never_pass(
        number in 0_usize..6,
        values in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(any::<u8>(), 0..90),
                "(t=[0-9]{0,11},|v1[a=,]|v0=|sha256=|[0-9a-f]{64}| ){0,6}".prop_map(String::into_bytes),
            ],
            3,
        ),
        kept in any::<usize>(),
    ) {
        let scheme = scheme(number);
        let mut headers = signed(&scheme, 2, b"");
        let last = headers.len() - 1;
        for (place, value) in values.into_iter().enumerate().take(headers.len()) {
            if place == last || kept % 4 != place {
                headers[place].1 = value;
            }
        }
        prop_assert!(verdict(&events(scheme.clone()), "/", &headers, b"").is_err());
        let verifier = WebhookVerifier::new(scheme, SECRETS).expect("a verifier");
        let pairs = headers.iter().filter_map(|(name, value)| {
            Some((http::HeaderName::try_from(name).ok()?, http::HeaderValue::from_bytes(value).ok()?))
        });
        let map: HeaderMap = pairs.collect();
        prop_assert!(verifier.verify(&map, b"", Timestamp::from_unix_seconds(NOW)).is_err());
    }
}
