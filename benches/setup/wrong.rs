//! Requests whose signature is wrong in its first byte, and in its last: what they cost must not
//! tell how much of it is right.

use http::{HeaderValue, Request};
use http_body_util::Full;
use portcullis::query_signature::{QuerySignatureAuthenticator, QuerySigner};
use portcullis::store::memory::MemoryNonceStore;
use portcullis::x_auth::{XAuthAuthenticator, XAuthSigner};
use portcullis::{FrozenClock, Scheme};

use super::{Bench, NOW, store};

/// Pairs of rows, each of which must count the same.
pub fn rows() -> [Bench; 4] {
    [
        signed_url("signed url, wrong in front", First),
        signed_url("signed url, wrong behind", Last),
        x_auth("x-auth, wrong in front", First),
        x_auth("x-auth, wrong behind", Last),
    ]
}

#[derive(Clone, Copy)]
enum Wrong {
    First,
    Last,
}
use Wrong::{First, Last};

impl Wrong {
    /// A signature in base64 of 32 bytes with another byte in it.
    fn change(self, signature: &str) -> String {
        let at = match self {
            First => 0,
            // The one before the last has no bits that must be zero.
            Last => unpadded(signature).len() - 2,
        };
        let other = if signature.as_bytes().get(at) == Some(&b'A') { "B" } else { "A" };
        let mut signature = signature.to_owned();
        signature.replace_range(at..=at, other);
        signature
    }
}

fn unpadded(signature: &str) -> &str {
    signature.trim_end_matches("%3D").trim_end_matches('=')
}

fn signed_url(name: &'static str, wrong: Wrong) -> Bench {
    let (keys, key) = store(Scheme::QuerySignature);
    let signed = QuerySignatureAuthenticator::new(keys, MemoryNonceStore::new());
    let signer = QuerySigner::new(key.id, &key.secret);
    // One whose signature has nothing that a URL escapes, so that every character may change.
    let mut plain = (0..).filter_map(|number| {
        let url = signer.sign(&format!("/api/{number:04}"), b"", NOW).expect("signed").to_string();
        let (front, signature) = url.split_once("signature=").expect("a signature");
        let changed = format!("{front}signature={}", wrong.change(signature));
        unpadded(signature).bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(changed)
    });
    let url = plain.next().expect("there is always another");
    let make = move || Request::get(&url).body(Full::default()).expect("request");
    Bench::new(name, &FrozenClock::at(NOW), signed, make).refused()
}

fn x_auth(name: &'static str, wrong: Wrong) -> Bench {
    let (keys, key) = store(Scheme::XAuth);
    let x_auth = XAuthAuthenticator::new(keys, MemoryNonceStore::new());
    let headers = XAuthSigner::new(key.id, &key.secret).sign(b"x", NOW).expect("signed");
    let mut signed = Request::post("/").body(()).expect("request");
    headers.insert_into(signed.headers_mut()).expect("headers");
    let mut headers = signed.into_parts().0.headers;
    let signature = headers.get_mut("x-auth-signature").expect("a signature");
    let changed = wrong.change(signature.to_str().expect("text"));
    *signature = HeaderValue::try_from(changed).expect("a value");
    let make = move || {
        let mut request = Request::post("/").body(Full::from("x")).expect("request");
        *request.headers_mut() = headers.clone();
        request
    };
    Bench::new(name, &FrozenClock::at(NOW), x_auth, make).refused()
}
