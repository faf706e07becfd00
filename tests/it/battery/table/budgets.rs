//! What may be done so often in a time: quotas, and failures.

use super::schemes::{SIGNATURE_WRONG, x_auth};
use super::{PLAIN, Row, Step, get, post};
use crate::battery::app::{ADA, METERED, Setup, URL, X_AUTH};
use crate::battery::client::Ask;
use crate::kit::NOW;

const T: i64 = NOW.as_unix_seconds();

/// The answer says how the budget of two a minute stands; the minute has 40 seconds left.
fn left(step: Step, left: u64) -> Step {
    let limit = format!(r#""key-60";r={left};t=40"#);
    step.with("ratelimit", &limit).with("ratelimit-policy", r#""key-60";q=2;w=60"#)
}

fn metered(ask: Ask) -> Ask {
    ask.with("X-Api-Key", METERED)
}

pub(super) fn rows() -> Vec<Row> {
    let passes = |ask: Ask| metered(ask).echoes("ada", "api-key");
    let over = |ask: Ask| left(metered(ask).refused(429).with("retry-after", "40"), 0);
    // With the secret of another key.
    let wrong = |id: &'static str| x_auth(post("/echo", "x"), b"x", (id, URL.1), T);
    let throttled = |id| {
        let step = wrong(id).refused(429).with("retry-after", "40");
        let step = step.with("ratelimit", r#""failures-key";r=0;t=40"#);
        step.with("ratelimit-policy", r#""failures-key";q=2;w=60"#)
    };
    vec![
        Row::new(
            "a_key_that_has_used_its_budget_up_is_429",
            [
                left(passes(post("/echo", "x")), 1),
                left(passes(post("/echo", "x")), 0),
                over(post("/echo", "x")),
                over(post("/open", "x")),
                post("/echo", "x").with("X-Api-Key", ADA).echoes("ada", "api-key"),
                post("/open", "x").echoes("anonymous", "none"),
            ],
        )
        .on(Setup::Quotas)
        .also_over_grpc(),
        Row::new(
            "what_is_said_about_budgets_stands_beside_what_is_said_to_caches",
            [left(passes(get("/echo")), 1), left(passes(Ask::new("HEAD", "/echo")), 0), over(get("/echo"))],
        )
        .on(Setup::Quotas),
        Row::new(
            "a_failure_inside_is_counted_too",
            [
                left(
                    metered(get("/failing")).comes_to(
                        404,
                        &[
                            ("cache-control", "no-store"),
                            ("content-type", "text/plain; charset=utf-8"),
                            ("vary", super::row::VARY),
                        ],
                        "no such thing",
                        0,
                    ),
                    1,
                ),
                left(passes(post("/echo", "x")), 0),
                over(get("/failing")),
            ],
        )
        .on(Setup::Quotas),
        Row::new(
            "a_key_with_limits_and_nobody_who_counts_is_500",
            [metered(post("/open", "x")).refused(500)],
        )
        .also_over_grpc(),
        Row::new(
            "counters_that_are_down_are_503_for_keys_with_limits_alone",
            [
                metered(post("/open", "x")).refused(503),
                post("/echo", "x").with("X-Api-Key", ADA).echoes("ada", "api-key"),
            ],
        )
        .on(Setup::CountersDown)
        .also_over_grpc(),
        Row::new(
            "wrong_signatures_of_a_key_are_429_after_a_while_and_right_ones_pass",
            [
                wrong(X_AUTH.0).unauthorized(SIGNATURE_WRONG),
                wrong(X_AUTH.0).unauthorized(SIGNATURE_WRONG),
                throttled(X_AUTH.0),
                post("/echo", "x").unauthorized(PLAIN),
                x_auth(post("/echo", "x"), b"x", X_AUTH, T).echoes("ada", "x-auth"),
                throttled(X_AUTH.0),
            ],
        )
        .on(Setup::Throttled),
        Row::new(
            "an_unknown_key_id_is_429_after_as_many_failures_as_a_known_one",
            [
                wrong("x-nobody").unauthorized(SIGNATURE_WRONG),
                wrong("x-nobody").unauthorized(SIGNATURE_WRONG),
                throttled("x-nobody"),
            ],
        )
        .on(Setup::Throttled)
        .also_over_grpc(),
    ]
}
