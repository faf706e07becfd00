//! The test suite of AWS for Signature Version 4, from the package of the `aws-sigv4` crate.
//!
//! Its request lines have raw spaces and UTF-8, and its headers are folded: no HTTP stack would
//! read them, so they go to the canonicaliser directly.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use portcullis::authenticator::decide;
use portcullis::request::{BodyGate, Carriers, RequestTarget, RequestView};
use portcullis::sigv4::{
    PathForm, QueryForm, SigV4Authenticator, SignedParts, canonical_request, signature, string_to_sign,
};
use portcullis::store::memory::{MemoryKeyStore, MemoryNonceStore};
use portcullis::store::{KeyOwner, NewKey};
use portcullis::{Authenticator, KeyAdmin, KeyId, Outcome, Scheme, Secret, Timestamp, UserId};
use serde_json::Value;

/// 2015-08-30T12:36:00Z.
const NOW: Timestamp = Timestamp::from_unix_seconds(1_440_938_160);
const DATE: &str = "20150830T123600Z";

/// In query form, this case adds the session token behind the signature, where it is not signed.
/// Here every parameter but the signature is signed: a token that nobody signed is refused.
const TOKEN_BEHIND_SIGNATURE: &str = "post-sts-header-after";

/// Folders without a context: they are no cases of the suite, but inputs of the crate's own tests.
const INCOMPLETE: [&str; 2] = ["double-encode-path", "double-url-encode"];

fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(find_folder)
}

fn find_folder() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("json");
    let packages = metadata["packages"].as_array().expect("packages");
    let package = packages.iter().find(|package| package["name"] == "aws-sigv4").expect("aws-sigv4");
    let manifest = Path::new(package["manifest_path"].as_str().expect("a path"));
    manifest.parent().expect("a folder").join("aws-signing-test-suite/v4")
}

/// The folders with all that a case has, and the others.
fn cases() -> (Vec<PathBuf>, Vec<String>) {
    let mut all: Vec<_> = std::fs::read_dir(folder())
        .expect("the suite")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    all.sort();
    let (whole, others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|path| path.join("context.json").exists());
    (whole, others.iter().map(|path| name(path)).collect())
}

fn name(path: &Path) -> String {
    path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned()
}

fn read(folder: &Path, file: &str) -> String {
    std::fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file} of {folder:?}: {error}"))
}

/// A request as the suite writes it.
struct Written {
    method: String,
    path: String,
    query: Option<String>,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Written {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let (line, lines) = head.trim_end().split_once('\n').expect("headers");
        let line = line.strip_suffix(" HTTP/1.1").unwrap_or(line);
        let (method, target) = line.split_once(' ').expect("a target");
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let mut headers: Vec<(String, Vec<u8>)> = Vec::new();
        for line in lines.split('\n') {
            if line.starts_with(' ') {
                let (_, value) = headers.last_mut().expect("a header to fold");
                value.extend_from_slice(format!("\n{line}").as_bytes());
            } else {
                let (name, value) = line.split_once(':').expect("a header");
                headers.push((name.to_ascii_lowercase(), value.as_bytes().to_vec()));
            }
        }
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.map(str::to_owned),
            headers,
            body: body.as_bytes().to_vec(),
        }
    }

    fn header(&self, name: &str) -> Option<String> {
        let found = self.headers.iter().find(|(held, _)| held == name);
        found.map(|(_, value)| String::from_utf8(value.clone()).expect("text").trim().to_owned())
    }

    /// The names in `SignedHeaders`, wherever that is.
    fn signed_headers(&self) -> String {
        if let Some(authorization) = self.header("authorization") {
            let (_, rest) = authorization.split_once("SignedHeaders=").expect("signed headers");
            return rest.split(',').next().expect("a list").to_owned();
        }
        let query = self.query.as_deref().expect("a query");
        let (_, rest) = query.split_once("X-Amz-SignedHeaders=").expect("signed headers");
        rest.split('&').next().expect("a list").replace("%3B", ";")
    }

    fn payload(&self) -> String {
        use sha2::Digest;
        let digest: String =
            sha2::Sha256::digest(&self.body).iter().map(|byte| format!("{byte:02x}")).collect();
        let declared = self.header("x-amz-content-sha256");
        assert!(declared.as_ref().is_none_or(|declared| *declared == digest));
        digest
    }

    fn canonical(&self, query: &str, path: PathForm) -> Result<String, portcullis::AuthError> {
        let parts = SignedParts {
            method: &self.method,
            path: &self.path,
            query,
            headers: &self.headers,
            signed_headers: &self.signed_headers(),
            payload: &self.payload(),
        };
        canonical_request(&parts, path, QueryForm::Rule).map(|text| String::from_utf8(text).expect("text"))
    }
}

fn secret(context: &Value) -> Secret {
    Secret::from(context["credentials"]["secret_access_key"].as_str().expect("a secret"))
}

/// What our canonicaliser makes of one case in one form: canonical request, string to sign and
/// signature.
fn compare(folder: &Path, form: &str) {
    let context: Value = serde_json::from_str(&read(folder, "context.json")).expect("json");
    let written = Written::parse(&read(folder, &format!("{form}-signed-request.txt")));
    let path = if context["normalize"] == true { PathForm::Normalised } else { PathForm::Encoded };
    let query = written.query.clone().unwrap_or_default();
    let canonical = written.canonical(&query, path).expect("canonical");
    let (scope, case) = ("20150830/us-east-1/service/aws4_request", name(folder));
    let lines = string_to_sign(DATE, scope, canonical.as_bytes());
    let ours = signature(&secret(&context), scope, &lines).expect("signed");
    let expected = ["canonical-request", "string-to-sign", "signature"]
        .map(|part| read(folder, &format!("{form}-{part}.txt")));
    if (case.as_str(), form) == (TOKEN_BEHIND_SIGNATURE, "query") {
        assert_ne!([canonical, lines, ours], expected, "{case}");
        // Without the token, it is what was signed.
        let pairs: Vec<_> =
            query.split('&').filter(|pair| !pair.starts_with("X-Amz-Security-Token")).collect();
        let canonical = written.canonical(&pairs.join("&"), path).expect("canonical");
        assert_eq!(canonical, expected[0]);
    } else {
        assert_eq!([canonical, lines, ours], expected, "{case} in {form} form");
    }
}

#[test]
fn all_cases_come_out_in_header_form() {
    let (cases, _) = cases();
    cases.iter().for_each(|case| compare(case, "header"));
    assert_eq!(cases.len(), 38);
}

#[test]
fn all_cases_come_out_in_query_form_but_for_one_that_adds_a_token_behind_the_signature() {
    let (cases, _) = cases();
    cases.iter().for_each(|case| compare(case, "query"));
    assert_eq!(cases.len(), 38);
    assert!(cases.iter().any(|case| name(case) == TOKEN_BEHIND_SIGNATURE));
}

/// They have no keys and no signature that belongs to them, and one has a canonical request of
/// another day than its requests; their paths come out all the same.
#[test]
fn the_two_folders_that_are_no_cases_have_paths_that_come_out() {
    let (_, others) = cases();
    assert_eq!(others, INCOMPLETE);
    for case in others {
        let folder = folder().join(&case);
        let written = Written::parse(&read(&folder, "request.txt"));
        let parts = SignedParts {
            method: &written.method,
            path: &written.path,
            query: "",
            headers: &written.headers,
            signed_headers: "host;x-amz-date",
            payload: &written.payload(),
        };
        let ours = canonical_request(&parts, PathForm::Normalised, QueryForm::Rule).expect("canonical");
        let ours = String::from_utf8(ours).expect("text");
        let expected = read(&folder, "header-canonical-request.txt");
        let without_date = |text: &str| {
            text.lines()
                .filter(|line| !line.starts_with("x-amz-date:"))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(without_date(&ours), without_date(&expected), "{case}");
    }
}

async fn is_accepted(folder: &Path, form: &str) -> bool {
    let context: Value = serde_json::from_str(&read(folder, "context.json")).expect("json");
    let written = Written::parse(&read(folder, &format!("{form}-signed-request.txt")));
    let keys: MemoryKeyStore = MemoryKeyStore::new();
    keys.add_user(&UserId::from("ada"), None).await.expect("user");
    let new = NewKey::new(Scheme::SigV4, KeyOwner::user("ada"))
        .with_id(KeyId::from(context["credentials"]["access_key_id"].as_str().expect("an id")))
        .with_secret(secret(&context));
    let _ = keys.issue(new, Timestamp::from_unix_seconds(0)).await.expect("issued");
    let token = context["credentials"]["token"].as_str().map(Secret::from);
    let sigv4 = SigV4Authenticator::new(keys, MemoryNonceStore::new(), "us-east-1", "service")
        .with_session_tokens(move |_, sent| match (&token, sent) {
            (Some(token), Some(sent)) => token.matches(sent.as_bytes()),
            (_, sent) => sent.is_none(),
        });
    let gate = BodyGate::delivered(written.body.clone().into());
    let target = RequestTarget::new(&written.method, &written.path, written.query.as_deref());
    let view = RequestView::new(target, &written.headers, &gate, NOW);
    let mut carriers = Carriers::new();
    sigv4.carriers(&mut carriers);
    matches!(decide(&sigv4, &carriers, &view).await, Ok(Outcome::Authenticated(_)))
}

/// What the service accepts of them: all that are signed by the rule of the path, and whole.
#[tokio::test]
async fn the_requests_of_the_suite_pass_unless_their_path_is_not_normalised_or_their_token_not_signed() {
    for form in ["header", "query"] {
        let mut refused = Vec::new();
        for case in cases().0 {
            if !is_accepted(&case, form).await {
                refused.push(name(&case));
            }
        }
        let expected = [
            "get-relative-relative-unnormalized",
            "get-relative-unnormalized",
            "get-slash-dot-slash-unnormalized",
            "get-slash-pointless-dot-unnormalized",
            "get-slash-unnormalized",
            "get-slashes-unnormalized",
            TOKEN_BEHIND_SIGNATURE,
        ];
        assert_eq!(refused, expected, "{form}");
    }
}
