//! AWS Signature Version 4 beside the signer of the AWS SDK for Rust.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::{HeaderName, Request};
use portcullis::authenticator::decide;
use portcullis::request::{BodyGate, Carriers, RequestTarget, RequestView};
use portcullis::sign::RequestSigner;
use portcullis::sigv4::{SigV4Authenticator, SigV4Signer};
use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use portcullis::{Authenticator, Outcome, Scheme, Timestamp};

use crate::harness::{NOW, keys, now};

type Sigv4 = SigV4Authenticator<MemoryKeyStore, MemoryNonceStore>;

/// A generator that is small, fast, and the same for the same seed (xorshift of 64 bits).
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % end
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    /// Pieces that are allowed in a URI. Theirs reads a raw `+` as a space, and bytes that are
    /// not UTF-8 as a replacement character: these are left out.
    fn text(&mut self, out: &mut String, more: &[&str]) {
        const PIECES: [&str; 20] = [
            "a", "Z", "0", "-", "_", ".", "~", "%20", "%2F", "%2f", "%25", "%41", "%7e", "%C3%A9", "!", "'",
            "(", "*", "%2B", ":",
        ];
        for _ in 0..self.below(6) {
            let piece = if self.below(4) == 0 { self.of(more) } else { self.of(&PIECES) };
            out.push_str(piece);
        }
    }

    /// A path without a dot segment in disguise, which is not signed here.
    fn path(&mut self) -> String {
        let mut path = "/".to_owned();
        for _ in 0..self.below(5) {
            self.text(&mut path, &[";v", "@", "&", "=", "$", "%3D"]);
            path.push_str(self.of(&["/", "/", "//", "/./", "/../", ""]));
        }
        path
    }

    fn query(&mut self) -> Option<String> {
        let mut query = String::new();
        for _ in 0..self.below(6) {
            query.push_str(self.of(&["&", "&", "&", "", "&&"]));
            self.text(&mut query, &["/", "?", ";", "%3D", "%26", "key", "b"]);
            if self.below(4) > 0 {
                query.push('=');
                self.text(&mut query, &["/", "?", "=", "%26", "%3d", "%0A", "%00"]);
            }
        }
        (!query.is_empty() || self.below(2) == 0).then_some(query)
    }

    fn headers(&mut self) -> Vec<(&'static str, String)> {
        const NAMES: [&str; 9] = [
            "accept",
            "content-type",
            "content-encoding",
            "x-amz-meta-a",
            "x-amz-meta-b",
            "x-amz-acl",
            "x-a",
            "my-header",
            "range",
        ];
        (0..self.below(5))
            .map(|_| {
                let words: Vec<_> =
                    (0..self.below(4)).map(|_| self.of(&["a", "b=c", "\"d  e\"", "é", "x,y", ""])).collect();
                (NAMES[self.below(NAMES.len())], words.join(self.of(&[" ", "  ", "   "])).replace('é', "e"))
            })
            .collect()
    }
}

/// What one request is, and how it is to be signed.
struct Case {
    method: &'static str,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    s3: bool,
    presigned: bool,
    declared: bool,
    unsigned: bool,
}

impl Case {
    fn draw(draw: &mut Draw) -> Self {
        let mut url = format!(
            "https://{}{}",
            draw.of(&["api.example", "api.example:8443", "127.0.0.1:1"]),
            draw.path()
        );
        if let Some(query) = draw.query() {
            let _ = write!(url, "?{query}");
        }
        let s3 = draw.below(3) == 0;
        let presigned = draw.below(3) == 0;
        let unsigned = (s3 && presigned) || draw.below(8) == 0 && !presigned;
        let length = if presigned && !unsigned { 0 } else { draw.below(3) * draw.below(40) };
        Self {
            method: draw.of(&["GET", "PUT", "POST", "DELETE", "HEAD", "M-SEARCH"]),
            url,
            headers: if presigned { Vec::new() } else { draw.headers() },
            body: (0..length).map(|_| draw.below(256) as u8).collect(),
            s3,
            presigned,
            declared: s3 || unsigned || draw.below(2) == 0,
            unsigned,
        }
    }

    fn request(&self) -> Request<()> {
        let mut request = Request::builder().method(self.method).uri(&self.url);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        request.body(()).expect("a request")
    }

    /// Signed by the crate of the SDK, and the signature.
    fn sign(&self, id: &str, secret: &str) -> (Request<()>, String) {
        let mut settings = SigningSettings::default();
        settings.expires_in = Some(Duration::from_secs(600));
        if self.presigned {
            settings.signature_location = SignatureLocation::QueryParams;
        }
        if self.s3 {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        }
        if self.declared && !self.presigned {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let identity = Credentials::new(id, secret, None, None, "test").into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region("eu-north-1")
            .name("orders")
            .time(SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.unsigned_abs()))
            .settings(settings)
            .build()
            .expect("parameters")
            .into();
        let body =
            if self.unsigned { SignableBody::UnsignedPayload } else { SignableBody::Bytes(&self.body) };
        let headers = self.headers.iter().map(|(name, value)| (*name, value.as_str()));
        let signable = SignableRequest::new(self.method, &self.url, headers, body).expect("signable");
        let (instructions, signature) = sign(signable, &params).expect("signed").into_parts();
        let mut request = self.request();
        instructions.apply_to_request_http1x(&mut request);
        (request, signature)
    }

    /// The signature that ours makes of the same.
    fn sign_by_ours(&self, signer: &SigV4Signer) -> String {
        let time = Timestamp::from_unix_seconds(NOW);
        let signer = if self.s3 { signer.clone().for_s3() } else { signer.clone() };
        let signer = if self.unsigned && !self.presigned { signer.with_unsigned_payload() } else { signer };
        let text = if self.presigned {
            signer.presign_for(self.method, &self.url, Duration::from_secs(600), time).expect("signed")
        } else {
            let (mut head, ()) = self.request().into_parts();
            let names = head.headers.keys().cloned().collect::<Vec<HeaderName>>();
            signer.with_signed_headers(names).sign_request(&mut head, &self.body, time).expect("signed");
            head.headers["authorization"].to_str().expect("text").to_owned()
        };
        text.rsplit_once("Signature=").expect("a signature").1.to_owned()
    }
}

/// Whether ours accepts a request that came in with `Host` and a path.
fn is_accepted(sigv4: &Sigv4, carriers: &Carriers, request: &Request<()>, body: &[u8]) -> bool {
    let uri = request.uri();
    let mut headers: Vec<(String, Vec<u8>)> =
        vec![("host".to_owned(), uri.authority().expect("a host").as_str().as_bytes().to_vec())];
    let held = request.headers().iter();
    headers.extend(held.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())));
    let gate = BodyGate::delivered(Bytes::copy_from_slice(body));
    let target = RequestTarget::new(request.method().as_str(), uri.path(), uri.query());
    let view = RequestView::new(target, &headers, &gate, Timestamp::from_unix_seconds(NOW));
    matches!(now(decide(sigv4, carriers, &view)), Ok(Outcome::Authenticated(_)))
}

/// How many were signed by both, how many in the URL, and how many by the rules of S3.
type Counts = [u32; 3];

fn compare(seed: u64, count: u32) -> Counts {
    let mut draw = Draw(seed | 1);
    let (keys, key) = keys(Scheme::SigV4);
    let (id, secret) = (key.id.to_string(), key.secret.expose_text().expect("text").to_owned());
    let signer = SigV4Signer::new(key.id.clone(), &key.secret, "eu-north-1", "orders");
    let general = SigV4Authenticator::new(keys, MemoryNonceStore::new(), "eu-north-1", "orders")
        .accept_unsigned_payload()
        .buffer_bodies();
    let s3 = general.clone().for_s3();
    let mut carriers = Carriers::new();
    general.carriers(&mut carriers);
    let mut counts = [0; 3];
    for number in 0..count {
        let case = Case::draw(&mut draw);
        let (request, signature) = case.sign(&id, &secret);
        let sigv4 = if case.s3 { &s3 } else { &general };
        let shown = || format!("seed {seed}, number {number}: {} {request:?}", case.url);
        assert!(is_accepted(sigv4, &carriers, &request, &case.body), "{}", shown());
        // By the rules of S3, theirs signs the path as it was sent, and ours decoded and encoded:
        // both are accepted. And what ours declares, theirs does not always.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
        let same_path = !case.s3 || request.uri().path().bytes().all(plain);
        let alike = same_path && (case.declared || case.presigned);
        if alike {
            assert_eq!(case.sign_by_ours(&signer), signature, "{}", shown());
        }
        for (held, more) in counts.iter_mut().zip([alike, case.presigned, case.s3]) {
            *held += u32::from(more);
        }
    }
    counts
}

#[test]
fn a_hundred_thousand_requests_of_the_sdk_pass_and_ours_are_signed_alike() {
    // `SIGV4_SEED=7` repeats a run.
    let seed = std::env::var("SIGV4_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 =
        seed.unwrap_or_else(|| std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0));
    let totals = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..4).map(|n| scope.spawn(move || compare(seed.wrapping_add(n << 32), 25_000))).collect();
        threads.into_iter().fold([0; 3], |totals: Counts, thread| {
            let counts = thread.join().expect("no difference");
            std::array::from_fn(|n| totals[n] + counts[n])
        })
    });
    let [alike, presigned, of_s3] = totals;
    assert!(alike > 40_000 && presigned > 20_000 && of_s3 > 20_000, "{totals:?}");
}
