//! Bodies of both strict forms: under the signed digest, while the handler reads them.

use bytes::Bytes;
use http_body_util::Full;
use portcullis::Authenticator;
use portcullis::query_signature::QuerySignatureAuthenticator;
use portcullis::store::StoredPrincipal;
use portcullis::x_auth::XAuthAuthenticator;

use crate::kit::{Kit, NOW};
use crate::query_signature_strict::StrictUrl;
use crate::reading::read_by_handler;
use crate::table::SchemeUnderTest;
use crate::x_auth_strict::StrictXAuth;

async fn streams<S: SchemeUnderTest, A>(kit: Kit, authenticator: A)
where
    A: Authenticator<Principal = StoredPrincipal>,
{
    let key = kit.issue(S::new_key()).await;
    let layer = kit.layer(authenticator).with_body_limit(4);
    let sign = || S::sign(&key, "PUT", "/", b"a body", NOW);
    // Longer than what would be buffered.
    assert_eq!(read_by_handler(&layer, sign()).await, (200, Some(Ok(Bytes::from("a body")))));
    for other in ["a bodY", "a body and more", "a bod"] {
        let mut sent = sign();
        *sent.body_mut() = Full::from(other);
        assert_eq!(read_by_handler(&layer, sent).await.1, Some(Err(())), "{other:?}");
    }
    // Of nothing too.
    let none = S::sign(&key, "GET", "/", b"", NOW);
    assert_eq!(read_by_handler(&layer, none).await, (200, Some(Ok(Bytes::new()))));
    let mut sent = S::sign(&key, "GET", "/", b"", NOW);
    *sent.body_mut() = Full::from("a body");
    assert_eq!(read_by_handler(&layer, sent).await.1, Some(Err(())));
    // That there is none is known before the handler runs.
    let mut sent = sign();
    *sent.body_mut() = Full::default();
    assert_eq!(read_by_handler(&layer, sent).await, (401, None));
}

#[tokio::test]
async fn a_body_of_strict_headers_streams_and_never_ends_well_unless_it_is_the_one() {
    let kit = Kit::new().await;
    let x_auth = XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone());
    streams::<StrictXAuth, _>(kit, x_auth).await;
}

#[tokio::test]
async fn a_body_of_a_strict_url_streams_and_never_ends_well_unless_it_is_the_one() {
    let kit = Kit::new().await;
    let signed_url = QuerySignatureAuthenticator::new(kit.keys.clone(), kit.nonces.clone());
    streams::<StrictUrl, _>(kit, signed_url).await;
}
