//! The wording of refusals, style by style.

use super::row::VARY;
use super::schemes::{bearer, signed};
use super::{PLAIN, Row, Step, get};
use crate::battery::app::{ADA, LIMITED, Setup, UNKNOWN, URL};
use crate::battery::client::{Ask, Body};
use crate::battery::table::schemes::x_auth;
use crate::kit::NOW;

const T: i64 = NOW.as_unix_seconds();
const JSON: &str = "application/json";

/// A request for each kind of refusal, and how it is worded.
struct Words {
    content_type: &'static str,
    missing: (u16, &'static str),
    wrong: (u16, &'static str),
    malformed: (u16, &'static str),
    forbidden: (u16, &'static str),
    long: (u16, &'static str),
    /// The challenges of a 401 where nothing was shown, and where something was.
    challenges: [&'static [&'static str]; 2],
}

fn worded(words: &Words) -> Vec<Step> {
    let step = |ask: Ask, (status, text): (u16, &str), shown: usize| {
        let step = ask.with("X-Request-Id", "r-1").refused_as(status, words.content_type, text);
        let challenges = if status == 401 { words.challenges[shown] } else { &[] };
        challenges.iter().fold(step, |step, value| step.with("www-authenticate", value))
    };
    let long = Ask::new("POST", "/echo").with_body(Body::Announced(1 << 30, Vec::new()));
    vec![
        step(get("/echo"), words.missing, 0),
        step(get("/echo").with("X-Api-Key", UNKNOWN), words.wrong, 1),
        step(get("/echo").with("X-Api-Key", ADA).with("X-Api-Key", ADA), words.malformed, 1),
        step(get("/echo").with("X-Api-Key", LIMITED), words.forbidden, 1),
        step(x_auth(long, b"", crate::battery::app::X_AUTH, T), words.long, 1),
    ]
}

pub(super) fn rows() -> Vec<Row> {
    const FASTAPI: &str = r#"{"detail":"Could not validate credentials."}"#;
    const REQUIRED: &str = r#"{"success":false,"error":"Authentication required","request_id":"r-1"}"#;
    let fastapi = Words {
        content_type: JSON,
        missing: (401, FASTAPI),
        wrong: (401, FASTAPI),
        malformed: (401, FASTAPI),
        forbidden: (403, r#"{"detail":"Not enough permissions."}"#),
        long: (413, r#"{"detail":"Request body too large."}"#),
        challenges: [PLAIN; 2],
    };
    let dj_api_auth = Words {
        content_type: JSON,
        missing: (403, r#"{"error":"parameter missing"}"#),
        wrong: (403, r#"{"error":"signature error"}"#),
        malformed: (403, r#"{"error":"signature error"}"#),
        forbidden: (403, r#"{"error":"entry point not allowed for the API key"}"#),
        long: (413, r#"{"error":"body too large"}"#),
        challenges: [PLAIN; 2],
    };
    let igny8 = Words {
        content_type: JSON,
        missing: (401, REQUIRED),
        wrong: (401, REQUIRED),
        malformed: (400, r#"{"success":false,"error":"Bad request","request_id":"r-1"}"#),
        forbidden: (403, r#"{"success":false,"error":"Permission denied","request_id":"r-1"}"#),
        long: (413, r#"{"success":false,"error":"Request body too large","request_id":"r-1"}"#),
        challenges: [PLAIN, super::schemes::API_KEY_WRONG],
    };
    let cheerful = Words {
        content_type: "text/plain",
        missing: (401, "welcome"),
        wrong: (401, "welcome"),
        malformed: (400, "welcome"),
        forbidden: (403, "welcome"),
        long: (413, "welcome"),
        challenges: [PLAIN, super::schemes::API_KEY_WRONG],
    };
    vec![
        Row::new("fastapi_answers_in_its_words", worded(&fastapi)).on(Setup::FastApi),
        Row::new("dj_api_auth_answers_in_its_words", worded(&dj_api_auth)).on(Setup::DjApiAuth),
        Row::new(
            "dj_api_auth_says_that_a_clock_is_wrong",
            [get(signed("/echo", b"", URL, T - 301)).refused_as(
                403,
                JSON,
                r#"{"error":"time drift > 300 sec"}"#,
            )],
        )
        .on(Setup::DjApiAuth),
        Row::new("igny8_answers_in_its_envelope", worded(&igny8)).on(Setup::Igny8),
        Row::new("no_style_turns_a_refusal_into_a_success", worded(&cheerful)).on(Setup::Cheerful),
        Row::new(
            "a_missing_scope_is_worded_in_the_style",
            [get("/scopes")
                .with("Authorization", bearer(ADA))
                .refused_as(403, JSON, r#"{"detail":"Not enough permissions."}"#)
                .with("vary", VARY)],
        )
        .on(Setup::FastApi),
        Row::new(
            "what_an_extractor_refuses_is_worded_in_the_style",
            [PLAIN
                .iter()
                .fold(get("/strict").refused_as(401, JSON, FASTAPI), |step, value| {
                    step.with("www-authenticate", value)
                })
                .with("vary", VARY)],
        )
        .on(Setup::FastApi),
    ]
}
