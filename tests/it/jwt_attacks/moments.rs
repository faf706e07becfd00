//! Claims of another type, and lives that are too long.

use std::time::Duration;

use portcullis::jwt::JwtPolicy;

use super::{layer, look_alike};
use crate::jwt::{HEADER, SECRET, but, good, key, status, token};
use crate::kit::NOW;

#[tokio::test]
async fn moments_of_another_type_are_refused_wherever_they_are() {
    let policy = JwtPolicy::new().with_issuer("https://issuer.example").with_audience("shop");
    let layer = layer(policy, [key(SECRET)]);
    assert_eq!(status(&layer, &good()).await, 200);
    let values = [
        r#""1700000060""#,
        r#""NaN""#,
        r#""Infinity""#,
        "NaN",
        "-1",
        "-1.5",
        "1e400",
        "-1e400",
        "18446744073709551616",
        "9223372036854775808",
        "1700000060000",
        "null",
        "true",
        "[]",
        "[1700000060]",
        r#"{"a":1}"#,
        "0x10",
        "1_000",
    ];
    let mut tokens = Vec::new();
    for claim in [r#""exp":1700000060"#, r#""nbf":1699999990"#, r#""iat":1699999990"#] {
        let (name, _) = claim.split_once(':').expect("a name");
        tokens.extend(
            values.map(|value| {
                (format!("{name} {value}"), token(HEADER, but(claim, &format!("{name}:{value}"))))
            }),
        );
    }
    for (claim, name) in
        [(r#""iss":"https://issuer.example""#, "iss"), (r#""aud":"shop""#, "aud"), (r#""sub":"ada""#, "sub")]
    {
        for value in ["123", "{}", "null", "true", "[[\"shop\"]]", r#"["shop",7]"#, "\"\"", "[]"] {
            // An empty subject maps to somebody in this test.
            if (name, value) != ("sub", "\"\"") {
                tokens.push((
                    format!("{name} {value}"),
                    token(HEADER, but(claim, &format!(r#""{name}":{value}"#))),
                ));
            }
        }
    }
    let without = [r#""iss":"https://issuer.example","#, r#""aud":"shop","#]
        .map(|claim| (claim.to_owned(), token(HEADER, but(claim, ""))));
    tokens.extend(without);
    assert_eq!(look_alike(&layer, tokens).await, 54 + 23 + 2);
}

#[tokio::test]
async fn a_life_that_is_too_long_or_begins_in_the_future_is_refused() {
    let hour = Duration::from_secs(3600);
    let layer = layer(JwtPolicy::new().with_max_lifetime(hour).with_max_age(hour / 2), [key(SECRET)]);
    let living = |iat: i64, exp: i64| token(HEADER, format!(r#"{{"sub":"ada","iat":{iat},"exp":{exp}}}"#));
    let now = NOW.as_unix_seconds();
    assert_eq!(status(&layer, &living(now, now + 3600)).await, 200);
    assert_eq!(status(&layer, &living(now - 1800, now + 1)).await, 200);
    let tokens = [
        ("ten years", living(now, now + 315_360_000)),
        ("a second too long", living(now, now + 3601)),
        ("from an hour on", living(now + 3600, now + 7200)),
        ("issued too long ago", living(now - 1801, now + 1)),
        ("the year 9999", living(now, 253_402_300_799)),
        ("no iat", token(HEADER, format!(r#"{{"sub":"ada","exp":{}}}"#, now + 60))),
        ("ends before it begins", living(now, now - 1)),
    ];
    assert_eq!(look_alike(&layer, tokens.map(|(name, token)| (name.to_owned(), token))).await, 7);
}
