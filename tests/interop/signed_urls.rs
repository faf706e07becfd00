//! Signed URLs, as a client in plain Node signs them.

use portcullis::Scheme;
use portcullis::query_signature::QuerySignatureAuthenticator;
use portcullis::store::memory::MemoryNonceStore;
use serde_json::json;

use crate::driven::is_served;
use crate::echo::{Wanted, echo};
use crate::key::Key;
use crate::peer::Peer;
use crate::server::Server;
use crate::verdict::Verdict;

/// In every style that is in use. A body is bound by the key's id, which then stands last.
fn wanted() -> Vec<Wanted> {
    let mut wanted = Vec::new();
    for style in ["raw", "escaped", "raw first", "escaped first"] {
        wanted.extend([
            Wanted { method: "GET", path: "/api/hello/", style, ..Wanted::default() },
            Wanted {
                method: "GET",
                path: "/a%20b/",
                query: vec![("q", "x y+"), ("a", "")],
                style,
                ..Wanted::default()
            },
            Wanted {
                method: "POST",
                path: "/",
                body: format!("{{\"style\":\"{style}\"}}").into(),
                style,
                ..Wanted::default()
            },
            Wanted {
                method: "PUT",
                path: "/",
                body: (0..=255).collect(),
                query: vec![("n", style)],
                style,
                ..Wanted::default()
            },
            Wanted { method: "DELETE", path: "/7", style, query: vec![("n", style)], ..Wanted::default() },
        ]);
    }
    wanted
}

#[test]
fn plain_node_is_served_and_with_a_wrong_secret_refused() {
    let (keys, key) = Key::in_a_store(Scheme::QuerySignature);
    let server = Server::start(echo(QuerySignatureAuthenticator::new(keys, MemoryNonceStore::new())));
    let _verdict = Verdict::on_sending(Peer::NodeUrl.name());
    is_served(Peer::NodeUrl, &server, &key, &json!({}), &wanted());
}

#[test]
fn a_newline_behind_the_head_of_a_get_is_no_body() {
    let _verdict = Verdict::on(Peer::NodeUrl.name(), "is served with a newline behind the head of a GET");
    let (keys, key) = Key::in_a_store(Scheme::QuerySignature);
    let server = Server::start(echo(QuerySignatureAuthenticator::new(keys, MemoryNonceStore::new())));
    let wanted = ["raw newline", "escaped first newline"].map(|style| Wanted {
        method: "GET",
        path: "/api/hello/",
        style,
        ..Wanted::default()
    });
    is_served(Peer::NodeUrl, &server, &key, &json!({}), &wanted);
}
