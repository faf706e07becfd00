//! Header lines: repeated, joined, empty, unreadable, and such as want to be believed.

use super::row::Echo;
use super::{PLAIN, Row, get, post};
use crate::battery::app::{ADA, LIMITED, Setup, UNKNOWN};
use crate::battery::client::{Ask, Body};
use crate::battery::table::schemes::{API_KEY_WRONG, JWT_WRONG, UNCLAIMED, bearer};

const ORIGIN: &str = "https://app.example";

pub(super) fn rows() -> Vec<Row> {
    let mut rows = vec![
        Row::new("no_credential_is_401_with_every_challenge_in_order", [get("/echo").unauthorized(PLAIN)])
            .also_over_grpc(),
        Row::new(
            "two_equal_authorization_lines_are_400",
            [get("/echo").with("Authorization", bearer(ADA)).with("Authorization", bearer(ADA)).refused(400)],
        )
        .also_over_grpc(),
        Row::new(
            "two_different_authorization_lines_are_400",
            [get("/echo")
                .with("Authorization", bearer(ADA))
                .with("authorization", "Basic eDp5")
                .refused(400)],
        )
        .also_over_grpc(),
        Row::new(
            "an_empty_second_authorization_line_is_400",
            [get("/open").with("Authorization", bearer(ADA)).with("Authorization", "").refused(400)],
        )
        .also_over_grpc(),
        Row::new(
            "two_lines_of_a_key_are_400",
            [get("/open").with("X-Api-Key", ADA).with("X-API-KEY", ADA).refused(400)],
        )
        .also_over_grpc(),
        Row::new(
            "keys_in_two_places_are_400",
            [get("/echo").with("X-Api-Key", ADA).with("Authorization", bearer(ADA)).refused(400)],
        )
        .also_over_grpc(),
        Row::new(
            "an_empty_line_beside_a_key_is_400",
            [get("/echo").with("X-Api-Key", ADA).with("X-Auth-Nbf", "").refused(400)],
        )
        .also_over_grpc(),
        Row::new(
            "a_key_and_an_empty_signature_are_400",
            [get("/echo?signature=").with("X-Api-Key", ADA).refused(400)],
        ),
        Row::new(
            "two_keys_joined_in_one_line_are_401",
            [get("/echo")
                .with("Authorization", format!("{0}, {0}", bearer(ADA)))
                .unauthorized(API_KEY_WRONG)],
        )
        .also_over_grpc(),
        Row::new(
            "two_schemes_joined_in_one_line_are_401",
            [get("/open")
                .with("Authorization", format!("Basic eDp5, {}", bearer(ADA)))
                .unauthorized(UNCLAIMED)],
        )
        .also_over_grpc(),
        Row::new("an_empty_key_is_401", [get("/open").with("X-Api-Key", "").unauthorized(UNCLAIMED)])
            .also_over_grpc(),
        Row::new(
            "an_empty_authorization_is_401",
            [get("/open").with("Authorization", "").unauthorized(UNCLAIMED)],
        )
        .also_over_grpc(),
        Row::new(
            "a_scheme_that_nobody_claims_is_401_where_anonymous_is_allowed",
            [get("/open").with("Authorization", "Basic eDp5").unauthorized(UNCLAIMED)],
        )
        .also_over_grpc(),
        Row::new(
            "bytes_above_ascii_in_a_key_are_401",
            [get("/open")
                .with("X-Api-Key", [ADA.as_bytes(), &[0x80, 0xff]].concat())
                .unauthorized(API_KEY_WRONG)],
        )
        .also_over_grpc(),
        Row::new(
            "bytes_above_ascii_in_a_token_are_401",
            [get("/open")
                .with("Authorization", [b"Bearer ", &[0xc3, 0xa9][..]].concat())
                .unauthorized(JWT_WRONG)],
        )
        .also_over_grpc(),
        Row::new(
            "a_control_character_in_a_key_is_refused",
            [get("/open")
                .with("X-Api-Key", [ADA.as_bytes(), b"\0"].concat())
                .refused(400)
                .but_everywhere("no parser of heads lets NUL into a value", 400)],
        ),
        Row::new(
            "a_folded_line_is_refused",
            [get("/open")
                .with("X-Api-Key", format!("{ADA}\r\n x"))
                .refused(400)
                .but_everywhere("folded lines are obsolete (RFC 9112, section 5.2)", 400)],
        ),
        Row::new(
            "white_space_before_the_colon_is_refused",
            [get("/open")
                .with("X-Api-Key ", ADA)
                .refused(400)
                .but_everywhere("it is not allowed (RFC 9112, section 5.1)", 400)],
        ),
        Row::new(
            "white_space_around_a_key_is_not_part_of_it",
            [get("/echo").with("X-Api-Key", format!(" \t{ADA}\t ")).echoes("ada", "api-key")],
        ),
        Row::new(
            "eight_kilobytes_are_no_key",
            [get("/open").with("X-Api-Key", "x".repeat(8 * 1024)).unauthorized(UNCLAIMED)],
        )
        .also_over_grpc(),
        Row::new(
            "eighty_lines_beside_a_key_change_nothing",
            [(0..80)
                .fold(get("/echo").with("X-Api-Key", ADA), |ask, n| ask.with(&format!("x-{n:02}"), "x"))
                .echoes("ada", "api-key")],
        ),
        Row::new(
            "a_user_that_the_client_names_is_401",
            [get("/echo").with("X-User-Id", "admin").with("X-Forwarded-User", "admin").unauthorized(PLAIN)],
        )
        .also_over_grpc(),
        Row::new(
            "a_user_that_the_client_names_is_removed_before_the_handler",
            [identities(get("/echo").with("X-Api-Key", ADA), "ada", "api-key", &["x-api-key"])],
        )
        .also_over_grpc(),
        Row::new(
            "a_user_that_an_anonymous_client_names_is_removed_before_the_handler",
            [identities(get("/open"), "anonymous", "none", &[])],
        )
        .also_over_grpc(),
        Row::new(
            "a_name_of_the_applications_own_is_removed_and_the_others_stay",
            [get("/open").with("x_tenant", "t").with("X-User-Id", "u").echoes_as(
                Echo { who: "anonymous", scheme: "none", names: vec!["x-user-id".to_owned()] },
                None,
            )],
        )
        .on(Setup::OwnIdentity)
        .also_over_grpc(),
        Row::new(
            "a_length_beside_chunks_says_nothing",
            [known_post()
                .with("Content-Length", "1")
                .with_body(Body::Chunked(vec![b"12".to_vec()]))
                .echoes("ada", "api-key")
                .but("actix", "its parser refuses both; RFC 9112, section 6.3, allows either", 400)],
        ),
        Row::new(
            "a_trailer_holds_no_credential",
            [Ask::new("POST", "/echo")
                .with("Trailer", "authorization")
                .with_body(Body::Trailed(
                    vec![b"x".to_vec()],
                    "Authorization: Bearer igny8_of_ada_0123456789abcdef",
                ))
                .unauthorized(PLAIN)],
        ),
        Row::new(
            "an_upgrade_is_decided_about",
            [get("/echo").with("Connection", "Upgrade").with("Upgrade", "websocket").unauthorized(PLAIN)],
        ),
        Row::new(
            "an_upgrade_to_http_2_is_decided_about",
            [get("/echo")
                .with("Connection", "Upgrade, HTTP2-Settings")
                .with("Upgrade", "h2c")
                .with("HTTP2-Settings", "AAMAAABkAAQAoAAAAAIAAAAA")
                .unauthorized(PLAIN)],
        ),
        Row::new(
            "an_override_of_the_method_is_a_line_like_others",
            [post("/echo", "x")
                .with("X-Api-Key", ADA)
                .with("X-HTTP-Method-Override", "DELETE")
                .echoes("ada", "api-key")],
        ),
        Row::new(
            "only_a_real_preflight_passes_where_they_pass",
            [
                preflight("OPTIONS").echoes("anonymous", "none"),
                get("/echo")
                    .with("Origin", ORIGIN)
                    .with("Access-Control-Request-Method", "POST")
                    .unauthorized(PLAIN),
                Ask::new("OPTIONS", "/echo").with("Origin", ORIGIN).unauthorized(PLAIN),
                Ask::new("OPTIONS", "/echo")
                    .with("Access-Control-Request-Method", "POST")
                    .unauthorized(PLAIN),
                preflight("OPTIONS").with("Access-Control-Request-Method", "GET").unauthorized(PLAIN),
                preflight("OPTIONS").with("Authorization", "x").unauthorized(UNCLAIMED),
                preflight("OPTIONS").with("X-Api-Key", UNKNOWN).unauthorized(API_KEY_WRONG),
                preflight("OPTIONS").with("X-Api-Key", ADA).echoes("ada", "api-key"),
                preflight("options").refused(400),
            ],
        )
        .on(Setup::Preflights),
        Row::new("a_preflight_is_401_without_that", [preflight("OPTIONS").unauthorized(PLAIN)]),
    ];
    for (name, line, value) in [
        ("two_different_lengths_are_refused", "Content-Length", "1"),
        ("a_length_that_is_no_number_is_refused", "Content-Length", "+2"),
        ("an_unknown_transfer_coding_is_refused", "Transfer-Encoding", "xchunked"),
        ("chunks_that_are_not_the_last_coding_are_refused", "Transfer-Encoding", "chunked, identity"),
    ] {
        let body = match value {
            "1" => Body::Whole(b"12".to_vec()),
            _ => Body::Nothing,
        };
        let step = known_post().with(line, value).with_body(body).refused(400);
        rows.push(Row::new(
            name,
            [step
                .but_everywhere("where the body ends, parsers of heads decide (RFC 9112, section 6.3)", 400)],
        ));
    }
    for (name, value) in [
        ("a_connection_that_names_the_key_is_400", "close, X-Api-Key"),
        ("a_connection_that_names_the_authorization_is_400", "authorization"),
        ("a_connection_that_names_an_account_is_400", "close, x-account-id"),
        ("a_connection_that_names_a_user_is_400", "X_User_Id"),
        ("a_connection_that_names_the_host_is_400", "Host"),
        ("a_connection_that_names_the_address_is_400", "keep-alive, X-Forwarded-For"),
        ("a_connection_that_names_a_cookie_is_400", "Cookie"),
    ] {
        rows.push(Row::new(
            name,
            [get("/echo").with("X-Api-Key", ADA).with("Connection", value).refused(400)],
        ));
    }
    rows.push(Row::new(
        "a_second_line_of_connection_counts_too",
        [get("/echo")
            .with("X-Api-Key", ADA)
            .with("Connection", "close")
            .with("Connection", "X-Api-Key")
            .refused(400)],
    ));
    rows.push(Row::new(
        "a_connection_that_names_nothing_of_use_passes",
        [
            get("/echo").with("X-Api-Key", ADA).with("Connection", "close").echoes("ada", "api-key"),
            get("/echo").with("X-Api-Key", ADA).with("Connection", "TE, trailers").echoes("ada", "api-key"),
        ],
    ));
    for (name, line, value) in [
        ("x_original_url_opens_no_entry_point", "X-Original-URL", "/nested/items/7"),
        ("x_rewrite_url_opens_no_entry_point", "X-Rewrite-URL", "/nested/items/7"),
        ("x_forwarded_uri_opens_no_entry_point", "X-Forwarded-Uri", "/nested/items/7"),
        ("x_forwarded_prefix_opens_no_entry_point", "X-Forwarded-Prefix", "/nested/items/7"),
        ("x_forwarded_host_opens_no_entry_point", "X-Forwarded-Host", "nested"),
        ("forwarded_opens_no_entry_point", "Forwarded", "for=127.0.0.1;host=nested;proto=https"),
    ] {
        let with = |target: &str| get(target).with("X-Api-Key", LIMITED).with(line, value);
        rows.push(Row::new(
            name,
            [with("/echo").refused(403), with("/nested/items/7").echoes("ada", "api-key")],
        ));
    }
    rows
}

/// A POST by ada, still without a body.
fn known_post() -> Ask {
    Ask::new("POST", "/echo").with("X-Api-Key", ADA)
}

fn preflight(method: &'static str) -> Ask {
    Ask::new(method, "/echo").with("Origin", ORIGIN).with("Access-Control-Request-Method", "POST")
}

/// With lines that name a user; the handler sees `names` alone.
fn identities(ask: Ask, who: &'static str, scheme: &'static str, names: &[&str]) -> super::Step {
    let named = [
        ("X-User-Id", "admin"),
        ("x_user_id", "admin"),
        ("Remote-User", "admin"),
        ("x-forwarded-EMAIL", "a"),
    ];
    let ask = named.into_iter().fold(ask, |ask, (name, value)| ask.with(name, value));
    ask.echoes_as(Echo { who, scheme, names: names.iter().map(|name| (*name).to_owned()).collect() }, None)
}
