//! What answers say to caches, and what handlers see of credentials.

use super::row::{Echo, VARY};
use super::schemes::{bearer, signed};
use super::{Row, Step, get, post};
use crate::battery::app::{ADA, Setup, URL};
use crate::battery::client::Ask;
use crate::kit::NOW;

const T: i64 = NOW.as_unix_seconds();
const PUBLIC: &str = "public, max-age=60";

fn failing(ask: Ask) -> Step {
    ask.comes_to(404, &[("content-type", "text/plain; charset=utf-8")], "no such thing", 0)
}

pub(super) fn rows() -> Vec<Row> {
    let known = |target: &str| get(target).with("X-Api-Key", ADA).echoes("ada", "api-key");
    let bearer = |target: &str| get(target).with("Authorization", bearer(ADA)).echoes("ada", "api-key");
    let removed = |ask: Ask, scheme, target| {
        let names = ask.lines.iter().map(|(name, _)| name.clone());
        let names = names.filter(|name| name == "accept").collect();
        ask.echoes_as(Echo { who: "ada", scheme, names }, Some(target))
    };
    let url = signed("/echo?x=1", b"", URL, T);
    let (start, _) = url.rsplit_once("&signature=").expect("a signature");
    let start = start.to_owned();
    vec![
        Row::new("what_a_cache_cannot_know_is_not_stored", [known("/cached"), known("/echo")]),
        Row::new(
            "what_a_handler_says_of_its_own_accord_stands",
            [
                known("/private").instead("cache-control", Some("private")),
                bearer("/cached").with("cache-control", PUBLIC),
                bearer("/private").with("cache-control", "private"),
            ],
        ),
        Row::new(
            "an_answer_to_the_anonymous_says_what_it_depends_on",
            [get("/open").echoes("anonymous", "none")],
        ),
        Row::new(
            "what_a_handler_says_of_other_headers_stays",
            [known("/varied").instead("vary", Some("accept-encoding")).with("vary", VARY)],
        ),
        Row::new(
            "an_error_from_inside_says_what_it_depends_on",
            [
                failing(get("/failing").with("X-Api-Key", ADA))
                    .with("cache-control", "no-store")
                    .with("vary", VARY),
                failing(get("/failing").with("Authorization", format!("Bearer {ADA}"))).with("vary", VARY),
                failing(post("/failing", "x").with("X-Api-Key", ADA)),
            ],
        ),
        Row::new(
            "an_answer_to_a_post_says_nothing",
            [post("/cached", "x")
                .with("X-Api-Key", ADA)
                .echoes("ada", "api-key")
                .with("cache-control", PUBLIC)],
        ),
        Row::new(
            "an_answer_to_a_signed_url_is_not_stored",
            [get(signed("/cached", b"", URL, T)).echoes("ada", "query-signature")],
        ),
        Row::new(
            "handlers_see_the_credential_unless_it_is_removed",
            [get(url.clone()).with("accept", "*/*").echoes("ada", "query-signature")],
        ),
        Row::new(
            "a_credential_is_removed_before_the_handler",
            [
                removed(get("/echo?b").with("accept", "*/*").with("X-Api-Key", ADA), "api-key", "/echo?b"),
                removed(
                    get("/echo").with("Authorization", format!("Bearer {ADA}")).with("accept", "x"),
                    "api-key",
                    "/echo",
                ),
                removed(get(url), "query-signature", &start),
            ],
        )
        .on(Setup::Removing),
    ]
}
