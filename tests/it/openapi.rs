//! The security schemes of a document, as they are written.

use std::collections::BTreeSet;

use portcullis::api_key::{ApiKeyAuthenticator, ApiKeyCarrier, KeyShape};
use portcullis::basic::BasicAuthenticator;
use portcullis::jwt::JwtAuthenticator;
use portcullis::openapi::SecuritySchemes;
use portcullis::query_signature::QuerySignatureAuthenticator;
use portcullis::request::{Carriers, RequestView};
use portcullis::store::StoredPrincipal;
use portcullis::testing::TestKit;
use portcullis::x_auth::XAuthAuthenticator;
use portcullis::{AuthError, Authenticator, AuthenticatorExt, Challenge, Challenges, Outcome, Principal};
use serde_json::{Value, json};
use utoipa::Modify;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::SecurityRequirement;

/// Declares what it is told, and finds nobody.
#[derive(Clone, Default)]
struct Declared {
    words: &'static [&'static str],
    headers: &'static [&'static [&'static str]],
    parameters: &'static [&'static str],
    cookies: &'static [&'static str],
}

impl Authenticator for Declared {
    type Principal = StoredPrincipal;

    async fn authenticate(&self, _: &RequestView<'_>) -> Result<Outcome<StoredPrincipal>, AuthError> {
        Ok(Outcome::Absent)
    }

    fn challenge(&self, _: Option<&AuthError>, out: &mut Challenges) {
        for word in self.words {
            out.add(&Challenge::new(*word).expect("word").with_parameter("realm", "r").expect("realm"));
        }
    }

    fn carriers(&self, out: &mut Carriers) {
        self.headers.iter().for_each(|group| out.add_header_group(group));
        self.parameters.iter().for_each(|name| out.add_parameter(*name));
        self.cookies.iter().for_each(|name| out.add_cookie(*name));
    }
}

fn chain(kit: &TestKit) -> impl Authenticator {
    let nobody = |_: &_| Ok::<_, &str>(Principal::builder(None).account(None).site(None).build());
    ApiKeyAuthenticator::new(kit.keys(), KeyShape::any())
        .or(JwtAuthenticator::new(kit.jwt_verifier()).with_mapping(nobody))
        .or(QuerySignatureAuthenticator::new(kit.keys(), kit.nonces()))
        .or(XAuthAuthenticator::new(kit.keys(), kit.nonces()))
        .or(BasicAuthenticator::new(kit.user_verifier()))
}

fn written(schemes: &SecuritySchemes) -> Value {
    let mut document = OpenApi::default();
    schemes.modify(&mut document);
    let written = serde_json::to_value(&document).expect("JSON");
    assert_valid(&written);
    json!({ "schemes": written["components"]["securitySchemes"], "security": written["security"] })
}

/// What OpenAPI 3.1 asks of both objects (sections 4.8.7.1, 4.8.27 and 4.8.30).
fn assert_valid(document: &Value) {
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1.")), "{document}");
    let names = document["components"]["securitySchemes"].as_object().cloned().unwrap_or_default();
    for (name, scheme) in &names {
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
        assert!(!name.is_empty() && name.chars().all(plain), "{name}");
        match scheme["type"].as_str() {
            Some("http") => assert!(scheme["scheme"].is_string(), "{scheme}"),
            Some("apiKey") => {
                assert!(scheme["name"].as_str().is_some_and(|name| !name.is_empty()), "{scheme}");
                assert!(["header", "query", "cookie"].map(Value::from).contains(&scheme["in"]), "{scheme}");
            }
            other => panic!("{other:?}"),
        }
    }
    let places: BTreeSet<String> = names.values().map(Value::to_string).collect();
    assert_eq!(places.len(), names.len(), "no scheme is there twice");
    let alternatives = document["security"].as_array().cloned().unwrap_or_default();
    let distinct: BTreeSet<String> = alternatives.iter().map(Value::to_string).collect();
    assert_eq!(distinct.len(), alternatives.len(), "no alternative is there twice");
    for (name, scopes) in alternatives.iter().filter_map(Value::as_object).flatten() {
        assert!(names.contains_key(name), "{name} is no scheme");
        assert_eq!(scopes, &json!([]));
    }
}

#[test]
fn a_chain_of_five_is_six_alternatives_and_the_signed_headers_are_needed_at_once() {
    let schemes = SecuritySchemes::of(&chain(&TestKit::new())).with_bearer_format("JWT");
    let header = |name: &str| json!({ "type": "apiKey", "in": "header", "name": name });
    assert_eq!(
        written(&schemes),
        json!({
            "schemes": {
                "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
                "basic": { "type": "http", "scheme": "basic" },
                "x-api-key": header("x-api-key"),
                "x-auth-iss": header("x-auth-iss"),
                "x-auth-exp": header("x-auth-exp"),
                "x-auth-nbf": header("x-auth-nbf"),
                "x-auth-signature": header("x-auth-signature"),
                "signature": { "type": "apiKey", "in": "query", "name": "signature" },
                "pc-signature": { "type": "apiKey", "in": "query", "name": "pc-signature" },
            },
            "security": [
                { "bearer": [] },
                { "basic": [] },
                { "x-api-key": [] },
                { "signature": [] },
                { "pc-signature": [] },
                { "x-auth-iss": [], "x-auth-exp": [], "x-auth-nbf": [], "x-auth-signature": [] },
            ],
        })
    );
}

#[test]
fn a_word_of_authorization_is_a_key_in_that_header_unless_a_carrier_has_its_name() {
    let kit = TestKit::new();
    let keys = |carriers| {
        SecuritySchemes::of(&ApiKeyAuthenticator::new(kit.keys(), KeyShape::any()).with_carriers(carriers))
    };
    let alone = written(&keys(vec![ApiKeyCarrier::ApiKey]));
    let text = "The whole value of the header, which begins with the word `Api-Key`.";
    let expected = json!({ "type": "apiKey", "in": "header", "name": "Authorization", "description": text });
    assert_eq!(alone, json!({ "schemes": { "api-key": expected }, "security": [{ "api-key": [] }] }));

    let both = keys(vec![ApiKeyCarrier::ApiKey, ApiKeyCarrier::header("X-API-Key")]);
    assert_eq!(both.names().collect::<Vec<_>>(), ["x-api-key"]);
    let added = both.add_word("Api-Key").add_word("API-KEY");
    assert_eq!(written(&added)["security"][1], json!({ "api-key": [] }));

    let parameter = keys(vec![ApiKeyCarrier::parameter("api_key")]);
    assert_eq!(written(&parameter)["schemes"]["api_key"]["in"], "query");
}

#[test]
fn headers_that_belong_to_authorization_are_needed_with_its_own_words_only() {
    let declared = Declared {
        words: &["Bearer", "Hawk"],
        headers: &[&["authorization", "x-date"]],
        ..Declared::default()
    };
    let written = written(&SecuritySchemes::of(&declared));
    assert_eq!(written["security"], json!([{ "bearer": [] }, { "hawk": [], "x-date": [] }]));
}

#[test]
fn members_with_one_carrier_make_one_scheme_and_two_carriers_never_one_name() {
    let one = Declared {
        words: &["Bearer", "!x"],
        headers: &[&["authorization"], &["x-key!"]],
        parameters: &["x-key-", "x-key-"],
        ..Declared::default()
    };
    let other = Declared {
        words: &["bearer"],
        headers: &[&["x-key!"]],
        parameters: &["x-key-"],
        ..Declared::default()
    };
    let written = written(&SecuritySchemes::of(&one.or(other)));
    let names: Vec<&String> = written["schemes"].as_object().expect("object").keys().collect();
    assert_eq!(names, ["-x", "bearer", "x-key-", "x-key--2"]);
    assert_eq!(written["schemes"]["x-key-"]["in"], "header");
    assert_eq!(written["schemes"]["x-key--2"]["in"], "query");
}

#[test]
fn a_session_is_a_key_in_its_cookie() {
    let session = Declared { words: &["Session"], cookies: &["sessionid"], ..Declared::default() };
    let cookie = json!({ "type": "apiKey", "in": "cookie", "name": "sessionid" });
    assert_eq!(
        written(&SecuritySchemes::of(&session)),
        json!({ "schemes": { "sessionid": cookie }, "security": [{ "sessionid": [] }] })
    );
}

#[test]
fn two_credentials_that_are_asked_for_together_are_one_alternative() {
    let kit = TestKit::new();
    let by = |carriers| ApiKeyAuthenticator::new(kit.keys(), KeyShape::any()).with_carriers(carriers);
    let gateway = by(vec![ApiKeyCarrier::header("x-gateway"), ApiKeyCarrier::header("x-old-gateway")]);
    let basic = BasicAuthenticator::new(kit.user_verifier());
    let bearer = by(vec![ApiKeyCarrier::Bearer]);
    let other = by(vec![ApiKeyCarrier::parameter("key")]);
    let chain = portcullis::all(gateway, bearer.or(basic)).or(other);
    // The word of API keys, which stands for the headers here.
    let schemes = SecuritySchemes::of(&chain).without("api-key");
    assert_eq!(
        written(&schemes)["security"],
        json!([
            { "bearer": [], "x-gateway": [] },
            { "basic": [], "x-gateway": [] },
            { "bearer": [], "x-old-gateway": [] },
            { "basic": [], "x-old-gateway": [] },
            { "key": [] },
        ])
    );
}

#[test]
fn schemes_can_be_renamed_described_and_left_out() {
    let schemes = || SecuritySchemes::of(&chain(&TestKit::new()));
    let changed = schemes().with_name("bearer", "token").expect("renamed").with_description("token", "Ours.");
    let changed = changed.without("x-auth-exp").without("basic").without("signature");
    let changed = changed.without("pc-signature").allow_anonymous();
    assert_eq!(written(&changed)["security"], json!([{ "token": [] }, { "x-api-key": [] }, {}]));
    assert_eq!(written(&changed)["schemes"]["token"]["description"], "Ours.");
    assert_eq!(changed.names().collect::<Vec<_>>(), ["token", "x-api-key"]);
    for (name, new) in [("bearer", "basic"), ("lost", "x"), ("bearer", ""), ("bearer", "a b")] {
        assert!(schemes().with_name(name, new).is_err(), "{name} {new}");
    }
}

#[test]
fn what_the_document_had_stays_and_nothing_is_repeated() {
    let mut document = OpenApi::default();
    document.security = Some(vec![SecurityRequirement::new("mtls", [] as [&str; 0])]);
    let schemes = SecuritySchemes::of(&chain(&TestKit::new()));
    schemes.modify(&mut document);
    schemes.modify(&mut document);
    let security = serde_json::to_value(&document.security).expect("JSON");
    assert_eq!(security.as_array().map(Vec::len), Some(7));
    assert_eq!(security[0], json!({ "mtls": [] }));
    assert_eq!(schemes.requirements().len(), 6);

    let nothing = written(&SecuritySchemes::of(&Declared::default()));
    assert_eq!(nothing, json!({ "schemes": null, "security": null }));
}
