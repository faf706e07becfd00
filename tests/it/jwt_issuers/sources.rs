//! Issuers whose keys change, or cannot be had.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use portcullis::Timestamp;
use portcullis::jwt::{
    JwtAlgorithm, JwtIssuers, JwtKey, JwtKeySet, JwtKeySource, JwtPolicy, JwtVerifier, KeysUnavailable,
    NewKeys,
};

use super::{A, B, issue, keys, layer_of, of};
use crate::jwt::{OTHER, SECRET, encode, key, status};

/// Counts how often it is asked.
#[derive(Debug, Default)]
struct Asked {
    keys: AtomicUsize,
    again: AtomicUsize,
}

#[derive(Debug)]
struct Source(Arc<Asked>, Option<Arc<JwtKeySet>>, Option<Arc<JwtKeySet>>);

impl JwtKeySource for Source {
    fn keys(&self, _now: Timestamp) -> Result<Arc<JwtKeySet>, KeysUnavailable> {
        self.0.keys.fetch_add(1, Ordering::SeqCst);
        self.1.clone().ok_or(KeysUnavailable)
    }

    fn look_again<'a>(&'a self, _kid: &'a str, _: JwtAlgorithm, _now: Timestamp) -> NewKeys<'a> {
        self.0.again.fetch_add(1, Ordering::SeqCst);
        Box::pin(std::future::ready(Ok(self.2.clone())))
    }
}

fn set(key: JwtKey) -> Option<Arc<JwtKeySet>> {
    Some(Arc::new(JwtKeySet::new([key]).expect("set")))
}

#[tokio::test]
async fn an_unknown_issuer_has_nobody_asked_for_keys() {
    let asked: [Arc<Asked>; 2] = Default::default();
    let source = |n: usize, key| {
        let source = Source(Arc::clone(&asked[n]), set(key), None);
        JwtVerifier::with_source(JwtPolicy::new(), Arc::new(source)).expect("policy")
    };
    let (a, b) = keys();
    let issuers = JwtIssuers::new().add(A, source(0, a.clone())).and_then(|it| it.add(B, source(1, b)));
    let layer = layer_of(issuers.expect("issuers"));
    let counts = || {
        let count = |of: &Asked| (of.keys.load(Ordering::SeqCst), of.again.load(Ordering::SeqCst));
        (count(&asked[0]), count(&asked[1]))
    };
    for issuer in ["https://c.example", "http://169.254.169.254/", "", "https://a.example/"] {
        for kid in ["2026", "unknown"] {
            assert_eq!(
                status(&layer, &issue(&key(SECRET).with_id(kid), issuer, "ada")).await,
                401,
                "{issuer}"
            );
        }
    }
    assert_eq!(counts(), ((0, 0), (0, 0)));
    assert_eq!(status(&layer, &issue(&a, A, "ada")).await, 200);
    assert_eq!(counts(), ((1, 0), (0, 0)));
    // An unknown key of a known issuer concerns its own source alone.
    assert_eq!(status(&layer, &issue(&key(SECRET).with_id("unknown"), A, "ada")).await, 401);
    assert_eq!(counts(), ((2, 1), (0, 0)));
}

#[tokio::test]
async fn a_key_that_is_found_by_looking_again_is_of_the_tokens_issuer() {
    let (old, new) = (key(OTHER).with_id("old"), key(SECRET).with_id("new"));
    let source = Source(Arc::default(), set(old), set(new.clone()));
    let verifier =
        JwtVerifier::with_source(JwtPolicy::new().with_audience("shop"), Arc::new(source)).expect("policy");
    let issuers = JwtIssuers::new().add(A, verifier).and_then(|it| it.add(B, of(key(OTHER))));
    let layer = layer_of(issuers.expect("issuers"));
    assert_eq!(status(&layer, &issue(&new, A, "ada")).await, 200);
    assert_eq!(status(&layer, &issue(&new, B, "ada")).await, 401);
    let forged = issue(&key(&format!("{OTHER}x")).with_id("new"), A, "ada");
    assert_eq!(status(&layer, &forged).await, 401);
}

#[tokio::test]
async fn an_issuer_may_go_over_to_another_algorithm() {
    let (old, new) = (key(OTHER).with_id("old"), JwtKey::generate(JwtAlgorithm::Es256).expect("pair"));
    let new = new.with_id("new");
    let asked = Arc::<Asked>::default();
    let source = Source(Arc::clone(&asked), set(old.clone()), set(new.clone()));
    let verifier =
        JwtVerifier::with_source(JwtPolicy::new().with_audience("shop"), Arc::new(source)).expect("policy");
    let layer = layer_of(JwtIssuers::new().add(A, verifier).expect("issuers"));
    let again = || asked.again.load(Ordering::SeqCst);
    assert_eq!((status(&layer, &issue(&old, A, "ada")).await, again()), (200, 0));
    assert_eq!((status(&layer, &issue(&new, A, "ada")).await, again()), (200, 1));
    // Nobody looks again for a key that is there, or for what is no token.
    let header = r#"{"alg":"HS256","kid":"old"}"#;
    let signed = format!("{}.{}", encode(header), encode(format!(r#"{{"iss":"{A}"}}"#)));
    for signature in ["A".repeat(86), "A".repeat(43), "A".to_owned()] {
        assert_eq!((status(&layer, &format!("{signed}.{signature}")).await, again()), (401, 1));
    }
    let none = r#"{"alg":"none","kid":"x"}"#;
    assert_eq!((status(&layer, &format!("{}.e30.AAAA", encode(none))).await, again()), (401, 1));
}

#[tokio::test]
async fn a_key_of_another_type_with_the_same_id_is_another_key() {
    let old = JwtKey::generate(JwtAlgorithm::Es256).expect("pair").with_id("a");
    let new = JwtKey::generate(JwtAlgorithm::Rs256).expect("pair").with_id("a");
    let asked = Arc::<Asked>::default();
    let source = Source(Arc::clone(&asked), set(old.clone()), set(new.clone()));
    let verifier =
        JwtVerifier::with_source(JwtPolicy::new().with_audience("shop"), Arc::new(source)).expect("policy");
    let layer = layer_of(JwtIssuers::new().add(A, verifier).expect("issuers"));
    assert_eq!(status(&layer, &issue(&new, A, "ada")).await, 200);
    assert_eq!(asked.again.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_key_without_an_id_is_not_the_one_that_a_token_names() {
    let asked = Arc::<Asked>::default();
    let (new, nameless) = (key(SECRET).with_id("new"), key(OTHER));
    let source = Source(Arc::clone(&asked), set(nameless.clone()), set(new.clone()));
    let verifier =
        JwtVerifier::with_source(JwtPolicy::new().with_audience("shop"), Arc::new(source)).expect("policy");
    let layer = layer_of(JwtIssuers::new().add(A, verifier).expect("issuers"));
    let again = || asked.again.load(Ordering::SeqCst);
    // It fits whatever a token names, and may be the right one.
    assert_eq!((status(&layer, &issue(&nameless.with_id("x"), A, "ada")).await, again()), (200, 0));
    assert_eq!((status(&layer, &issue(&new, A, "ada")).await, again()), (200, 1));
    // A token without an id names none.
    assert_eq!((status(&layer, &issue(&key(SECRET), A, "ada")).await, again()), (401, 1));
}

#[tokio::test]
async fn an_outage_of_one_issuer_is_503_for_its_tokens_alone() {
    let (a, b) = keys();
    let down = JwtVerifier::with_source(JwtPolicy::new(), Arc::new(Source(Arc::default(), None, None)))
        .expect("policy");
    let issuers = JwtIssuers::new().add(A, down).and_then(|it| it.add(B, of(b.clone()))).expect("issuers");
    let layer = layer_of(issuers);
    for (key, issuer, expected) in [(&a, A, 503), (&b, B, 200), (&b, "https://c.example", 401)] {
        assert_eq!(status(&layer, &issue(key, issuer, "ada")).await, expected, "{issuer}");
    }
}
