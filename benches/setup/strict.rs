//! The strict forms, each behind the compatible one that it stands beside: the same key, target
//! and body, no repeat, and no request older than the one before.

use http_body_util::Full;
use portcullis::query_signature::{QuerySignatureAuthenticator, QuerySigner};
use portcullis::sign::RequestSigner;
use portcullis::store::memory::MemoryNonceStore;
use portcullis::x_auth::{XAuthAuthenticator, XAuthSigner};
use portcullis::{Clock, FrozenClock, Scheme};

use super::{Bench, NOW, STEP, Sent, store};

pub(super) fn rows() -> [Bench; 8] {
    let urls = [
        ("strict pair, signed url, no body, compatible", Form::Compatible, 0),
        ("strict pair, signed url, no body, strict", Form::Strict, 0),
        ("strict pair, signed url, 1 KiB, compatible", Form::Compatible, 1024),
        ("strict pair, signed url, 1 KiB, strict", Form::Strict, 1024),
    ];
    let headers = [
        ("strict pair, x-auth, no body, compatible", Form::Compatible, 0),
        ("strict pair, x-auth, no body, strict", Form::Strict, 0),
        ("strict pair, x-auth, 1 KiB, compatible", Form::Compatible, 1024),
        ("strict pair, x-auth, 1 KiB, strict", Form::Strict, 1024),
    ];
    let [a, b, c, d] = urls.map(|(name, form, length)| signed_url(name, form, length));
    let [e, f, g, h] = headers.map(|(name, form, length)| x_auth(name, form, length));
    [a, b, c, d, e, f, g, h]
}

#[derive(Clone, Copy)]
enum Form {
    Compatible,
    Strict,
}

fn signed_url(name: &'static str, form: Form, length: usize) -> Bench {
    let (keys, key) = store(Scheme::QuerySignature);
    let clock = FrozenClock::at(NOW);
    let authenticator = QuerySignatureAuthenticator::new(keys, MemoryNonceStore::new());
    let signer = QuerySigner::new(key.id, &key.secret);
    let make = making(
        clock.clone(),
        length,
        match form {
            Form::Compatible => Box::new(signer),
            Form::Strict => Box::new(signer.strict()),
        },
    );
    Bench::new(name, &clock, authenticator, make)
}

fn x_auth(name: &'static str, form: Form, length: usize) -> Bench {
    let (keys, key) = store(Scheme::XAuth);
    let clock = FrozenClock::at(NOW);
    let authenticator = XAuthAuthenticator::new(keys, MemoryNonceStore::new());
    let signer = XAuthSigner::new(key.id, &key.secret);
    let make = making(
        clock.clone(),
        length,
        match form {
            Form::Compatible => Box::new(signer),
            Form::Strict => Box::new(signer.strict()),
        },
    );
    Bench::new(name, &clock, authenticator, make)
}

/// Requests a hundred to the second. Without a body, the compatible x-auth has one signature for
/// each second: its requests are GETs, which may repeat.
fn making(clock: FrozenClock, length: usize, signer: Box<dyn RequestSigner>) -> impl FnMut() -> Sent {
    let mut count = 0_u64;
    move || {
        clock.advance(STEP);
        count += 1;
        let mut body = vec![b'x'; length];
        body.iter_mut().zip(count.to_le_bytes()).for_each(|(to, from)| *to = from);
        let method = if length == 0 { "GET" } else { "POST" };
        let request = http::Request::builder().method(method).uri("/api/hello/");
        let request = request.header("host", "api.example").body(()).expect("request");
        let (mut head, ()) = request.into_parts();
        signer.sign_request(&mut head, &body, clock.now()).expect("signed");
        Sent::from_parts(head, Full::from(body))
    }
}
