//! Requests that are pasted: whatever the text is, there is an answer, and a body arrives as it was.

use portcullis::explain::{ExplainSettings, ExplainedRequest, Explainer};
use portcullis::x_auth::{XAuthSigner, canonical_text};
use portcullis::{Scheme, Timestamp};
use proptest::prelude::*;

use crate::harness::{NOW, keys, now};

/// Whatever a text is, it is explained, or refused in one line.
fn answer(text: &[u8]) -> bool {
    let request = match ExplainedRequest::parse(text) {
        Ok(request) => request,
        Err(error) => {
            let said = error.to_string();
            assert!(said.len() < 200 && said.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{said:?}");
            return false;
        }
    };
    let explainer = Explainer::new(ExplainSettings::new()).expect("an explainer");
    let (store, _) = keys(Scheme::XAuth);
    let at = Timestamp::from_unix_seconds(NOW);
    let explained = now(explainer.explain(&store, &request, Some(text), at)).expect("an answer");
    if let Some(comparison) = explained.comparison() {
        assert_eq!(comparison.difference().is_none(), explained.canonical() == Some(text));
        assert!(!comparison.side_by_side().is_empty() && !comparison.marked().is_empty());
    }
    true
}

/// Pieces that mean something to one of the readers.
const PIECES: [&str; 56] = [
    "curl",
    " ",
    " ",
    " ",
    "\n",
    "\\\n",
    "\\",
    "'",
    "\"",
    "$'",
    "$",
    "`",
    "|",
    "&",
    "#",
    "-H",
    "-d",
    "-G",
    "-I",
    "-u",
    "-X",
    "-b",
    "--json",
    "--data-urlencode",
    "--url",
    "--",
    "-",
    "https://a.example",
    "/../",
    "?",
    "=",
    "@",
    "%41",
    "{",
    "[",
    "a:b",
    "GET / HTTP/1.1\n",
    ": ",
    "\r\n",
    "x-auth-iss: a\n",
    "x-auth-exp: 1700000060\n",
    "x-auth-nbf: 1699999999\n",
    "x-auth-signature: AAAA\n",
    "Authorization: ",
    "AWS4-HMAC-SHA256 ",
    "Credential=a/20231114/b/c/aws4_request, ",
    "SignedHeaders=host, ",
    "Signature=00",
    "X-Amz-Date: 2023",
    "Host: a\n",
    "signature=",
    "apikey=",
    "timestamp=1700000000",
    "Signature-Input: s=()",
    "\u{e9}",
    "\\x0",
];

fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => prop::sample::select(&PIECES[..]).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn bytes_of_any_kind_have_an_answer(text in prop::collection::vec(any::<u8>(), 0..200)) {
        answer(&text);
        answer(&[b"curl ".as_slice(), &text].concat());
        answer(&[b"POST / HTTP/1.1\r\n".as_slice(), &text].concat());
    }

    #[test]
    fn pieces_of_requests_in_any_order_have_an_answer(text in pieces()) {
        answer(&text);
        answer(&[b"curl ".as_slice(), &text].concat());
        answer(&[b"GET / HTTP/1.1\n".as_slice(), &text].concat());
    }

    #[test]
    fn a_body_in_quotes_of_any_kind_is_the_body(body in prop::collection::vec(1_u8..=255, 0..60)) {
        let (store, issued) = keys(Scheme::XAuth);
        let at = Timestamp::from_unix_seconds(NOW);
        let headers = XAuthSigner::new(issued.id.as_str(), &issued.secret).sign(&body, at).expect("signed");
        let lines: String = headers.pairs().iter().map(|(name, value)| format!(" -H '{name}: {value}'")).collect();
        let single: Vec<u8> = body.iter().flat_map(|byte| match byte {
            b'\'' => b"'\\''".to_vec(),
            byte => vec![*byte],
        }).collect();
        let double: Vec<u8> = body.iter().flat_map(|byte| match byte {
            b'$' | b'`' | b'"' | b'\\' => vec![b'\\', *byte],
            byte => vec![*byte],
        }).collect();
        let escaped: String = body.iter().map(|byte| format!("\\x{byte:02x}")).collect();
        for quoted in [
            [b"'".as_slice(), &single, b"'"].concat(),
            [b"\"".as_slice(), &double, b"\""].concat(),
            format!("$'{escaped}'").into_bytes(),
        ] {
            let line = [format!("curl https://a.example{lines} --data-raw ").as_bytes(), &quoted].concat();
            let request = ExplainedRequest::parse(&line).expect("a request");
            let explainer = Explainer::new(ExplainSettings::new()).expect("an explainer");
            let explained = now(explainer.explain(&store, &request, None, at)).expect("an answer");
            let signed = canonical_text(&headers.iss, &headers.exp, &headers.nbf, &body);
            prop_assert_eq!(explained.canonical(), Some(signed.as_slice()));
            prop_assert_eq!(explained.refusal(), None);
        }
    }
}

#[test]
fn some_of_what_is_made_up_is_a_request() {
    for text in ["curl -H a:b https://a.example/../?= -d ", "GET / HTTP/1.1\nHost: a\n\nx"] {
        assert!(answer(format!("{text}1").as_bytes()), "{text}");
    }
}
