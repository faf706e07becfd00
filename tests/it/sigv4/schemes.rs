//! The three ways to sign, as schemes of the common table.

use super::*;
use crate::table::behaves;

/// Signed in headers, with a declared body, as our signer does it.
pub(super) struct Declared;

/// Signed in headers, without a word on the body, as most clients do it.
pub(super) struct Undeclared;

/// Signed in the URL.
pub(super) struct Presigned;

fn of_headers(key: &IssuedKey, signed: impl Fn() -> Sent) -> Vec<(&'static str, Sent)> {
    let id = key.id.as_str();
    let change = |from: &str, to: &str| with_authorization(signed(), |text| text.replace(from, to));
    let mut twice = signed();
    let value = twice.headers()["authorization"].clone();
    twice.headers_mut().append("authorization", value);
    let mut dates = signed();
    dates.headers_mut().append("x-amz-date", DATE.parse().expect("a value"));
    let mut undated = signed();
    undated.headers_mut().remove("x-amz-date");
    let mut hosts = signed();
    hosts.headers_mut().append("host", "b.example".parse().expect("a value"));
    let mut both = signed();
    *both.uri_mut() = "/?X-Amz-Signature=1".parse().expect("a target");
    vec![
        ("two authorization headers", twice),
        ("two dates", dates),
        ("no date", undated),
        ("two hosts", hosts),
        ("a parameter of the other place", both),
        ("the word alone", with_header(signed(), "authorization", "AWS4-HMAC-SHA256")),
        ("no signature", change("Signature=", "X=")),
        ("names in lower case", change("Credential=", "credential=")),
        ("no commas", change(", ", " ")),
        ("a part of the credential missing", change(&format!("/{SERVICE}/"), "/")),
        ("no id", change(&format!("={id}/"), "=/")),
        ("a header listed twice", change("=host;", "=host;host;")),
        ("headers out of order", change("host;", "x-z;host;")),
        ("an empty header name", change("host;", "host;;")),
        ("a header in upper case", change("host;", "Host;")),
    ]
}

fn wrong_in_headers(key: &IssuedKey, signed: impl Fn() -> Sent) -> Vec<(&'static str, Sent)> {
    let change = |from: &str, to: &str| with_authorization(signed(), |text| text.replace(from, to));
    let signature = |made: &dyn Fn(&str) -> String| {
        with_authorization(signed(), |text| {
            let (before, signature) = text.split_once("Signature=").expect("a signature");
            format!("{before}Signature={}", made(signature))
        })
    };
    let mut method = signed();
    *method.method_mut() = http::Method::DELETE;
    let mut path = signed();
    *path.uri_mut() = "/b?a=1".parse().expect("a target");
    let mut query = signed();
    *query.uri_mut() = "/a?a=2".parse().expect("a target");
    let mut cases = vec![
        ("another method", method),
        ("another path", path),
        ("another query", query),
        ("another host", with_header(signed(), "host", "evil.example")),
        ("another moment", with_header(signed(), "x-amz-date", "20231114T221321Z")),
        ("a header that is not signed", with_header(signed(), "x-amz-copy-source", "/b/k")),
        ("a signature of upper case", signature(&|text| text.to_uppercase())),
        ("a short signature", signature(&|text| text[1..].to_owned())),
        ("a doubled signature", signature(&|text| text.repeat(2))),
        ("a signature that is no text", signature(&|_| "é".repeat(32))),
        ("another signature", signature(&|_| "0".repeat(64))),
        ("another region", change(REGION, "eu-north-2")),
        ("another service", change(SERVICE, "s3")),
        ("another day", change(&DATE[..8], "20231115")),
        ("another end of the scope", change("aws4_request", "aws4")),
        ("the host not listed", change("=host;", "=")),
        ("a header listed that is not there", change("x-amz-date,", "x-amz-date;x-missing,")),
        ("the id in lower case", change(key.id.as_str(), &key.id.as_str().to_lowercase())),
    ];
    for date in [
        "20231114T221320",
        "2023-11-14T22:13:20Z",
        "20231114T221320.0Z",
        "20231132T221320Z",
        "1700000000",
        "",
    ] {
        cases.push(("a date that is none", with_header(signed(), "x-amz-date", date)));
    }
    cases
}

impl SchemeUnderTest for Declared {
    const CHALLENGE: &'static str = "AWS4-HMAC-SHA256";
    const CLAIMS: bool = false;
    const SIGNS_METHOD: bool = true;
    const READS_BODY: bool = false;

    fn authenticator<K, N>(keys: K, nonces: N) -> impl Authenticator<Principal = StoredPrincipal>
    where
        K: KeyStore<Principal = StoredPrincipal>,
        N: NonceStore,
    {
        SigV4Authenticator::new(keys, nonces, REGION, SERVICE)
    }

    fn new_key() -> NewKey {
        new_key()
    }

    fn sign(key: &IssuedKey, method: &str, path: &str, body: &[u8], now: Timestamp) -> Sent {
        signed(&signer(key), request(method, path, &[], body), body, now)
    }

    fn malformed(key: &IssuedKey) -> Vec<(&'static str, Sent)> {
        of_headers(key, || Self::sign(key, "POST", "/", b"", NOW))
    }

    fn wrong(key: &IssuedKey) -> Vec<(&'static str, Sent)> {
        let mut cases = wrong_in_headers(key, || Self::sign(key, "GET", "/a?a=1", b"", NOW));
        let digest = sha256(b"x");
        cases.push((
            "another digest",
            with_header(Self::sign(key, "PUT", "/", b"", NOW), "x-amz-content-sha256", &digest),
        ));
        let mut body = Self::sign(key, "PUT", "/", b"", NOW);
        *body.body_mut() = http_body_util::Full::from("x");
        cases.push(("a body where none was signed", body));
        cases
    }
}

impl SchemeUnderTest for Undeclared {
    const CHALLENGE: &'static str = "AWS4-HMAC-SHA256";
    const CLAIMS: bool = false;
    const SIGNS_METHOD: bool = true;
    const READS_BODY: bool = true;

    fn authenticator<K, N>(keys: K, nonces: N) -> impl Authenticator<Principal = StoredPrincipal>
    where
        K: KeyStore<Principal = StoredPrincipal>,
        N: NonceStore,
    {
        SigV4Authenticator::new(keys, nonces, REGION, SERVICE)
    }

    fn new_key() -> NewKey {
        new_key()
    }

    fn sign(key: &IssuedKey, method: &str, path: &str, body: &[u8], now: Timestamp) -> Sent {
        let sent = signed(&signer(key), request(method, path, &[], body), body, now);
        let date = sent.headers()["x-amz-date"].to_str().expect("text").to_owned();
        let mut by_hand = ByHand::new(key, method, path, body);
        by_hand.headers[1].1 = &date;
        by_hand.date = &date;
        by_hand.send(body)
    }

    fn malformed(key: &IssuedKey) -> Vec<(&'static str, Sent)> {
        of_headers(key, || Self::sign(key, "POST", "/", b"", NOW))
    }

    fn wrong(key: &IssuedKey) -> Vec<(&'static str, Sent)> {
        let mut cases = wrong_in_headers(key, || Self::sign(key, "GET", "/a?a=1", b"", NOW));
        let mut body = Self::sign(key, "PUT", "/", b"body", NOW);
        *body.body_mut() = http_body_util::Full::from("bodY");
        cases.push(("another body", body));
        cases
    }
}

impl SchemeUnderTest for Presigned {
    const CHALLENGE: &'static str = "AWS4-HMAC-SHA256";
    const CLAIMS: bool = false;
    const SIGNS_METHOD: bool = true;
    const READS_BODY: bool = false;

    fn authenticator<K, N>(keys: K, nonces: N) -> impl Authenticator<Principal = StoredPrincipal>
    where
        K: KeyStore<Principal = StoredPrincipal>,
        N: NonceStore,
    {
        SigV4Authenticator::new(keys, nonces, REGION, SERVICE).for_s3().accept_unsigned_payload()
    }

    fn new_key() -> NewKey {
        new_key()
    }

    fn sign(key: &IssuedKey, method: &str, path: &str, body: &[u8], now: Timestamp) -> Sent {
        let target = presigned(&signer(key).for_s3(), method, path, now);
        request(method, &target, &[("host", HOST)], body)
    }

    fn malformed(key: &IssuedKey) -> Vec<(&'static str, Sent)> {
        let good = presigned(&signer(key).for_s3(), "GET", "/", NOW);
        let get = |target: &str| request("GET", target, &[("host", HOST)], b"");
        let mut cases = vec![
            ("two places", request("GET", &good, &[("host", HOST), ("authorization", "Bearer x")], b"")),
            ("a date in a header too", request("GET", &good, &[("host", HOST), ("x-amz-date", DATE)], b"")),
            ("a broken escape", get(&good.replace("%2F", "%zz"))),
            ("a broken escape elsewhere", get(&format!("{good}&a=%"))),
            ("a broken escape in the path", get(&good.replacen("/?", "/%2?", 1))),
            ("an empty list of headers", get(&good.replace("SignedHeaders=host", "SignedHeaders="))),
        ];
        for (name, _) in good.split(['&', '?']).filter_map(|pair| pair.split_once('=')) {
            cases.push(("one missing", get(&good.replace(name, "gone"))));
            cases.push(("one twice", get(&format!("{good}&{name}=x"))));
            cases.push(("one in another case too", get(&format!("{good}&{}=x", name.to_lowercase()))));
            cases.push(("one in lower case alone", get(&good.replace(name, &name.to_lowercase()))));
            cases.push(("one in disguise too", get(&format!("{good}&{}=x", name.replace('A', "%41")))));
        }
        cases
    }

    fn wrong(key: &IssuedKey) -> Vec<(&'static str, Sent)> {
        let good = presigned(&signer(key).for_s3(), "GET", "/a?x=1", NOW);
        let get = |target: &str| request("GET", target, &[("host", HOST)], b"");
        let mut cases = vec![
            ("another method", request("PUT", &good, &[("host", HOST)], b"")),
            ("another path", get(&good.replacen("/a", "/b", 1))),
            ("another parameter", get(&good.replace("x=1", "x=2"))),
            ("a parameter more", get(&format!("{good}&admin"))),
            ("another host", request("GET", &good, &[("host", "evil.example")], b"")),
            (
                "a header that is not signed",
                request("GET", &good, &[("host", HOST), ("x-amz-acl", "public")], b""),
            ),
            ("another expiry", get(&good.replace("Expires=600", "Expires=601"))),
            ("another algorithm", get(&good.replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512"))),
            ("another algorithm", get(&good.replace("AWS4-HMAC", "aws4-hmac"))),
            ("the host not listed", get(&good.replace("SignedHeaders=host", "SignedHeaders=accept"))),
            ("a short signature", get(&good[..good.len() - 1])),
            ("another region", get(&good.replace(REGION, "us-east-1"))),
        ];
        for expiry in ["0", "-7", "604801", "60s", "%2B60", "60.0", "", "99999999999999999999", "1e2", "%36"]
        {
            let target = good.replace("Expires=600", &format!("Expires={expiry}"));
            cases.push(("an expiry that is none", get(&target)));
        }
        for seconds in [-601, 901] {
            let then = Timestamp::from_unix_seconds(NOW.as_unix_seconds() + seconds);
            cases.push(("another time", Self::sign(key, "GET", "/", b"", then)));
        }
        cases
    }
}

mod declared {
    use super::*;
    behaves!(Declared);
}

mod undeclared {
    use super::*;
    behaves!(Undeclared);
}

mod presigned_url {
    use super::*;
    behaves!(Presigned);
}
