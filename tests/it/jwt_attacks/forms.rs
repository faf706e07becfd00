//! Headers and whole tokens of another form than is expected.

use portcullis::jwt::{JwtPolicy, JwtVerifier};

use super::{layer, look_alike};
use crate::jwt::{CLAIMS, HEADER, SECRET, but, encode, good, key, status, token};
use crate::kit::NOW;

#[tokio::test]
async fn a_critical_extension_is_understood_to_the_letter_or_refused() {
    let understood = JwtPolicy::new().understand_critical("https://example.com/until").expect("policy");
    let layer = layer(understood, [key(SECRET)]);
    let with = |crit: &str, more: &str| token(format!(r#"{{"alg":"HS256","crit":{crit}{more}}}"#), CLAIMS);
    let until = r#","https://example.com/until":7"#;
    assert_eq!(status(&layer, &with(r#"["https://example.com/until"]"#, until)).await, 200);
    assert_eq!(status(&layer, &token(format!(r#"{{"alg":"HS256"{until}}}"#), CLAIMS)).await, 200);
    let tokens = [
        (r#"["https://example.com/until"]"#, ""),
        (r#"["https://example.com/until","https://example.com/until"]"#, until),
        (r#"["https://example.com/until","x"]"#, until),
        (r#"["https://example.com/until","x"]"#, r#","https://example.com/until":7,"x":1"#),
        (r#"["x"]"#, r#","x":1"#),
        (r#"["https://example.com/until","alg"]"#, until),
        (r#"["https://example.com/until","b64"]"#, r#","https://example.com/until":7,"b64":false"#),
        (r#"["b64"]"#, r#","b64":false"#),
        (r#"["b64"]"#, r#","b64":true"#),
        (r#"["https://example.com/UNTIL"]"#, until),
        (r#""https://example.com/until""#, until),
        (r#"{"https://example.com/until":1}"#, until),
        ("[[]]", until),
        ("[null]", until),
        ("[]", until),
        ("null", until),
    ];
    let tokens = tokens.map(|(crit, more)| (format!("{crit}{more}"), with(crit, more)));
    assert_eq!(look_alike(&layer, tokens).await, 16);
}

#[test]
fn an_understood_extension_can_be_read_once_the_token_is_verified() {
    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Extension {
        until: u32,
    }
    let policy = JwtPolicy::new().understand_critical("until").expect("policy");
    let verifier = JwtVerifier::new(policy, [key(SECRET)]).expect("verifier");
    let read = |header: &str| verifier.verify(&token(header, CLAIMS), NOW).expect("verified");
    let with = read(r#"{"alg":"HS256","crit":["until"],"until":7}"#);
    assert_eq!(with.critical_header::<Extension>().expect("header"), Some(Extension { until: 7 }));
    let wrong = read(r#"{"alg":"HS256","crit":["until"],"until":"7"}"#);
    assert!(wrong.critical_header::<Extension>().is_err());
    let without = read(r#"{"alg":"HS256","until":7}"#);
    assert_eq!(without.critical_header::<Extension>().expect("none"), None);
}

#[tokio::test]
async fn a_nested_token_is_refused_and_other_content_types_are_passed_over() {
    let layer = layer(JwtPolicy::new(), [key(SECRET)]);
    let with = |cty: &str| token(format!(r#"{{"alg":"HS256","cty":"{cty}"}}"#), CLAIMS);
    assert_eq!(status(&layer, &with("x;v=1")).await, 200);
    let tokens = ["JWT", "jwt", "application/jwt", "APPLICATION/JWT"].map(|cty| (cty.to_owned(), with(cty)));
    let nested = token(r#"{"alg":"HS256","cty":"JWT"}"#, good());
    let tokens = tokens.into_iter().chain([
        ("nested".to_owned(), nested),
        ("nested in silence".to_owned(), token(HEADER, good())),
        ("a quoted one".to_owned(), token(HEADER, format!("\"{}\"", good()))),
    ]);
    assert_eq!(look_alike(&layer, tokens).await, 7);
}

#[tokio::test]
async fn other_serialisations_and_encrypted_tokens_are_refused() {
    let layer = layer(JwtPolicy::new(), [key(SECRET)]);
    let good = good();
    let parts: Vec<_> = good.split('.').collect();
    let (header, claims, signature) = (parts[0], parts[1], parts[2]);
    let jwe = encode(r#"{"alg":"dir","enc":"A128GCM"}"#);
    let zipped = encode(r#"{"alg":"dir","enc":"A128GCM","zip":"DEF"}"#);
    let tokens = [
        ("two parts", format!("{header}.{claims}")),
        ("four parts", format!("{good}.{signature}")),
        ("six parts", format!("{good}.{good}")),
        ("encrypted", format!("{jwe}..{}.{}.{}", encode([1; 12]), encode([2; 64]), encode([3; 16]))),
        (
            "encrypted and zipped",
            format!("{zipped}..{}.{}.{}", encode([1; 12]), encode([2; 64]), encode([3; 16])),
        ),
        ("encrypted to the secret", format!("{jwe}.{claims}.{signature}")),
        ("signed with enc", token(r#"{"alg":"HS256","enc":"A128GCM","zip":"DEF"}"#, CLAIMS)),
        ("zipped", token(r#"{"alg":"HS256","zip":"DEF"}"#, CLAIMS)),
        (
            "flattened",
            format!(r#"ey{{"protected":"{header}","payload":"{claims}","signature":"{signature}"}}"#),
        ),
    ];
    assert_eq!(look_alike(&layer, tokens.map(|(name, token)| (name.to_owned(), token))).await, 9);
    let json = format!(r#"{{"protected":"{header}","payload":"{claims}","signature":"{signature}"}}"#);
    for other in
        [json.clone(), format!(r#"{{"signatures":[{json}]}}"#), format!("{json}.{claims}.{signature}")]
    {
        assert_eq!(status(&layer, &other).await, 401, "{other}");
    }
}

#[tokio::test]
async fn nesting_without_end_is_refused_without_an_end_of_the_stack() {
    let policy = JwtPolicy::new().with_max_token_len(4 << 20).with_max_header_len(4 << 20);
    let layer = layer(policy, [key(SECRET)]);
    let mut tokens = Vec::new();
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}"), (r#"[{"a":"#, "}]")] {
        for depth in [64, 100_000] {
            let deep = format!("{}0{}", open.repeat(depth), close.repeat(depth));
            tokens
                .push((format!("header {depth}"), token(format!(r#"{{"alg":"HS256","x":{deep}}}"#), CLAIMS)));
            tokens.push((format!("claims {depth}"), token(HEADER, but("7", &deep))));
            tokens.push((format!("open {depth}"), token(HEADER, open.repeat(depth))));
        }
    }
    assert_eq!(look_alike(&layer, tokens).await, 18);
}

#[tokio::test]
async fn what_is_too_long_is_refused_before_it_is_decoded() {
    let layer = layer(JwtPolicy::new(), [key(SECRET)]);
    let padded = |length: usize| token(HEADER, but("ada", &"a".repeat(length)));
    let long_header =
        |length: usize| token(format!(r#"{{"alg":"HS256","x":"{}"}}"#, "x".repeat(length)), CLAIMS);
    assert_eq!(status(&layer, &padded(4000)).await, 200);
    assert_eq!(status(&layer, &long_header(3000)).await, 200);
    let over = long_header(3060);
    assert!(over.len() < 8 * 1024 && over.find('.').is_some_and(|at| at > 4 * 1024));
    let tokens = [
        ("a token of over 8 KiB", padded(6000)),
        ("one of 16 KiB", padded(12 * 1024)),
        ("a header of over 4 KiB", over),
        ("a header of 20 KiB", long_header(20 * 1024)),
    ];
    assert_eq!(look_alike(&layer, tokens.map(|(name, token)| (name.to_owned(), token))).await, 4);
}
