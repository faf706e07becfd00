//! Sets of JWKs: an application's own, and those that others publish.

use super::*;

fn named(jwk: &Value, id: &str) -> Value {
    with(jwk, "kid", id)
}

fn set(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

fn rsa() -> Value {
    examples()["rfc7638"]["jwk"].clone()
}

/// What a fetched set keeps, as ids, and what it drops, by place.
type Read = (Result<Vec<String>, JwtKeySetError>, Vec<(usize, JwtKeyError)>);

fn read(text: &str, rules: &JwkRules) -> Read {
    let mut dropped = Vec::new();
    let set = JwtKeySet::read(text, rules, |which, error| dropped.push((which.place, error)));
    (set.map(|set| set.keys().iter().map(|key| key.id().unwrap_or("-").to_owned()).collect()), dropped)
}

fn ids(ids: &[&str]) -> Result<Vec<String>, JwtKeySetError> {
    Ok(ids.iter().map(|id| (*id).to_owned()).collect())
}

fn bad_keys() -> Vec<(Value, JwtKeyError)> {
    let short = base64::encode_url(&[0xff; 128]);
    let private = with(&of_p256(), "d", "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");
    let secret = json!({ "kty": "oct", "k": "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg" });
    vec![
        (private.clone(), JwtKeyError::Private),
        (with(&private, "use", "enc"), JwtKeyError::Private),
        (with(&private, "crv", "secp256k1"), JwtKeyError::Private),
        (secret.clone(), JwtKeyError::Symmetric),
        (with(&secret, "alg", "HS256"), JwtKeyError::Symmetric),
        (with(&secret, "use", "enc"), JwtKeyError::Symmetric),
        (with(&rsa(), "n", short), JwtKeyError::ShortModulus { bits: 1024 }),
        (with(&rsa(), "e", "Aw"), JwtKeyError::UnfitExponent),
        (with(&rsa(), "n", base64::encode_url(&[0xfe; 256])), JwtKeyError::UnfitModulus),
        (without(&rsa(), "alg"), JwtKeyError::NoAlgorithm),
        (with(&rsa(), "alg", "ES256"), JwtKeyError::WrongType),
        (with(&of_p256(), "alg", "HS256"), JwtKeyError::WrongType),
        (with(&of_p256(), "y", of_p256()["x"].clone()), JwtKeyError::Unreadable),
        (with(&of_p256(), "x", "AQ"), JwtKeyError::Unreadable),
        (with(&of_p256(), "key_ops", json!(["verify", "verify"])), JwtKeyError::Unreadable),
        (with(&of_ed25519(), "x", base64::encode_url(&[0; 32])), JwtKeyError::UnfitPoint),
        (json!("a text"), JwtKeyError::Unreadable),
        (json!({}), JwtKeyError::Unreadable),
    ]
}

#[test]
fn one_bad_key_refuses_a_set_of_our_own_and_is_named() {
    for (bad, error) in bad_keys() {
        let bad = if bad.is_object() { named(&bad, "the bad one") } else { bad };
        let text = set(&[named(&of_p256(), "a"), bad.clone(), named(&of_ed25519(), "b")]);
        let refused = JwtKeySet::from_json(&text, &JwkRules::new()).expect_err("a bad key");
        let JwtKeySetError::Key(which, why) = &refused else { panic!("{refused:?}") };
        assert_eq!((which.place, *why), (2, error), "{bad}");
        // What cannot be read as a JWK has no id either.
        assert_eq!(which.id.as_deref(), bad.is_object().then_some("the bad one"), "{refused:?}");
        assert!(refused.to_string().starts_with("key 2"), "{refused}");
        assert!(!format!("{refused:?} {refused}").contains("jpsQnn"), "{refused:?}");
    }
}

#[test]
fn one_bad_key_of_a_fetched_set_is_dropped_and_told() {
    for (bad, error) in bad_keys() {
        let text = set(&[named(&of_p256(), "a"), bad.clone(), named(&of_ed25519(), "b")]);
        assert_eq!(read(&text, &JwkRules::new()), (ids(&["a", "b"]), vec![(2, error)]), "{bad}");
        let (left, dropped) = read(&set(&[bad]), &JwkRules::new());
        let Err(JwtKeySetError::NoneLeft(which, why)) = left else { panic!("{left:?}") };
        assert_eq!((which.place, why, dropped), (1, error, vec![(1, error)]));
    }
}

#[test]
fn an_id_names_one_key_of_each_type() {
    let other = with(&rsa(), "alg", "PS256");
    let text = set(&[
        named(&of_p256(), "a"),
        named(&of_ed25519(), "a"),
        named(&rsa(), "b"),
        named(&other, "b"),
        named(&of_p256(), "c"),
        of_p256(),
        of_p256(),
    ]);
    // Of the two of RSA neither is used, and those of other types stay.
    let dropped = vec![(3, JwtKeyError::RepeatedId), (4, JwtKeyError::RepeatedId)];
    assert_eq!(read(&text, &JwkRules::new()), (ids(&["a", "a", "c", "-", "-"]), dropped));
    let refused = JwtKeySet::from_json(&text, &JwkRules::new()).expect_err("repeated");
    assert_eq!(refused.to_string(), r#"key 3 ("b") of the set is refused"#);
    assert!(matches!(refused, JwtKeySetError::Key(_, JwtKeyError::RepeatedId)));
    // A bad key takes no good one with it, though it has the same id.
    let weak = named(&with(&of_p256(), "y", of_p256()["x"].clone()), "a");
    let text = set(&[weak, named(&of_p256(), "a")]);
    assert_eq!(read(&text, &JwkRules::new()), (ids(&["a"]), vec![(1, JwtKeyError::Unreadable)]));
}

#[test]
fn keys_that_are_meant_for_others_are_passed_over() {
    for other in [
        json!({ "kty": "AKP", "alg": "ML-DSA-44", "pub": "AA" }),
        json!({ "kty": "OKP", "crv": "X25519", "x": of_ed25519()["x"] }),
        json!({ "kty": "OKP", "crv": "Ed448", "x": "AA" }),
        with(&of_p256(), "crv", "secp256k1"),
        with(&of_p256(), "use", "enc"),
        with(&of_p256(), "alg", "ECDH-ES"),
        with(&of_p256(), "key_ops", json!(["deriveBits"])),
        with(&rsa(), "alg", "RSA-OAEP-256"),
        with(&rsa(), "alg", "none"),
    ] {
        let text = set(&[other.clone(), named(&of_p256(), "a")]);
        assert_eq!(read(&text, &JwkRules::new()), (ids(&["a"]), vec![]), "{other}");
        assert!(JwtKeySet::from_json(&text, &JwkRules::new()).is_ok(), "{other}");
        let alone = JwtKeySet::from_json(&set(&[other]), &JwkRules::new());
        assert_eq!(alone.map(drop), Err(JwtKeySetError::Empty));
    }
}

#[test]
fn the_rules_say_what_a_key_of_rsa_is_for() {
    let text = set(&[named(&without(&rsa(), "alg"), "a"), named(&with(&rsa(), "alg", "RS512"), "b")]);
    assert_eq!(read(&text, &JwkRules::new()).1, [(1, JwtKeyError::NoAlgorithm)]);
    let rules = JwkRules::new().with_rsa_algorithm(JwtAlgorithm::Ps256);
    let set = JwtKeySet::from_json(&text, &rules).expect("set");
    let algorithms: Vec<_> = set.keys().iter().map(JwtKey::algorithm).collect();
    assert_eq!(algorithms, [JwtAlgorithm::Ps256, JwtAlgorithm::Rs512]);
    // It is no way to make an RSA key one of another type.
    let rules = JwkRules::new().with_rsa_algorithm(JwtAlgorithm::Hs256);
    assert_eq!(read(&text, &rules).1, [(1, JwtKeyError::WrongType)]);
    let rules = JwkRules::new().with_rsa_algorithm(JwtAlgorithm::Rs256);
    let rules = rules.with_algorithms(&[JwtAlgorithm::Rs512]);
    assert_eq!(read(&text, &rules), (ids(&["b"]), vec![]));
}

#[test]
fn a_set_has_a_bounded_number_of_keys() {
    let many = |count: usize| {
        let keys: Vec<_> =
            (0..count).map(|n| named(&with(&of_p256(), "use", "enc"), &n.to_string())).collect();
        set(&[keys, vec![named(&of_p256(), "a")]].concat())
    };
    assert_eq!(read(&many(99), &JwkRules::new()), (ids(&["a"]), vec![]));
    assert_eq!(read(&many(100), &JwkRules::new()), (Err(JwtKeySetError::TooMany), vec![]));
    assert_eq!(read(&many(100_000), &JwkRules::new()), (Err(JwtKeySetError::TooMany), vec![]));
    assert_eq!(read(&many(2), &JwkRules::new().with_max_keys(2)).0, Err(JwtKeySetError::TooMany));
    assert_eq!(read(&many(2), &JwkRules::new().with_max_keys(3)).0, ids(&["a"]));
    assert_eq!(read(&many(2), &JwkRules::new().with_max_keys(usize::MAX)).0, ids(&["a"]));
    assert_eq!(read(&many(2), &JwkRules::new().with_max_keys(0)).0, Err(JwtKeySetError::TooMany));
}

#[test]
fn a_hundred_keys_of_one_algorithm_make_a_set_when_they_have_ids() {
    let names: Vec<_> = (0..100).map(|n| n.to_string()).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let keys: Vec<_> = names.iter().map(|id| named(&of_p256(), id)).collect();
    assert_eq!(read(&set(&keys), &JwkRules::new()), (ids(&names), vec![]));
    assert!(JwtKeySet::from_json(&set(&keys), &JwkRules::new()).is_ok());
}

#[test]
fn at_most_16_keys_of_one_algorithm_are_without_id() {
    let nameless = |count: usize| vec![of_p256(); count];
    assert_eq!(read(&set(&nameless(16)), &JwkRules::new()), (ids(&["-"; 16]), vec![]));
    let more = [nameless(16), vec![named(&of_p256(), "a"), of_p256(), of_ed25519(), of_p256()]].concat();
    let left = [&["-"; 16][..], &["a", "-"]].concat();
    let dropped = vec![(18, JwtKeyError::TooManyNameless), (20, JwtKeyError::TooManyNameless)];
    assert_eq!(read(&set(&more), &JwkRules::new()), (ids(&left), dropped));
    let refused = JwtKeySet::from_json(&set(&more), &JwkRules::new()).expect_err("too many");
    let JwtKeySetError::Key(which, JwtKeyError::TooManyNameless) = refused else { panic!("{refused:?}") };
    assert_eq!(which.place, 18);
}

#[test]
fn a_set_that_nothing_is_left_of_says_why() {
    let keys = [with(&of_p256(), "use", "enc"), named(&without(&rsa(), "alg"), "a"), json!(1)];
    let (left, dropped) = read(&set(&keys), &JwkRules::new());
    assert_eq!(dropped.len(), 2);
    let error = left.expect_err("nothing is left");
    assert_eq!(error.to_string(), r#"no key of the set can be used: key 2 ("a") is refused"#);
    let why = std::error::Error::source(&error).expect("why").to_string();
    assert!(why.contains("JwkRules::with_rsa_algorithm"), "{why}");
    let long = named(&without(&rsa(), "alg"), &"k".repeat(100_000));
    let (left, _) = read(&set(&[long]), &JwkRules::new());
    assert!(left.expect_err("nothing is left").to_string().len() < 200);
    // What came first in the document comes first, though it is dropped later.
    let keys = [named(&of_p256(), "b"), named(&of_p256(), "b"), json!(1)];
    let (left, _) = read(&set(&keys), &JwkRules::new());
    let Err(JwtKeySetError::NoneLeft(which, JwtKeyError::RepeatedId)) = left else { panic!("{left:?}") };
    assert_eq!(which.place, 1);
}

#[test]
fn what_is_not_a_set_is_unreadable() {
    let key = of_p256().to_string();
    assert_eq!(read(&format!(r#"{{"a":[1],"keys":[{key}]}}"#), &JwkRules::new()).0, ids(&["-"]));
    for bad in [
        String::new(),
        key.clone(),
        format!("[{key}]"),
        "{}".to_owned(),
        r#"{"keys":null}"#.to_owned(),
        r#"{"keys":{}}"#.to_owned(),
        format!(r#"{{"Keys":[{key}]}}"#),
        format!(r#"{{"keys":[{key}],"keys":[]}}"#),
        format!(r#"{{"keys":[],"k\u0065ys":[{key}]}}"#),
        format!(r#"{{"a":1,"a":1,"keys":[{key}]}}"#),
        format!(r#"{{"a":{{"b":1,"b":1}},"keys":[{key}]}}"#),
        format!(r#"{{"keys":[{key}]}}{{}}"#),
        format!(r#"{{"keys":[{key},]}}"#),
        format!(r#"{{"keys":[{key}"#),
        "<!doctype html><title>502</title>".to_owned(),
        format!(r#"{{"a":{}1{},"keys":[]}}"#, "[".repeat(100_000), "]".repeat(100_000)),
    ] {
        let start: String = bad.chars().take(80).collect();
        assert_eq!(read(&bad, &JwkRules::new()), (Err(JwtKeySetError::Unreadable), vec![]), "{start}");
    }
    let deep = format!(r#"{{"keys":[{}1{},{key}]}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(read(&deep, &JwkRules::new()), (ids(&["-"]), vec![(1, JwtKeyError::Unreadable)]));
    // A name twice within one key is that key's fault alone.
    let doubled = key.replacen('{', r#"{"z":{"a":1,"a":1},"#, 1);
    let text = format!(r#"{{"keys":[{doubled},{}]}}"#, named(&of_p256(), "a"));
    assert_eq!(read(&text, &JwkRules::new()), (ids(&["a"]), vec![(1, JwtKeyError::Unreadable)]));
}
