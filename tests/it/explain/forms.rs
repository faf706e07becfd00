//! A dump and a curl line of the same request.

use portcullis::Scheme;
use portcullis::explain::{ExplainSettings, ExplainedRequest};
use portcullis::message_signature::MessageSigner;
use portcullis::query_signature::{QuerySigner, StrictQuerySigner};
use portcullis::sign::RequestSigner;
use portcullis::sigv4::SigV4Signer;
use portcullis::x_auth::{StrictXAuthSigner, XAuthSigner};

use super::{Client, curl, dump, everything, signed};

#[tokio::test]
async fn both_forms_of_a_request_have_the_same_explanation() {
    let body = "{\"it's\": [\"$here\", `a` & \\\\]}\r\n";
    for scheme in [Scheme::QuerySignature, Scheme::XAuth, Scheme::SigV4, Scheme::MessageSignature] {
        let client = Client::of(scheme).await;
        let (id, secret) = (client.id.as_str(), &client.secret);
        let signers: Vec<Box<dyn RequestSigner>> = match scheme {
            Scheme::QuerySignature => {
                vec![Box::new(QuerySigner::new(id, secret)), Box::new(StrictQuerySigner::new(id, secret))]
            }
            Scheme::XAuth => {
                vec![Box::new(XAuthSigner::new(id, secret)), Box::new(StrictXAuthSigner::new(id, secret))]
            }
            Scheme::SigV4 => vec![Box::new(SigV4Signer::new(id, secret, "eu-north-1", "orders"))],
            _ => vec![Box::new(MessageSigner::new(id, secret))],
        };
        for signer in signers {
            let head = signed(&*signer, "POST", "/orders/7?b=%20&a=it's", body);
            let (mut good, mut bad) = (0, 0);
            for sent in [body, "{}"] {
                let [one, other] = [dump(&head, sent), curl(&head, sent)];
                let (one, other) = (client.explain(&one, &[]).await, client.explain(&other, &[]).await);
                assert_eq!(everything(&one), everything(&other), "{scheme}");
                *if one.refusal().is_none() { &mut good } else { &mut bad } += 1;
            }
            assert_eq!((good, bad), (1, 1), "{scheme}");
        }
    }
}

#[tokio::test]
async fn both_forms_of_an_api_key_have_the_same_explanation() {
    let client = Client::of(Scheme::ApiKey).await;
    for key in [client.text(), "k23456789012345678901234567890"] {
        let texts = [
            format!("GET /a?b=1 HTTP/1.1\nHost: a.example\nX-API-Key: {key}\n\n"),
            format!("GET https://a.example/a?b=1 HTTP/1.1\nX-API-Key: {key}\n\n"),
            format!("curl 'https://a.example/a?b=1' -H \"X-API-Key: {key}\" | jq ."),
        ];
        let mut said = Vec::new();
        for text in &texts {
            said.push(everything(&client.explain_by(ExplainSettings::new(), text, None, &[key]).await));
        }
        assert!(said.windows(2).all(|pair| pair[0] == pair[1]), "{said:?}");
    }
}

#[test]
fn a_text_that_is_too_long_is_refused_and_one_that_is_not_is_read() {
    let text = |length: usize| format!("POST / HTTP/1.1\n\n{}", "x".repeat(length - 17));
    assert!(ExplainedRequest::parse(text(256 * 1024)).is_ok());
    let error = ExplainedRequest::parse(text(256 * 1024 + 1)).expect_err("too long");
    assert_eq!(error.to_string(), "the text: it is longer than 256 KiB");
    let headers = |count: usize| format!("GET / HTTP/1.1\n{}\n", "a: b\n".repeat(count));
    assert!(ExplainedRequest::parse(headers(256)).is_ok());
    let error = ExplainedRequest::parse(headers(257)).expect_err("too many");
    assert_eq!(error.to_string(), "line 258 of the dump: a request has at most 256 headers");
}
