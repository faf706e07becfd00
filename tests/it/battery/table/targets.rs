//! Methods, targets and hosts that want to be taken for others.

use super::{PLAIN, Row, get};
use crate::battery::app::{ADA, LIMITED};
use crate::battery::client::Ask;

pub(super) fn rows() -> Vec<Row> {
    let mut rows = vec![
        Row::new(
            "head_is_decided_like_get",
            [
                Ask::new("HEAD", "/echo").unauthorized(PLAIN),
                Ask::new("HEAD", "/echo").with("X-Api-Key", ADA).echoes("ada", "api-key"),
            ],
        ),
        Row::new(
            "a_standard_method_in_lower_case_is_400",
            [
                Ask::new("get", "/echo").refused(400),
                Ask::new("get", "/echo").with("X-Api-Key", ADA).refused(400),
                Ask::new("pOST", "/open").refused(400),
            ],
        ),
        Row::new(
            "methods_of_ones_own_are_decided_about",
            [
                Ask::new("BREW", "/echo").unauthorized(PLAIN),
                Ask::new("purge", "/echo").unauthorized(PLAIN),
                Ask::new("QUERY", "/echo").with("X-Api-Key", ADA).echoes("ada", "api-key"),
                Ask::new("PROPFIND", "/echo").with("X-Api-Key", ADA).echoes("ada", "api-key"),
            ],
        ),
        Row::new("trace_is_decided_about", [Ask::new("TRACE", "/echo").unauthorized(PLAIN)]),
        Row::new(
            "the_asterisk_is_decided_about",
            [Ask::new("OPTIONS", "*").unauthorized(PLAIN).but(
                "actix",
                "no scope of its router is around a target that is no path, so no middleware of one is asked",
                404,
            )],
        ),
        Row::new(
            "connect_is_decided_about",
            [Ask::new("CONNECT", "battery.example:443")
                .with("Host", "battery.example:443")
                .unauthorized(PLAIN)],
        ),
        Row::new(
            "an_absolute_target_of_the_same_host_is_the_path_in_it",
            [get("http://battery.example/echo").with("X-Api-Key", ADA).echoes("ada", "api-key")],
        ),
        Row::new(
            "an_absolute_target_of_another_host_is_400",
            [get("http://other.example/echo").with("X-Api-Key", ADA).refused(400)],
        ),
        Row::new(
            "an_absolute_target_without_a_key_is_401",
            [get("http://battery.example/echo").unauthorized(PLAIN)],
        ),
        Row::new(
            "a_fragment_is_no_part_of_the_target",
            [
                get("/echo#/health").unauthorized(PLAIN),
                get("/echo?x=1#y").with("X-Api-Key", ADA).echoes_as(
                    super::row::Echo { who: "ada", scheme: "api-key", names: vec!["x-api-key".to_owned()] },
                    Some("/echo?x=1"),
                ),
            ],
        ),
        Row::new(
            "http_1_0_without_a_host_is_decided_about",
            [
                get("/echo").in_http_1_0().unauthorized(PLAIN),
                get("/echo").in_http_1_0().with("X-Api-Key", ADA).echoes("ada", "api-key"),
                get("/echo").in_http_1_0().with("Host", "a/v1?").with("X-Api-Key", ADA).refused(400),
            ],
        ),
        Row::new(
            "an_empty_host_is_no_other_host",
            [get("/echo").with("Host", "").with("X-Api-Key", ADA).echoes("ada", "api-key")],
        ),
        Row::new(
            "two_hosts_are_400",
            [get("/echo")
                .with("Host", "battery.example")
                .with("Host", "battery.example")
                .with("X-Api-Key", ADA)
                .refused(400)
                .but("actix", "its parser refuses a second line of `Host`", 400)],
        ),
        Row::new(
            "no_spelling_of_a_path_is_an_entry_point_that_is_another_one",
            [
                get("/nested/items/7").with("X-Api-Key", LIMITED).echoes("ada", "api-key"),
                get("/nested/items/7?x=/../echo").with("X-Api-Key", LIMITED).echoes("ada", "api-key"),
                get("/echo?/nested/items/7").with("X-Api-Key", LIMITED).refused(403),
                get("/echo#/nested/items/7").with("X-Api-Key", LIMITED).refused(403),
                get("/scopes/../nested/items/7").with("X-Api-Key", LIMITED).refused(403),
                get("//nested/items/7").with("X-Api-Key", LIMITED).refused(403),
                get("/Nested/items/7").with("X-Api-Key", LIMITED).refused(403),
            ],
        ),
        Row::new(
            "what_is_public_is_public",
            [healthy("/health"), healthy("/health?x"), healthy("/health#/echo")],
        ),
    ];
    for (name, host) in [
        ("a_host_with_a_path_is_400", "a/v1?"),
        ("a_host_with_a_query_is_400", "a?b"),
        ("a_host_with_a_fragment_is_400", "a#b"),
        ("a_host_with_a_user_is_400", "user@battery.example"),
        ("a_host_with_a_space_is_400", "a b"),
        ("a_host_with_a_back_slash_is_400", "a\\b"),
        ("a_host_that_is_two_is_400", "a,b"),
    ] {
        rows.push(Row::new(name, [get("/echo").with("Host", host).with("X-Api-Key", ADA).refused(400)]));
    }
    for (name, target) in [
        ("a_dot_segment_behind_a_public_path_is_401", "/health/../echo"),
        ("an_escaped_dot_segment_is_401", "/health/%2e%2e/echo"),
        ("an_escaped_slash_is_401", "/health/..%2fecho"),
        ("two_escaped_slashes_are_401", "/health%2f..%2fecho"),
        ("a_double_slash_is_401", "//echo"),
        ("a_double_slash_inside_is_401", "/health//echo"),
        ("a_single_dot_is_401", "/./echo"),
        ("an_escaped_letter_is_401", "/%65cho"),
        ("capitals_are_401", "/ECHO"),
        ("a_parameter_of_a_segment_is_401", "/echo;x"),
        ("a_public_parameter_of_a_segment_is_401", "/echo;/health"),
        ("a_protected_parameter_of_a_segment_is_401", "/health;/echo"),
        ("a_slash_at_the_end_is_401", "/echo/"),
        ("two_slashes_at_the_end_are_401", "/echo//"),
        ("an_escaped_nul_is_401", "/echo%00"),
        ("an_escaped_question_mark_is_401", "/echo%3fhealth"),
        ("an_escaped_number_sign_is_401", "/echo%23"),
        ("an_escaped_space_is_401", "/echo%20"),
        ("a_public_query_is_401", "/echo?health"),
        ("a_public_path_in_the_query_is_401", "/echo?x=/health"),
        ("a_public_fragment_is_401", "/echo#/health"),
        ("a_back_slash_is_401", "/echo\\health"),
        ("an_empty_segment_with_a_parameter_is_401", "/;/echo"),
        ("a_public_path_with_a_slash_is_401", "/health/"),
    ] {
        rows.push(Row::new(name, [get(target).unauthorized(PLAIN)]));
    }
    rows
}

fn healthy(target: &str) -> super::Step {
    get(target).comes_to(200, &[("content-type", "text/plain; charset=utf-8")], "healthy", 0)
}
