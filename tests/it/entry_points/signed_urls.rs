//! Signed URLs with entry points, as the clients of dj-api-auth know them: every refusal is
//! a 403 that says why.

use std::time::Duration;

use portcullis::guard::DjApiAuthStyle;
use portcullis::query_signature::QuerySigner;
use portcullis::store::{EntryPoints, NewKey};
use portcullis::{Clock, Scheme};

use super::served::in_both;
use crate::kit::{Kit, get};

#[test]
fn a_signed_url_is_let_through_or_is_a_403_that_says_why() {
    in_both(|framework, kit| async move {
        let only = EntryPoints::only(["hello"]).expect("a name");
        let key = kit.issue(NewKey::new(Scheme::QuerySignature, Kit::ada()).with_entry_points(only)).await;
        let sign = |path: &str| {
            let signer = QuerySigner::new(key.id.clone(), &key.secret);
            signer.sign(path, b"", kit.clock.now()).expect("signed")
        };
        let hello = sign("/api/hello/");
        let query = hello.split_once('?').expect("a query").1;
        for (url, expected) in [
            (hello.clone(), None),
            (format!("/api/hello/?page=2&{query}"), Some("signature error")),
            (sign("/api/hello/?page=2"), None),
            (sign("/api/v1/orders/7"), Some("entry point not allowed for the API key")),
            (sign("/api"), Some("entry point not allowed for the API key")),
            (sign("/feed"), Some("entry point not allowed for the API key")),
            // The name is asked for only once the signature is right.
            (format!("/api?{query}"), Some("signature error")),
            ("/api/hello/".to_owned(), Some("parameter missing")),
            ("/api/hello/?apikey=483a570a".to_owned(), Some("parameter missing")),
            (hello.replace(key.id.as_str(), "00000000"), Some("signature error")),
        ] {
            let answer = framework.send_styled(&kit, DjApiAuthStyle::default(), get(&url, &[])).await;
            match expected {
                None => assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "/api/hello/")),
                Some(error) => {
                    let body = format!(r#"{{"error":"{error}"}}"#);
                    assert_eq!((answer.status.as_u16(), answer.body), (403, body), "{framework:?} {url}");
                }
            }
        }
        let late = sign("/api/hello/");
        kit.clock.advance(Duration::from_secs(301));
        let answer = framework.send_styled(&kit, DjApiAuthStyle::default(), get(&late, &[])).await;
        assert_eq!(answer.body, r#"{"error":"time drift > 300 sec"}"#, "{framework:?}");
        assert_eq!(answer.status, 403);
    });
}
