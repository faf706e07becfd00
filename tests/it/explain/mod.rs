//! Explaining requests: every scheme, both forms of text, and no secret anywhere.

mod extras;
mod forms;
mod keys;
mod signatures;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use http::request::Parts;
use portcullis::explain::{ExplainSettings, ExplainedRequest, Explainer, Explanation};
use portcullis::sign::RequestSigner;
use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{KeyOwner, NewKey, SharedKeyStore};
use portcullis::{KeyAdmin, Principal, Scheme, Secret, Timestamp, UserId};
use sha2::Sha256;

pub(crate) const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);
const HOST: &str = "https://a.example";

/// A store that is not of the usual principals, as a console has it: its type is erased.
pub(crate) type Store = SharedKeyStore<Principal<UserId>>;

/// One key of a scheme, as its client has it.
pub(crate) struct Client {
    pub(crate) store: Store,
    pub(crate) id: String,
    pub(crate) secret: Secret,
}

impl Client {
    pub(crate) async fn of(scheme: Scheme) -> Self {
        let store = SharedKeyStore::new(MemoryKeyStore::<Principal<UserId>>::new());
        store.add_user(&"ada".into(), None).await.expect("a user");
        let issued = store.issue(NewKey::new(scheme, KeyOwner::user("ada")), NOW).await.expect("issued");
        Self { store, id: issued.id.as_str().to_owned(), secret: issued.secret.into_secret() }
    }

    pub(crate) fn text(&self) -> &str {
        self.secret.expose_text().expect("text")
    }

    /// What is said of a request. Neither the secret nor any of `hidden` is anywhere in it.
    pub(crate) async fn explain(&self, text: &str, hidden: &[&str]) -> Explanation {
        self.explain_by(ExplainSettings::new(), text, None, hidden).await
    }

    pub(crate) async fn explain_by(
        &self,
        settings: ExplainSettings,
        text: &str,
        client_text: Option<&[u8]>,
        hidden: &[&str],
    ) -> Explanation {
        let explainer = Explainer::new(settings).expect("an explainer");
        let request = ExplainedRequest::parse(text).expect(text);
        let explained = explainer.explain(&self.store, &request, client_text, NOW).await.expect("an answer");
        let all = format!("{} {request:?} {explainer:?}", everything(&explained));
        for secret in [self.text()].iter().chain(hidden) {
            assert!(!all.contains(secret), "{secret} is in {all}");
        }
        explained
    }

    /// The signature that would be right for what was explained, in every spelling: its client's
    /// first.
    pub(crate) fn right(&self, explanation: &Explanation) -> Vec<String> {
        let canonical = explanation.canonical().expect("a signed request");
        let Some(lines) = explanation.string_to_sign() else {
            return spellings(&mac(self.secret.expose(), canonical));
        };
        let scope = lines.lines().nth(2).expect("a scope");
        let right = portcullis::sigv4::signature(&self.secret, scope, lines).expect("a signature");
        vec![right.to_uppercase(), right]
    }

    /// Explains a request again, and looks for its right signature.
    pub(crate) async fn hides_the_right_signature(&self, text: &str) -> (Explanation, Vec<String>) {
        let right = self.right(&self.explain(text, &[]).await);
        let hidden: Vec<_> = right.iter().map(String::as_str).collect();
        let client_text = b"what the client says".as_slice();
        self.explain_by(ExplainSettings::new(), text, Some(client_text), &hidden).await;
        (self.explain(text, &hidden).await, right)
    }
}

pub(crate) fn mac(secret: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("any length");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

pub(crate) fn spellings(signature: &[u8]) -> Vec<String> {
    let hex: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    let bare = STANDARD_NO_PAD.encode(signature);
    let escaped = bare.replace('+', "%2B").replace('/', "%2F");
    vec![
        STANDARD.encode(signature),
        bare,
        escaped,
        URL_SAFE_NO_PAD.encode(signature),
        hex.to_uppercase(),
        hex,
    ]
}

/// Everything that an explanation can say, by whatever way.
pub(crate) fn everything(explanation: &Explanation) -> String {
    let hints: Vec<_> = explanation.hints().iter().map(ToString::to_string).collect();
    let comparison = explanation.comparison();
    let marked = comparison.as_ref().map(|comparison| (comparison.marked(), comparison.side_by_side()));
    format!(
        "{explanation:?} {:?} {:?} {hints:?} {:?} {:?} {:?} {:?} {comparison:?} {marked:?} {:?} {:?} {:?}",
        explanation.verdict(),
        explanation.refusal().map(|refusal| refusal.text()),
        explanation.canonical_text(),
        explanation.canonical().map(String::from_utf8_lossy),
        explanation.string_to_sign(),
        explanation.diagnosis().map(|diagnosis| diagnosis.to_string()),
        explanation.presented_key(),
        explanation.key(),
        explanation.client_text().map(String::from_utf8_lossy),
    )
}

/// A request that is signed.
pub(crate) fn signed(signer: &dyn RequestSigner, method: &str, target: &str, body: &str) -> Parts {
    let request = http::Request::builder().method(method).uri(format!("{HOST}{target}"));
    let request = request.header("content-type", "application/json");
    let mut head = request.body(()).expect("a request").into_parts().0;
    signer.sign_request(&mut head, body.as_bytes(), NOW).expect("signed");
    head
}

/// A request as HTTP/1.1 has it.
pub(crate) fn dump(head: &Parts, body: &str) -> String {
    let mut text = format!("{} {} HTTP/1.1\r\n", head.method, head.uri.path_and_query().expect("a target"));
    if !head.headers.contains_key("host") {
        text.push_str("Host: a.example\r\n");
    }
    for (name, value) in &head.headers {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().expect("text")));
    }
    format!("{text}\r\n{body}")
}

/// The same as a curl line.
pub(crate) fn curl(head: &Parts, body: &str) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let mut line = format!("curl -s -X {} {}", head.method, quoted(&head.uri.to_string()));
    for (name, value) in &head.headers {
        line.push_str(&format!(
            " \\\n  -H {}",
            quoted(&format!("{name}: {}", value.to_str().expect("text")))
        ));
    }
    if !body.is_empty() {
        line.push_str(&format!(" \\\n  --data-binary {}", quoted(body)));
    }
    line
}
