//! The strict forms of x-auth and of signed URLs.

use std::collections::HashMap;

use bytes::Bytes;
use portcullis::authenticator::decide;
use portcullis::query_signature::{self, QuerySignatureAuthenticator, StrictQuerySigner};
use portcullis::request::{BodyGate, Carriers, RequestTarget, RequestView};
use portcullis::store::memory::MemoryNonceStore;
use portcullis::x_auth::{StrictFields, StrictXAuthSigner, XAuthAuthenticator, strict_text};
use portcullis::{Authenticator, Outcome, Reason, Scheme, Timestamp};
use proptest::prelude::*;

use crate::harness::{NOW, keys, now, with_byte};

type Headers = Vec<(String, Vec<u8>)>;

/// One request, in parts that can be changed.
#[derive(Clone, Debug)]
struct Request {
    method: String,
    path: String,
    query: Option<String>,
    headers: Headers,
    body: Vec<u8>,
}

fn verdict<A: Authenticator>(authenticator: &A, request: &Request) -> Result<A::Principal, Reason> {
    let gate = BodyGate::delivered(Bytes::copy_from_slice(&request.body));
    let target = RequestTarget::new(&request.method, &request.path, request.query.as_deref());
    let view = RequestView::new(target, &request.headers, &gate, Timestamp::from_unix_seconds(NOW));
    let mut carriers = Carriers::new();
    authenticator.carriers(&mut carriers);
    match now(decide(authenticator, &carriers, &view)).map_err(|error| error.reason())? {
        Outcome::Authenticated(principal) => Ok(principal),
        Outcome::Absent => Err(Reason::MissingCredential),
    }
}

fn parts() -> impl Strategy<Value = (String, String, String, Option<String>, Vec<u8>)> {
    (
        "GET|POST|DELETE|PURGE",
        "[a-z]{1,8}(\\.[a-z]{1,4}){0,2}(:[1-9][0-9]{0,3})?",
        "/[a-zA-Z0-9/.;_~-]{0,12}(%[0-9A-F]{2})?",
        prop::option::of("([a-z]{1,3}=[a-zA-Z0-9+;=]{0,8}(&[a-z]{0,3}){0,2})?"),
        prop::collection::vec(any::<u8>(), 0..200),
    )
}

proptest! {
    #[test]
    fn what_is_signed_in_headers_is_accepted_and_any_change_is_refused(
        (method, host, path, query, body) in parts(),
        part in 0_usize..13,
        place in any::<usize>(),
        byte in any::<u8>(),
    ) {
        let (keys, key) = keys(Scheme::XAuth);
        let mut target = RequestTarget::new(&method, &path, query.as_deref());
        target.authority = Some(&host);
        let signed = StrictXAuthSigner::new(key.id, &key.secret)
            .sign(&target, &body, Timestamp::from_unix_seconds(NOW))
            .expect("signed");
        let mut headers: Headers = vec![("host".to_owned(), host.clone().into_bytes())];
        headers.extend(signed.pairs().map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())));
        let good = Request { method, path, query, headers, body };
        let x_auth = || XAuthAuthenticator::new(keys.clone(), MemoryNonceStore::new()).buffer_bodies();
        prop_assert!(verdict(&x_auth(), &good).is_ok(), "{good:?}");

        let mut bad = good.clone();
        let text = |text: &str| String::from_utf8(with_byte(text.as_bytes(), place, byte)).ok();
        match part {
            0..8 => bad.headers[part].1 = with_byte(&good.headers[part].1, place, byte),
            8 => bad.method = text(&good.method).unwrap_or_else(|| "X".to_owned()),
            9 => bad.path = text(&good.path).unwrap_or_else(|| "/other".to_owned()),
            10 => bad.query = match &good.query {
                None => Some(String::new()),
                Some(query) if query.is_empty() => None,
                Some(query) => Some(text(query).unwrap_or_default()),
            },
            11 => bad.body = if good.body.is_empty() { vec![byte] } else { with_byte(&good.body, place, byte) },
            _ => bad.headers[0].1.push(b'.'),
        }
        let same_host = good.headers[0].1.eq_ignore_ascii_case(bad.headers[0].1.trim_ascii());
        let same_parts = bad.headers[1..].iter().zip(&good.headers[1..]).all(|(bad, good)| bad.1.trim_ascii() == good.1);
        if part < 8 && same_host && same_parts {
            return Err(TestCaseError::reject("the same in another case or with a space more"));
        }
        prop_assert!(verdict(&x_auth(), &bad).is_err(), "{good:?} {bad:?}");
    }

    #[test]
    fn what_is_signed_in_a_url_is_accepted_and_any_change_is_refused(
        (method, host, path, query, body) in parts(),
        part in 0_usize..4,
        place in any::<usize>(),
        byte in any::<u8>(),
    ) {
        let (keys, key) = keys(Scheme::QuerySignature);
        let mut target = RequestTarget::new(&method, &path, query.as_deref());
        target.authority = Some(&host);
        let url = StrictQuerySigner::new(key.id, &key.secret)
            .sign(&target, &body, Timestamp::from_unix_seconds(NOW))
            .expect("signed");
        let (_, signed) = url.split_once('?').expect("a query");
        let headers: Headers = vec![("host".to_owned(), host.clone().into_bytes())];
        let good = Request { method, path, query: Some(signed.to_owned()), headers, body };
        let signed_url = || QuerySignatureAuthenticator::new(keys.clone(), MemoryNonceStore::new()).buffer_bodies();
        prop_assert!(verdict(&signed_url(), &good).is_ok(), "{good:?}");

        let mut bad = good.clone();
        let text = |text: &str| String::from_utf8(with_byte(text.as_bytes(), place, byte)).ok();
        match part {
            0 => bad.method = text(&good.method).unwrap_or_else(|| "X".to_owned()),
            1 => bad.path = text(&good.path).unwrap_or_else(|| "/other".to_owned()),
            2 => bad.query = text(signed),
            _ => bad.body = if good.body.is_empty() { vec![byte] } else { with_byte(&good.body, place, byte) },
        }
        prop_assert!(verdict(&signed_url(), &bad).is_err(), "{good:?} {bad:?}");
    }

    #[test]
    fn arbitrary_parts_never_panic_and_never_pass(
        query in "\\PC{0,60}",
        values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 7),
        host in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let (keys, key) = keys(Scheme::QuerySignature);
        let signed_url = QuerySignatureAuthenticator::new(keys, MemoryNonceStore::new()).buffer_bodies();
        let names = ["version", "key", "time", "expires", "nonce", "digest", "signature"];
        let parameters: Vec<_> = names.iter().map(|name| format!("pc-{name}={query}")).collect();
        for query in [query.clone(), parameters.join("&"), format!("pc-key={}&{query}", key.id)] {
            let (method, path) = ("GET".to_owned(), "/".to_owned());
            let headers = vec![("host".to_owned(), host.clone())];
            let request = Request { method, path, query: Some(query), headers, body: Vec::new() };
            prop_assert!(verdict(&signed_url, &request).is_err());
            let mut target = RequestTarget::new("GET", "/", request.query.as_deref());
            target.authority = std::str::from_utf8(&host).ok();
            drop(query_signature::strict_text(&target));
        }
        let (keys, _) = crate::harness::keys(Scheme::XAuth);
        let x_auth = XAuthAuthenticator::new(keys, MemoryNonceStore::new()).buffer_bodies();
        let names = ["version", "iss", "nbf", "exp", "nonce", "digest", "signature"];
        let mut headers: Headers = vec![("host".to_owned(), host)];
        headers.extend(names.iter().map(|name| format!("x-auth-{name}")).zip(values));
        let request = Request { method: "GET".to_owned(), path: "/".to_owned(), query: None, headers, body: Vec::new() };
        prop_assert!(verdict(&x_auth, &request).is_err());
    }
}

/// A generator that is small, fast, and the same in every run (xorshift of 64 bits).
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % end
    }

    /// A text of up to three letters of three: most are alike, and many are empty.
    fn text(&mut self) -> String {
        (0..self.below(4)).map(|_| char::from(b"a1\x00"[self.below(3)])).collect()
    }
}

const LABELS: [&str; 2] = ["portcullis x-auth 1", "portcullis signed-url 1"];
const AUTHORITIES: [&str; 4] = ["a", "b", "a:1", "1"];

/// The fields of a message of either form.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fields {
    label: &'static str,
    authority: &'static str,
    texts: [String; 5],
    query: Option<String>,
    nonce: [u8; 16],
    digest: [u8; 32],
}

impl Fields {
    fn draw(draw: &mut Draw) -> Self {
        let mut texts: [String; 5] = std::array::from_fn(|_| draw.text());
        let mut query = (draw.below(3) > 0).then(|| draw.text());
        // Now and then the bytes of one field at the edge of the next, moved.
        if draw.below(4) == 0 {
            let (left, right) = (draw.below(4), draw.text());
            texts[left].push_str(&right);
        }
        if draw.below(8) == 0 {
            query = query.map(|query| format!("\0\0\0\0\0\0\0\x01{query}"));
        }
        let byte = |draw: &mut Draw| u8::try_from(draw.below(2)).expect("a byte");
        let (nonce, digest) = ([byte(draw); 16], [byte(draw); 32]);
        let (label, authority) = (LABELS[draw.below(2)], AUTHORITIES[draw.below(4)]);
        Self { label, authority, texts, query, nonce, digest }
    }

    fn message(&self) -> Vec<u8> {
        let [method, path, iss, nbf, exp] = self.texts.each_ref().map(String::as_str);
        let mut target = RequestTarget::new(method, path, self.query.as_deref());
        target.authority = Some(self.authority);
        if self.label == LABELS[0] {
            let fields = StrictFields { iss, nbf, exp, nonce: &self.nonce, digest: &self.digest };
            return strict_text(&target, &fields).expect("an authority");
        }
        // In a URL no parameter is empty.
        let before = self.query.as_ref().map(|query| format!("{query}&")).unwrap_or_default();
        let (nonce, digest) = (self.nonce[0], self.digest[0]);
        let query = format!(
            "{before}pc-version=1&pc-key=k{iss}&pc-time=t{nbf}&pc-expires=e{exp}&pc-nonce={nonce}&pc-digest={digest}\
             &pc-signature=s"
        );
        target.query = Some(&query);
        query_signature::strict_text(&target).expect("all seven").expect("an authority")
    }
}

/// The fields that are parameters of a URL: query, then iss, nbf and exp, then nonce and digest.
fn parameters(query: &str) -> (Option<String>, [String; 3], [u8; 2]) {
    let start = query.find("pc-version=1&").expect("a version");
    let before = query[..start].strip_suffix('&').map(str::to_owned);
    let mut rest = query[start..].split('&').skip(1);
    let mut value = |name: &str| rest.next().and_then(|pair| pair.strip_prefix(name)).expect(name).to_owned();
    let texts = ["pc-key=k", "pc-time=t", "pc-expires=e"].map(&mut value);
    (before, texts, ["pc-nonce=", "pc-digest="].map(|name| value(name).parse().expect("a byte")))
}

/// Takes a message apart again, as the manual says how it is put together.
fn parsed(message: &[u8]) -> Fields {
    fn field<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
        let (length, behind) = rest.split_at(8);
        let length = u64::from_be_bytes(length.try_into().expect("eight"));
        let (field, behind) = behind.split_at(usize::try_from(length).expect("a length"));
        *rest = behind;
        field
    }
    let mut rest = message;
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("a text");
    let label = field(&mut rest);
    let label = *LABELS.iter().find(|known| known.as_bytes() == label).expect("a label");
    let method = text(field(&mut rest));
    let authority = field(&mut rest);
    let authority = *AUTHORITIES.iter().find(|known| known.as_bytes() == authority).expect("an authority");
    let path = text(field(&mut rest));
    let (presence, behind) = rest.split_first().expect("a byte");
    rest = behind;
    let query = (*presence == 1).then(|| text(field(&mut rest)));
    assert!(*presence <= 1);
    if label == LABELS[1] {
        assert!(rest.is_empty());
        let (query, [iss, nbf, exp], [nonce, digest]) = parameters(&query.expect("parameters"));
        let texts = [method, path, iss, nbf, exp];
        return Fields { label, authority, texts, query, nonce: [nonce; 16], digest: [digest; 32] };
    }
    let [iss, nbf, exp] = [(); 3].map(|()| text(field(&mut rest)));
    let nonce = field(&mut rest).try_into().expect("16 bytes");
    let digest = field(&mut rest).try_into().expect("32 bytes");
    assert!(rest.is_empty());
    Fields { label, authority, texts: [method, path, iss, nbf, exp], query, nonce, digest }
}

#[test]
fn of_a_million_lists_of_fields_no_two_make_one_message() {
    let mut draw = Draw(0x5eed);
    let mut seen: HashMap<u64, u64> = HashMap::with_capacity(1_000_000);
    let hash = |value: &dyn Fn(&mut std::hash::DefaultHasher)| {
        use std::hash::Hasher;
        let mut hasher = std::hash::DefaultHasher::new();
        value(&mut hasher);
        hasher.finish()
    };
    let mut again = 0;
    for _ in 0..1_000_000 {
        use std::hash::Hash;
        let fields = Fields::draw(&mut draw);
        let message = fields.message();
        // What can be taken apart again is of one list only.
        assert_eq!(parsed(&message), fields);
        let of_message = hash(&|hasher| message.hash(hasher));
        let of_fields = hash(&|hasher| {
            (fields.label, fields.authority, &fields.texts, &fields.query, fields.nonce, fields.digest)
                .hash(hasher);
        });
        again += u64::from(seen.insert(of_message, of_fields).is_some_and(|before| {
            assert_eq!(before, of_fields, "{fields:?}");
            true
        }));
    }
    assert!(again > 100 && again < 900_000, "{again} came twice: the fields are small, and many");
}

#[test]
fn bytes_that_move_from_field_to_field_make_another_message() {
    let whole = "portcullis x-auth 1GETa/a?b=1kid17000000001700000060";
    let base = Fields {
        label: LABELS[0],
        authority: AUTHORITIES[0],
        texts: ["GET", "/a", "kid", "1700000000", "1700000060"].map(str::to_owned),
        query: Some("b=1".to_owned()),
        nonce: [0; 16],
        digest: [0; 32],
    };
    let mut messages = std::collections::HashSet::from([base.message()]);
    let mut count = 1;
    // Every way to cut the same bytes into three.
    let middle = &whole[whole.len() - 23..];
    for one in 0..=middle.len() {
        for two in one..=middle.len() {
            let cut = [&middle[..one], &middle[one..two], &middle[two..]].map(str::to_owned);
            let [iss, nbf, exp] = cut;
            let moved = Fields { texts: ["GET".to_owned(), "/a".to_owned(), iss, nbf, exp], ..base.clone() };
            if moved != base {
                count += 1;
                messages.insert(moved.message());
            }
        }
    }
    assert_eq!((messages.len(), count), (count, 300));
}
