//! Bodies: handed on byte for byte, limited, cut off, unread.

use super::schemes::{API_KEY_WRONG, SIGNATURE_WRONG, signed, x_auth};
use super::{PLAIN, Row, Step, post};
use crate::battery::app::{ADA, Setup, UNKNOWN, URL, X_AUTH};
use crate::battery::client::{Ask, Body};
use crate::kit::NOW;

const T: i64 = NOW.as_unix_seconds();
const MIB: usize = 1 << 20;

fn ask(body: Body) -> Ask {
    Ask::new("POST", "/echo").with_body(body)
}

/// Signed by x-auth headers.
fn known(body: Body) -> Ask {
    let bytes = body.bytes();
    x_auth(ask(body), &bytes, X_AUTH, T)
}

fn echoed(body: Body) -> Step {
    known(body).echoes("ada", "x-auth")
}

pub(super) fn rows() -> Vec<Row> {
    let binary: Vec<u8> = (0..=255).chain([0, 13, 10, 13, 10, 0]).collect();
    let chunks = || vec![b"ab".to_vec(), b"\0".to_vec(), b"\r\n0\r\n\r\n".to_vec(), vec![0xff; 300]];
    vec![
        Row::new("no_body_is_an_empty_body", [echoed(Body::Nothing)]),
        Row::new("an_empty_body_is_handed_on", [echoed(Body::Whole(Vec::new()))]),
        Row::new("a_body_of_no_chunks_is_handed_on", [echoed(Body::Chunked(Vec::new()))]),
        Row::new("every_byte_is_handed_on", [echoed(Body::Whole(binary))]),
        Row::new("chunks_are_handed_on_as_what_they_say", [echoed(Body::Chunked(chunks()))]),
        Row::new(
            "a_body_with_trailers_is_handed_on",
            [known(Body::Trailed(chunks(), "X-Checksum: 1")).with("Trailer", "X-Checksum").echoes_as(
                super::row::Echo {
                    who: "ada",
                    scheme: "x-auth",
                    names: ["iss", "exp", "nbf", "signature"].map(|name| format!("x-auth-{name}")).into(),
                },
                None,
            )],
        ),
        Row::new(
            "the_body_of_a_signed_url_is_handed_on_in_chunks",
            [Ask::new("PUT", signed("/echo", &chunks().concat(), URL, T))
                .with_body(Body::Chunked(chunks()))
                .echoes("ada", "query-signature")],
        ),
        Row::new("a_mebibyte_is_read", [echoed(Body::Whole(vec![b'm'; MIB]))]),
        Row::new(
            "what_is_announced_as_longer_is_413_before_it_is_read",
            [known(Body::Announced(8 * MIB + 1, Vec::new())).refused(413)],
        ),
        Row::new("more_than_a_mebibyte_is_413", [known(Body::Whole(vec![b'm'; MIB + 1])).refused(413)]),
        Row::new(
            "what_is_announced_as_much_longer_is_413_before_it_is_read",
            [known(Body::Announced(1 << 40, b"x".to_vec())).refused(413)],
        ),
        Row::new(
            "the_limit_is_the_applications",
            [
                echoed(Body::Whole(b"0123456789abcdef".to_vec())),
                known(Body::Whole(b"0123456789abcdef!".to_vec())).refused(413),
                known(Body::Announced(8 * MIB + 1, b"x".to_vec())).refused(413),
            ],
        )
        .on(Setup::SmallBodies),
        Row::new(
            "chunks_that_turn_out_too_long_are_413",
            [known(Body::Chunked(vec![b"0123456789".to_vec(); 2])).refused(413)],
        )
        .on(Setup::SmallBodies),
        Row::new(
            "a_signed_url_with_too_long_a_body_is_413",
            [Ask::new("POST", signed("/echo", b"0123456789abcdef!", URL, T))
                .with_body(Body::Whole(b"0123456789abcdef!".to_vec()))
                .refused(413)],
        )
        .on(Setup::SmallBodies),
        Row::new(
            "a_stranger_with_a_long_body_causes_no_byte_to_be_read",
            [
                x_auth(ask(Body::Announced(8 * MIB + 1, Vec::new())), b"", ("x-bob", X_AUTH.1), T)
                    .unauthorized(SIGNATURE_WRONG),
                x_auth(ask(Body::Announced(1 << 40, Vec::new())), b"", ("x-bob", X_AUTH.1), T)
                    .unauthorized(SIGNATURE_WRONG),
                ask(Body::Announced(8 * MIB + 1, Vec::new()))
                    .with("X-Api-Key", UNKNOWN)
                    .unauthorized(API_KEY_WRONG),
                ask(Body::Announced(8 * MIB + 1, b"123".to_vec())).unauthorized(PLAIN),
            ],
        ),
        Row::new(
            "who_signs_no_body_may_send_a_longer_one",
            [ask(Body::Whole(b"0123456789abcdef!".to_vec())).with("X-Api-Key", ADA).echoes("ada", "api-key")],
        )
        .on(Setup::SmallBodies),
        Row::new(
            "a_signed_body_that_is_cut_off_is_400",
            [known(Body::CutOff(10, b"1234".to_vec())).refused(400)],
        ),
        Row::new(
            "a_signed_body_whose_last_chunk_is_missing_is_400",
            [known(Body::CutOffChunk(b"1234".to_vec())).refused(400)],
        ),
        Row::new(
            "a_body_that_nobody_signs_is_not_read_before_the_handler",
            [Ask::new("POST", "/unread")
                .with_body(Body::Announced(10, b"1234".to_vec()))
                .with("X-Api-Key", ADA)
                .echoes("ada", "api-key")
                .without_body()],
        ),
        Row::new(
            "a_handler_may_leave_a_signed_body_unread",
            [x_auth(post("/unread", "body"), b"body", X_AUTH, T).echoes("ada", "x-auth").without_body()],
        ),
        Row::new(
            "a_get_may_have_a_body",
            [x_auth(Ask::new("GET", "/echo").with_body(Body::Whole(b"q".to_vec())), b"q", X_AUTH, T)
                .echoes("ada", "x-auth")],
        ),
    ]
}
