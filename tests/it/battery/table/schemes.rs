//! Every scheme: good, wrong, expired, early, unknown, repeated, malformed, and the store down.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portcullis::Timestamp;
use portcullis::crypto::{HmacAlgorithm, HmacKey};
use portcullis::query_signature::QuerySigner;
use portcullis::x_auth::XAuthSigner;

use super::{PLAIN, Row, get, post};
use crate::battery::app::{
    ADA, BOB, DISABLED, EARLY, EXPIRED, LIMITED, LIMITED_URL, REVOKED, Setup, UNKNOWN, URL, X_AUTH,
};
use crate::battery::client::Ask;
use crate::jwt::{CLAIMS, HEADER, but, good, token};
use crate::kit::NOW;

/// The challenges where a key or a token was refused: only they have a word for it (RFC 6750).
pub(crate) const API_KEY_WRONG: &[&str] =
    &[r#"Bearer error="invalid_token""#, "Api-Key", "Query-Signature", "X-Auth"];
pub(crate) const JWT_WRONG: &[&str] = API_KEY_WRONG;
/// Where a signature was refused, and where nobody claims what was shown.
pub(crate) const SIGNATURE_WRONG: &[&str] = PLAIN;
pub(crate) const UNCLAIMED: &[&str] = PLAIN;

pub(crate) fn bearer(value: impl AsRef<str>) -> String {
    format!("Bearer {}", value.as_ref())
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

const T: i64 = NOW.as_unix_seconds();

/// A URL for ada, signed at `now`.
pub(crate) fn signed(target: &str, body: &[u8], (id, secret): (&str, &str), now: i64) -> String {
    QuerySigner::new(id, &portcullis::Secret::from(secret)).sign(target, body, at(now)).expect("signed")
}

/// A URL of which every part is signed, whatever they are.
fn by_hand(text: &str, (_, secret): (&str, &str)) -> String {
    let tag = HmacKey::new(HmacAlgorithm::Sha256, &secret.into()).sign(&[text.as_bytes()]);
    format!("{text}&signature={}", STANDARD.encode(tag.expose()))
}

/// With x-auth headers for `body`, signed at `now`.
pub(crate) fn x_auth(ask: Ask, body: &[u8], (id, secret): (&str, &str), now: i64) -> Ask {
    let headers =
        XAuthSigner::new(id, &portcullis::Secret::from(secret)).sign(body, at(now)).expect("signed");
    headers.pairs().into_iter().fold(ask, |ask, (name, value)| ask.with(name, value))
}

pub(super) fn rows() -> Vec<Row> {
    [api_keys(), tokens(), urls(), headers(), stores()].into_iter().flatten().collect()
}

fn api_keys() -> Vec<Row> {
    let wrong = |name, key: &str| {
        Row::new(
            name,
            [
                get("/echo").with("X-Api-Key", key).unauthorized(API_KEY_WRONG),
                get("/open").with("Authorization", bearer(key)).unauthorized(API_KEY_WRONG),
            ],
        )
        .also_over_grpc()
    };
    vec![
        Row::new("a_key_is_a_user", [get("/echo?x=1").with("X-Api-Key", ADA).echoes("ada", "api-key")])
            .also_over_grpc(),
        Row::new(
            "a_key_as_bearer_is_a_user",
            [
                get("/echo").with("Authorization", bearer(ADA)).echoes("ada", "api-key"),
                get("/echo").with("authorization", format!("bEARER {BOB}")).echoes("bob", "api-key"),
            ],
        )
        .also_over_grpc(),
        Row::new(
            "keys_of_two_users_are_two_users",
            [
                get("/echo").with("X-Api-Key", ADA).echoes("ada", "api-key"),
                get("/echo").with("X-Api-Key", BOB).echoes("bob", "api-key"),
                get("/open").echoes("anonymous", "none"),
                get("/open").with("X-Api-Key", ADA).echoes("ada", "api-key"),
            ],
        )
        .also_over_grpc(),
        wrong("an_unknown_key_is_401", UNKNOWN),
        wrong("an_expired_key_looks_like_an_unknown_one", EXPIRED),
        wrong("a_key_before_its_time_looks_like_an_unknown_one", EARLY),
        wrong("a_revoked_key_looks_like_an_unknown_one", REVOKED),
        wrong("a_disabled_key_looks_like_an_unknown_one", DISABLED),
        wrong("half_a_key_looks_like_an_unknown_one", &ADA[..20]),
        Row::new(
            "a_key_may_call_its_entry_points_alone",
            [
                get("/nested/items/7").with("X-Api-Key", LIMITED).echoes("ada", "api-key"),
                get("/echo").with("X-Api-Key", LIMITED).refused(403),
            ],
        ),
        Row::new(
            "a_key_may_not_call_another_entry_point",
            [get("/echo").with("X-Api-Key", LIMITED).refused(403)],
        )
        .also_over_grpc(),
        Row::new(
            "a_key_may_be_shown_again",
            [
                post("/echo", "x").with("X-Api-Key", ADA).echoes("ada", "api-key"),
                post("/echo", "x").with("X-Api-Key", ADA).echoes("ada", "api-key"),
            ],
        )
        .also_over_grpc(),
    ]
}

fn tokens() -> Vec<Row> {
    let wrong = |name, token: String| {
        Row::new(
            name,
            [
                get("/echo").with("Authorization", bearer(&token)).unauthorized(JWT_WRONG),
                get("/open").with("Authorization", bearer(&token)).unauthorized(JWT_WRONG),
            ],
        )
        .also_over_grpc()
    };
    let another = token(HEADER, but("ada", "bob"));
    let (signed, _) = another.rsplit_once('.').expect("a signature");
    let good_token = good();
    let (_, signature) = good_token.rsplit_once('.').expect("a signature");
    vec![
        Row::new(
            "a_token_is_a_user",
            [
                get("/echo").with("Authorization", bearer(good())).echoes("ada", "jwt"),
                post("/echo", "body").with("Authorization", bearer(good())).echoes("ada", "jwt"),
            ],
        )
        .also_over_grpc(),
        wrong("a_token_with_the_signature_of_another_is_401", format!("{signed}.{signature}")),
        wrong("an_expired_token_is_401", token(HEADER, but("1700000060", &(T - 61).to_string()))),
        wrong(
            "a_token_before_its_time_is_401",
            token(HEADER, but(r#""nbf":1699999990"#, r#""nbf":1700000061"#)),
        ),
        wrong("a_token_of_no_algorithm_is_401", token(r#"{"alg":"none"}"#, CLAIMS)),
        wrong("a_token_of_two_parts_is_401", signed.to_owned()),
        wrong("a_token_of_another_audience_is_401", token(HEADER, but("shop", "bank"))),
        wrong("a_token_without_a_subject_is_401", token(HEADER, but(r#""sub":"ada","#, ""))),
    ]
}

fn urls() -> Vec<Row> {
    let echoed = |url: &str| get(url).echoes("ada", "query-signature");
    let good = || signed("/echo?x=1", b"", URL, T);
    let wrong = |name, url: String| Row::new(name, [get(url).unauthorized(SIGNATURE_WRONG)]);
    let malformed = |name, url: String| Row::new(name, [get(url).refused(400)]);
    vec![
        Row::new("a_signed_url_is_a_user", [echoed(&good())]),
        Row::new(
            "a_signed_url_signs_the_body",
            [
                post(signed("/echo", b"{}", URL, T), "{}").echoes("ada", "query-signature"),
                post(signed("/echo", b"{}", URL, T + 1), "[]").unauthorized(SIGNATURE_WRONG),
            ],
        ),
        Row::new(
            "a_signed_url_is_good_for_one_change",
            [
                post(signed("/echo", b"x", URL, T), "x").echoes("ada", "query-signature"),
                post(signed("/echo", b"x", URL, T), "x").unauthorized(SIGNATURE_WRONG),
            ],
        ),
        Row::new(
            "what_a_signed_url_read_it_cannot_delete",
            [echoed(&good()), echoed(&good()), Ask::new("DELETE", good()).unauthorized(SIGNATURE_WRONG)],
        ),
        wrong("a_signed_url_for_another_path_is_401", good().replacen("/echo", "/cached", 1)),
        wrong("a_signed_url_with_another_parameter_is_401", good().replacen("x=1", "x=2", 1)),
        wrong("a_signed_url_with_one_parameter_more_is_401", format!("{}&y", good())),
        wrong("a_signed_url_with_an_escape_more_is_401", good().replacen("/echo", "/%65cho", 1)),
        wrong("a_signed_url_that_is_too_old_is_401", signed("/echo", b"", URL, T - 301)),
        wrong("a_signed_url_of_the_future_is_401", signed("/echo", b"", URL, T + 301)),
        wrong("a_signed_url_of_an_unknown_key_is_401", signed("/echo", b"", ("ffffffff", URL.1), T)),
        wrong("a_signed_url_with_another_secret_is_401", signed("/echo", b"", (URL.0, X_AUTH.1), T)),
        malformed("a_signed_url_without_its_time_is_400", by_hand(&format!("/echo?apikey={}", URL.0), URL)),
        malformed(
            "a_signed_url_without_its_signature_is_400",
            format!("/echo?timestamp={T}&apikey={}", URL.0),
        ),
        malformed("a_signed_url_with_two_signatures_is_400", format!("{}&signature=x", good())),
        malformed("a_signed_url_with_a_disguised_name_is_400", format!("{}&%61pikey=x", good())),
        malformed("a_signed_url_with_a_broken_escape_is_400", format!("{}&%zz=x", good())),
        Row::new("a_signed_url_and_a_key_are_400", [get(good()).with("X-Api-Key", ADA).refused(400)]),
        Row::new(
            "a_nested_route_does_not_change_what_is_signed_or_allowed",
            [
                echoed(&signed("/nested/items/7", b"", LIMITED_URL, T)),
                get(signed("/echo", b"", LIMITED_URL, T)).refused(403),
                get(signed("/items/7", b"", LIMITED_URL, T).replacen("/items", "/nested/items", 1))
                    .unauthorized(SIGNATURE_WRONG),
            ],
        ),
    ]
}

fn headers() -> Vec<Row> {
    let echoed = |ask: Ask, body: &[u8], now| x_auth(ask, body, X_AUTH, now).echoes("ada", "x-auth");
    let without = |name: &str| {
        let mut ask = x_auth(get("/echo"), b"", X_AUTH, T);
        ask.lines.retain(|(held, _)| !held.eq_ignore_ascii_case(name));
        ask.refused(400)
    };
    let wrong = |name, ask: Ask| Row::new(name, [ask.unauthorized(SIGNATURE_WRONG)]).also_over_grpc();
    vec![
        Row::new("x_auth_headers_are_a_user", [echoed(get("/echo"), b"", T)]),
        Row::new(
            "x_auth_headers_sign_the_body",
            [
                echoed(post("/echo", "{}"), b"{}", T),
                x_auth(post("/echo", "[]"), b"{}", X_AUTH, T + 1).unauthorized(SIGNATURE_WRONG),
            ],
        ),
        Row::new(
            "x_auth_headers_are_good_for_one_change",
            [
                echoed(post("/echo", "x"), b"x", T),
                x_auth(post("/echo", "x"), b"x", X_AUTH, T).unauthorized(SIGNATURE_WRONG),
            ],
        ),
        wrong("x_auth_headers_that_are_too_old_are_401", x_auth(post("/echo", ""), b"", X_AUTH, T - 1000)),
        wrong("x_auth_headers_of_the_future_are_401", x_auth(post("/echo", ""), b"", X_AUTH, T + 1000)),
        wrong(
            "x_auth_headers_of_an_unknown_key_are_401",
            x_auth(post("/echo", ""), b"", ("x-bob", X_AUTH.1), T),
        ),
        wrong(
            "x_auth_headers_with_another_secret_are_401",
            x_auth(post("/echo", ""), b"", (X_AUTH.0, URL.1), T),
        ),
        Row::new(
            "x_auth_headers_that_are_not_complete_are_400",
            [
                without("x-auth-iss"),
                without("x-auth-exp"),
                without("x-auth-nbf"),
                without("x-auth-signature"),
            ],
        )
        .also_over_grpc(),
        Row::new(
            "one_x_auth_header_twice_is_400",
            [x_auth(get("/echo"), b"", X_AUTH, T).with("x-auth-iss", X_AUTH.0).refused(400)],
        )
        .also_over_grpc(),
        Row::new(
            "x_auth_headers_and_a_token_are_400",
            [x_auth(get("/echo"), b"", X_AUTH, T).with("Authorization", bearer(good())).refused(400)],
        )
        .also_over_grpc(),
    ]
}

fn stores() -> Vec<Row> {
    let down = |ask: Ask| ask.refused(503);
    vec![
        Row::new(
            "a_key_store_that_is_down_is_503_and_never_anonymous",
            [
                down(get("/echo").with("X-Api-Key", ADA)),
                down(get("/open").with("X-Api-Key", UNKNOWN)),
                down(get("/open").with("Authorization", bearer(ADA))),
            ],
        )
        .on(Setup::KeysDown)
        .also_over_grpc(),
        Row::new(
            "a_key_store_that_is_down_is_503_for_signatures",
            [down(get(signed("/open", b"", URL, T))), down(x_auth(post("/open", "x"), b"x", X_AUTH, T))],
        )
        .on(Setup::KeysDown),
        Row::new(
            "who_needs_no_key_store_passes_while_it_is_down",
            [
                get("/echo").with("Authorization", bearer(good())).echoes("ada", "jwt"),
                get("/open").echoes("anonymous", "none"),
            ],
        )
        .on(Setup::KeysDown)
        .also_over_grpc(),
        Row::new(
            "a_nonce_store_that_is_down_is_503",
            [
                down(post(signed("/echo", b"x", URL, T), "x")),
                down(x_auth(post("/open", "x"), b"x", X_AUTH, T)),
            ],
        )
        .on(Setup::NoncesDown),
        Row::new(
            "a_503_says_when_to_try_again",
            [down(get("/echo").with("X-Api-Key", ADA)).instead("retry-after", Some("60"))],
        )
        .on(Setup::Patient)
        .also_over_grpc(),
    ]
}
