//! The strict forms of x-auth and of signed URLs, as a client in plain Node signs them that was
//! written from the manual.

use portcullis::Scheme;
use portcullis::query_signature::QuerySignatureAuthenticator;
use portcullis::store::memory::MemoryNonceStore;
use portcullis::x_auth::XAuthAuthenticator;
use serde_json::json;

use crate::driven::is_served;
use crate::echo::{Wanted, echo};
use crate::key::Key;
use crate::peer::Peer;
use crate::server::Server;
use crate::verdict::Verdict;

/// The same request twice, which is two with a nonce, and whatever the compatible forms leave open.
fn wanted(style: &'static str) -> Vec<Wanted> {
    let query = vec![("q", "x y"), ("a", "+")];
    let get = Wanted { method: "GET", path: "/a%20b/zo%C3%AB//..", query, style, ..Wanted::default() };
    let delete = Wanted { method: "DELETE", path: "/7", style, ..Wanted::default() };
    let post = Wanted {
        method: "POST",
        path: "/",
        headers: vec![("content-type", "application/json")],
        body: br#"&{"a":1}"#.to_vec(),
        style,
        ..Wanted::default()
    };
    let put = Wanted { method: "PUT", body: (0..=255).collect(), ..post.clone() };
    vec![get.clone(), get, delete.clone(), delete, post.clone(), post, put]
}

#[test]
fn strict_x_auth_in_plain_node_is_served_and_with_a_wrong_secret_refused() {
    let _verdict = Verdict::on(Peer::StrictNode.name(), "x-auth is served, and with a wrong secret refused");
    let (keys, key) = Key::in_a_store(Scheme::XAuth);
    let strict = XAuthAuthenticator::new(keys, MemoryNonceStore::new()).strict_only();
    is_served(Peer::StrictNode, &Server::start(echo(strict)), &key, &json!({}), &wanted(""));
}

#[test]
fn strict_signed_urls_in_plain_node_are_served_and_with_a_wrong_secret_refused() {
    let _verdict =
        Verdict::on(Peer::StrictNode.name(), "signed URLs are served, and with a wrong secret refused");
    let (keys, key) = Key::in_a_store(Scheme::QuerySignature);
    let strict = QuerySignatureAuthenticator::new(keys, MemoryNonceStore::new()).strict_only();
    is_served(Peer::StrictNode, &Server::start(echo(strict)), &key, &json!({}), &wanted("url"));
}

#[test]
fn a_key_of_strict_forms_alone_does_not_serve_the_compatible_clients() {
    let (keys, key) = Key::in_a_store(Scheme::XAuth);
    let strict = XAuthAuthenticator::new(keys, MemoryNonceStore::new()).strict_only();
    let server = Server::start(echo(strict));
    let wanted = Wanted { method: "GET", path: "/", ..Wanted::default() };
    let request = json!({
        "endpoint": server.endpoint(), "id": key.id, "secret": key.secret, "requests": [wanted.to_json()],
    });
    wanted.assert_refused(&Peer::CryptoJs.ask(&request)[0]);
}
