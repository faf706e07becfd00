//! `x-auth-*` headers, as crypto-js signs them.

use portcullis::Scheme;
use portcullis::store::memory::MemoryNonceStore;
use portcullis::x_auth::XAuthAuthenticator;
use serde_json::json;

use crate::driven::is_served;
use crate::echo::{Wanted, echo};
use crate::key::Key;
use crate::peer::Peer;
use crate::server::Server;
use crate::verdict::Verdict;

fn wanted() -> Vec<Wanted> {
    let json = vec![("content-type", "application/json")];
    vec![
        // A later one in the same second would have the signature of the GETs.
        Wanted { method: "DELETE", path: "/7", style: "url", ..Wanted::default() },
        Wanted { method: "GET", path: "/", ..Wanted::default() },
        Wanted { method: "GET", path: "/a%20b", query: vec![("q", "x y"), ("a", "+")], ..Wanted::default() },
        Wanted {
            method: "POST",
            path: "/",
            headers: json,
            body: br#"{"a":1}"#.to_vec(),
            ..Wanted::default()
        },
        Wanted {
            method: "PATCH",
            path: "/",
            body: "{\"zo\u{eb}\":2}".into(),
            style: "url",
            ..Wanted::default()
        },
        Wanted { method: "PUT", path: "/", body: (0..=255).collect(), ..Wanted::default() },
    ]
}

#[test]
fn crypto_js_is_served_and_with_a_wrong_secret_refused() {
    let (keys, key) = Key::in_a_store(Scheme::XAuth);
    let server = Server::start(echo(XAuthAuthenticator::new(keys, MemoryNonceStore::new())));
    let _verdict = Verdict::on_sending(Peer::CryptoJs.name());
    is_served(Peer::CryptoJs, &server, &key, &json!({}), &wanted());
}
