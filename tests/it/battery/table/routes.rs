//! Routes: scopes, extractors, nested routers, and handlers that no layer is around.

use super::schemes::{API_KEY_WRONG, x_auth};
use super::{PLAIN, Row, get, post};
use crate::battery::app::{ADA, UNKNOWN, WRITER, X_AUTH};
use crate::battery::client::{Ask, Body};
use crate::kit::NOW;

const T: i64 = NOW.as_unix_seconds();

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::new(
            "a_scope_is_needed_where_a_route_says_so",
            [
                post("/scopes", "x").with("X-Api-Key", WRITER).echoes("ada", "api-key"),
                post("/scopes", "x").with("X-Api-Key", ADA).refused(403),
                post("/scopes", "x").unauthorized(PLAIN),
                post("/scopes", "x").with("X-Api-Key", UNKNOWN).unauthorized(API_KEY_WRONG),
            ],
        )
        .also_over_grpc(),
        Row::new(
            "a_missing_scope_is_403_for_head_too",
            [
                Ask::new("HEAD", "/scopes")
                    .with("X-Api-Key", ADA)
                    .refused(403)
                    .with("vary", super::row::VARY),
                Ask::new("HEAD", "/scopes").with("X-Api-Key", WRITER).echoes("ada", "api-key"),
            ],
        ),
        Row::new(
            "an_extractor_without_a_layer_is_500_whatever_is_shown",
            [
                get("/bare").comes_to(500, &[], "", 0),
                get("/bare").with("X-Api-Key", ADA).comes_to(500, &[], "", 0),
                get("/bare").with("X-User-Id", "admin").comes_to(500, &[], "", 0),
            ],
        ),
        Row::new(
            "scopes_without_a_layer_are_500_whatever_is_shown",
            [get("/bare-scopes").refused(500), get("/bare-scopes").with("X-Api-Key", WRITER).refused(500)],
        ),
        Row::new(
            "an_extractor_answers_the_anonymous_as_the_layer_would",
            [
                get("/strict").unauthorized(PLAIN).with("vary", super::row::VARY),
                get("/strict").with("X-Api-Key", ADA).echoes("ada", "api-key"),
                get("/strict").with("X-Api-Key", UNKNOWN).unauthorized(API_KEY_WRONG),
            ],
        ),
        Row::new(
            "an_inner_layer_decides_anew",
            [
                get("/twice").unauthorized(PLAIN).with("vary", super::row::VARY),
                get("/twice").with("X-Api-Key", UNKNOWN).unauthorized(API_KEY_WRONG),
                post("/twice", "x").with("X-Api-Key", ADA).echoes("ada", "api-key"),
            ],
        ),
        Row::new(
            "a_verified_body_goes_through_two_layers",
            [x_auth(Ask::new("GET", "/twice").with_body(Body::Whole(b"body".to_vec())), b"body", X_AUTH, T)
                .echoes("ada", "x-auth")
                .with("vary", super::row::VARY)],
        ),
        Row::new(
            "a_change_is_claimed_by_the_outer_of_two_layers",
            [x_auth(post("/twice", "x"), b"x", X_AUTH, T).unauthorized(PLAIN)],
        ),
        Row::new(
            "a_nested_route_is_decided_about",
            [
                get("/nested/items/7").unauthorized(PLAIN),
                get("/nested/items/7?x").with("X-Api-Key", ADA).echoes("ada", "api-key"),
                Ask::new("HEAD", "/nested/items/8").with("X-Api-Key", ADA).echoes("ada", "api-key"),
            ],
        ),
    ]
}
