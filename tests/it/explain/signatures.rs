//! Schemes that sign.

use std::time::Duration;

use portcullis::explain::{ExplainSettings, Hint, Verdict};
use portcullis::message_signature::MessageSigner;
use portcullis::query_signature::{QuerySigner, StrictQuerySigner};
use portcullis::sign::RequestSigner;
use portcullis::sigv4::SigV4Signer;
use portcullis::x_auth::{StrictXAuthSigner, XAuthSigner};
use portcullis::{Reason, Scheme};

use super::{Client, NOW, dump, signed};

const BODY: &str = "{\"it's\": \"here\"}\n";

fn signer(client: &Client, form: &str) -> Box<dyn RequestSigner> {
    let (id, secret) = (client.id.as_str(), &client.secret);
    match form {
        "query" => Box::new(QuerySigner::new(id, secret)),
        "strict query" => Box::new(StrictQuerySigner::new(id, secret)),
        "x-auth" => Box::new(XAuthSigner::new(id, secret)),
        "strict x-auth" => Box::new(StrictXAuthSigner::new(id, secret)),
        "sigv4" => Box::new(SigV4Signer::new(id, secret, "eu-north-1", "orders")),
        "message" => Box::new(MessageSigner::new(id, secret)),
        _ => panic!("{form}"),
    }
}

/// A form of signature, what is changed behind it, and what is found out of that.
struct Form {
    name: &'static str,
    scheme: Scheme,
    change: [&'static str; 2],
    diagnosis: Option<&'static str>,
}

const fn form(
    name: &'static str,
    scheme: Scheme,
    change: [&'static str; 2],
    diagnosis: Option<&'static str>,
) -> Form {
    Form { name, scheme, change, diagnosis }
}

const METHOD: [&str; 2] = ["POST ", "PUT "];
const POST: Option<&str> = Some("if the method were POST");

const FORMS: [Form; 6] = [
    form(
        "query",
        Scheme::QuerySignature,
        ["/orders?", "/orders/?"],
        Some("if the path had been signed without its last slash"),
    ),
    form("strict query", Scheme::QuerySignature, METHOD, POST),
    form(
        "x-auth",
        Scheme::XAuth,
        ["here\"}\n", "here\"}\n\n"],
        Some("if the body had not its last line end"),
    ),
    form("strict x-auth", Scheme::XAuth, METHOD, POST),
    form("sigv4", Scheme::SigV4, METHOD, POST),
    form("message", Scheme::MessageSignature, METHOD, None),
];

#[tokio::test]
async fn a_good_request_is_accepted_and_its_own_signature_is_not_repeated() {
    for Form { name: form, scheme, .. } in FORMS {
        let client = Client::of(scheme).await;
        let text = dump(&signed(&*signer(&client, form), "POST", "/orders?page=2", BODY), BODY);
        for _ in 0..2 {
            let (explained, right) = client.hides_the_right_signature(&text).await;
            assert_eq!(explained.verdict(), Verdict::Accepted, "{form}: {explained:?}");
            assert!(right.iter().any(|right| text.contains(right)), "{form}: it is another signature");
            assert_eq!(explained.scheme(), Some(scheme));
            assert_eq!(explained.presented_key(), Some(client.id.as_str()));
            let key = explained.key().expect("the key");
            assert_eq!((key.scheme, key.last_used), (scheme, None), "its use is noted");
            assert!(explained.hints().is_empty() && explained.diagnosis().is_none(), "{explained:?}");
        }
    }
}

#[tokio::test]
async fn a_changed_request_is_refused_with_what_would_be_right_and_without_the_right_signature() {
    for Form { name: form, scheme, change: [was, is], diagnosis } in FORMS {
        let client = Client::of(scheme).await;
        let text = dump(&signed(&*signer(&client, form), "POST", "/orders?page=2", BODY), BODY);
        let changed = text.replacen(was, is, 1);
        assert_ne!(changed, text, "{form}");
        let (explained, right) = client.hides_the_right_signature(&changed).await;
        let refusal = explained.refusal().expect(form);
        assert_eq!((refusal.status(), refusal.reason()), (401, Reason::WrongSignature), "{form}");
        assert!(!right.iter().any(|right| changed.contains(right)), "{form}: nothing is changed");
        assert_eq!(explained.diagnosis().map(|found| found.words()), diagnosis, "{form}");
        assert_eq!(explained.hints(), [Hint::ClientTextMissing], "{form}");
        // A signature by another secret is wrong for every text.
        let other = Client::of(scheme).await;
        let foreign = Client { id: client.id.clone(), ..other };
        let text = dump(&signed(&*signer(&foreign, form), "POST", "/orders?page=2", BODY), BODY);
        let (explained, _) = client.hides_the_right_signature(&text).await;
        assert_eq!(explained.refusal().map(|refusal| refusal.reason()), Some(Reason::WrongSignature));
        assert!(explained.diagnosis().is_none(), "{form}");
    }
}

#[tokio::test]
async fn other_line_ends_of_a_body_are_found_out() {
    let client = Client::of(Scheme::XAuth).await;
    for (signed_body, sent, words) in [
        ("a\nb\n", "a\r\nb\r\n", "if the lines of the body ended in LF"),
        ("a\r\nb", "a\nb", "if the lines of the body ended in CR LF"),
    ] {
        let head = signed(&*signer(&client, "x-auth"), "POST", "/", signed_body);
        let (explained, _) = client.hides_the_right_signature(&dump(&head, sent)).await;
        assert_eq!(explained.diagnosis().map(|found| found.words()), Some(words));
    }
}

#[tokio::test]
async fn a_presigned_url_is_explained_by_what_it_says() {
    let client = Client::of(Scheme::SigV4).await;
    let signer = SigV4Signer::new(client.id.as_str(), &client.secret, "eu-north-1", "orders");
    let url = signer.presign("https://a.example/a/b?x=1", Duration::from_secs(60), NOW).expect("signed");
    let line = format!("curl '{url}'");
    let (explained, right) = client.hides_the_right_signature(&line).await;
    assert_eq!((explained.verdict(), explained.scheme()), (Verdict::Accepted, Some(Scheme::SigV4)));
    assert!(right.iter().any(|right| line.contains(right)));
    let (explained, _) = client.hides_the_right_signature(&line.replace("x=1", "x=2")).await;
    assert_eq!(explained.refusal().map(|refusal| refusal.reason()), Some(Reason::WrongSignature));
    assert!(explained.string_to_sign().is_some_and(|lines| lines.starts_with("AWS4-HMAC-SHA256\n")));
    let elsewhere = ExplainSettings::new().with_region("eu-west-1");
    let explained = client.explain_by(elsewhere, &line, None, &[]).await;
    assert_eq!(explained.refusal().map(|refusal| refusal.reason()), Some(Reason::WrongAudience));
    assert_eq!(explained.hints(), [Hint::OtherAudience]);
}

#[tokio::test]
async fn what_the_client_signed_stands_beside_what_the_server_signs() {
    let client = Client::of(Scheme::SigV4).await;
    let text = dump(&signed(&*signer(&client, "sigv4"), "POST", "/orders?page=2", BODY), BODY);
    let theirs = client.explain(&text, &[]).await.canonical().expect("a text").to_vec();
    let changed = text.replacen("page=2", "page=3", 1);
    let explained = client.explain_by(ExplainSettings::new(), &changed, Some(&theirs), &[]).await;
    // What was given is not asked for.
    assert!(explained.hints().is_empty(), "{explained:?}");
    let comparison = explained.comparison().expect("both texts");
    let at = comparison.difference().expect("a difference");
    assert_eq!((explained.canonical().map(|text| text[at]), theirs.get(at)), (Some(b'3'), Some(&b'2')));
    let lines = comparison.side_by_side();
    let differing: Vec<_> = lines.iter().filter(|line| line.differs_at.is_some()).collect();
    let [line] = differing.as_slice() else { panic!("{lines:?}") };
    assert_eq!((line.server.as_deref(), line.client.as_deref()), (Some("page=3"), Some("page=2")));
    assert_eq!(line.differs_at, Some(5));
    assert_eq!(comparison.marked().len(), 3);
}

#[tokio::test]
async fn a_request_of_an_unknown_or_another_key_says_so() {
    let client = Client::of(Scheme::XAuth).await;
    let text = dump(&signed(&*signer(&client, "x-auth"), "POST", "/", BODY), BODY);
    let unknown = text.replace(&client.id, "nobody");
    let explained = client.explain(&unknown, &[]).await;
    assert_eq!(explained.refusal().map(|refusal| refusal.reason()), Some(Reason::UnknownKey));
    assert_eq!((explained.presented_key(), explained.key()), (Some("nobody"), None));
    assert_eq!(explained.hints(), [Hint::NoSuchKey]);
    let other = Client::of(Scheme::SigV4).await;
    let explained = other.explain(&text.replace(&client.id, &other.id), &[]).await;
    assert_eq!(explained.hints(), [Hint::OtherScheme(Scheme::SigV4)]);
}
