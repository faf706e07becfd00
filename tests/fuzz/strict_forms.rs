//! The strict forms of x-auth and of signed URLs: whatever is accepted, a second reading of the
//! rules, as plain as can be, finds right.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis::crypto::{HmacAlgorithm, HmacKey};
use portcullis::query_signature::QuerySignatureAuthenticator;
use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use portcullis::store::{KeyOwner, NewKey};
use portcullis::x_auth::XAuthAuthenticator;
use portcullis::{KeyAdmin, Scheme, Secret, Timestamp, UserId};
use sha2::{Digest, Sha256};

use crate::request::{NOW, Request, now};

/// The keys of the vectors.
const X_AUTH_KEY: (&str, &str) = ("M-LmI2b3pA0UdIuU7OhXEw", "q6X2sVd0Yt4wCkz8nRr1uPjLmHb3eGfA9oJi5TxZyQE");
const URL_KEY: (&str, &str) = ("483a570a", "d7228d70cd7f456d9bfdc35ed8fee375");

fn keys() -> &'static MemoryKeyStore {
    static KEYS: OnceLock<MemoryKeyStore> = OnceLock::new();
    KEYS.get_or_init(|| {
        let keys = MemoryKeyStore::new();
        now(keys.add_user(&UserId::from("ada"), None)).expect("user");
        for (scheme, (id, secret)) in [(Scheme::XAuth, X_AUTH_KEY), (Scheme::QuerySignature, URL_KEY)] {
            let key =
                NewKey::new(scheme, KeyOwner::user("ada")).with_id(id).with_secret(Secret::from(secret));
            drop(now(keys.issue(key.strict_only(), Timestamp::from_unix_seconds(0))).expect("issued"));
        }
        keys
    })
}

impl Request<'_> {
    /// The first fields of a message.
    fn message(&self, label: &str, query: Option<&str>) -> Vec<u8> {
        let host = self.header("host").to_ascii_lowercase();
        let host = host.strip_suffix(":443").or_else(|| host.strip_suffix(":80")).unwrap_or(&host);
        let mut message = Vec::new();
        [label, self.method, host, self.path]
            .into_iter()
            .for_each(|text| field(&mut message, text.as_bytes()));
        message.push(u8::from(query.is_some()));
        query.into_iter().for_each(|query| field(&mut message, query.as_bytes()));
        message
    }
}

fn field(message: &mut Vec<u8>, bytes: &[u8]) {
    message.extend((bytes.len() as u64).to_be_bytes());
    message.extend(bytes);
}

fn check(secret: &str, message: &[u8], signature: &str) {
    let tag = HmacKey::new(HmacAlgorithm::Sha256, &Secret::from(secret)).sign(&[message]);
    assert_eq!(URL_SAFE_NO_PAD.encode(tag.expose()), signature);
}

fn check_window(start: &str, end: &str, ahead: i64) {
    assert!(start.len() == 10 && end.len() == 10);
    let (start, end): (i64, i64) = (start.parse().expect("digits"), end.parse().expect("digits"));
    assert!(start <= NOW + ahead && NOW < end && end - start <= 600);
}

/// Says whether one of the two was accepted.
pub fn strict_forms(bytes: &[u8]) -> bool {
    let Some(request) = Request::read(bytes) else { return false };
    let digest: [u8; 32] = Sha256::digest(request.body).into();
    let digest_text = URL_SAFE_NO_PAD.encode(digest);

    let x_auth = request
        .is_accepted(&XAuthAuthenticator::new(keys().clone(), MemoryNonceStore::new()).buffer_bodies());
    if x_auth {
        let [nbf, exp, nonce] = ["x-auth-nbf", "x-auth-exp", "x-auth-nonce"].map(|name| request.header(name));
        assert_eq!((request.header("x-auth-version"), request.header("x-auth-iss")), ("1", X_AUTH_KEY.0));
        assert_eq!(request.header("x-auth-digest"), digest_text);
        check_window(nbf, exp, 0);
        let nonce = URL_SAFE_NO_PAD.decode(nonce).expect("base64url");
        let mut message = request.message("portcullis x-auth 1", request.query);
        let fields = [X_AUTH_KEY.0.as_bytes(), nbf.as_bytes(), exp.as_bytes(), &nonce, &digest];
        fields.into_iter().for_each(|bytes| field(&mut message, bytes));
        assert_eq!(nonce.len(), 16);
        check(X_AUTH_KEY.1, &message, request.header("x-auth-signature"));
    }

    let nonces = MemoryNonceStore::new();
    let url = request.is_accepted(&QuerySignatureAuthenticator::new(keys().clone(), nonces).buffer_bodies());
    if url {
        let query = request.query.expect("accepted without a query");
        let (signed, signature) = query.rsplit_once("&pc-signature=").expect("accepted without a signature");
        let value = |name: &str| {
            let named = |pair: &&str| pair.split('=').next() == Some(name);
            let mut found = query.split('&').filter(named);
            let pair = found.next().unwrap_or_else(|| panic!("accepted without {name}"));
            assert!(found.next().is_none(), "accepted with {name} twice");
            pair.split_once('=').expect("accepted without a value").1
        };
        for other in ["timestamp", "apikey", "signature"] {
            assert!(!query.split('&').any(|pair| pair.split('=').next() == Some(other)), "both forms");
        }
        assert_eq!(
            (value("pc-version"), value("pc-key"), value("pc-digest")),
            ("1", URL_KEY.0, &*digest_text)
        );
        assert_eq!((value("pc-nonce").len(), value("pc-signature")), (22, signature));
        check_window(value("pc-time"), value("pc-expires"), 300);
        check(URL_KEY.1, &request.message("portcullis signed-url 1", Some(signed)), signature);
    }
    x_auth || url
}
