//! Every style against every kind of refusal.

use portcullis::guard::{
    DjApiAuthStyle, FastApiStyle, Igny8Style, ProblemJson, Refusal, Rendered, ResponseStyle,
};
use portcullis::request::{Carriers, RequestView};
use portcullis::store::StoredPrincipal;
use portcullis::tower::AuthLayer;
use portcullis::{AuthError, Authenticator, Challenge, Challenges, Outcome, Reason, Scheme};

use crate::kit::{Answer, get, send};

/// Refuses every request for one reason.
struct Refuse(Reason);

impl Authenticator for Refuse {
    type Principal = StoredPrincipal;

    async fn authenticate(&self, _: &RequestView<'_>) -> Result<Outcome<StoredPrincipal>, AuthError> {
        match self.0 {
            Reason::MissingCredential => Ok(Outcome::Absent),
            reason => Err(AuthError::new(reason).with_scheme(Scheme::Jwt)),
        }
    }

    fn challenge(&self, failure: Option<&AuthError>, out: &mut Challenges) {
        let plain = Challenge::bare("Bearer");
        let challenge = match failure {
            None => plain,
            Some(_) => plain.with_parameter("error", "invalid_token").expect("parameter"),
        };
        out.add(&challenge);
    }

    fn carriers(&self, _: &mut Carriers) {}
}

async fn refuse(style: impl ResponseStyle, reason: Reason) -> Answer {
    let layer = AuthLayer::new(Refuse(reason)).with_style(style);
    send(&layer, get("/", &[("x-request-id", "r-1")])).await
}

/// One reason of each kind, and the reasons that a style words apart.
const REASONS: [Reason; 10] = [
    Reason::RepeatedHeader,
    Reason::MissingCredential,
    Reason::UnknownKey,
    Reason::WrongSignature,
    Reason::Expired,
    Reason::ClockDrift,
    Reason::EntryPointNotAllowed,
    Reason::BodyTooLarge,
    Reason::StoreUnavailable,
    Reason::LayerMissing,
];

async fn table(style: impl ResponseStyle + Clone, expected: [(u16, &str, &[&str]); 10]) {
    for (reason, (status, body, challenges)) in REASONS.into_iter().zip(expected) {
        let answer = refuse(style.clone(), reason).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (status, body), "{reason:?}");
        assert_eq!(answer.header("www-authenticate"), challenges, "{reason:?}");
        assert_eq!(answer.header("cache-control"), ["no-store"], "{reason:?}");
        assert_eq!(answer.header("retry-after").is_empty(), status != 503, "{reason:?}");
        serde_json::from_str::<serde_json::Value>(&answer.body).expect("json");
    }
}

#[tokio::test]
async fn problem_json_says_no_more_than_the_status() {
    const INVALID: &[&str] = &[r#"Bearer error="invalid_token""#];
    let unauthorized = r#"{"type":"about:blank","title":"Unauthorized","status":401}"#;
    table(
        ProblemJson,
        [
            (400, r#"{"type":"about:blank","title":"Bad Request","status":400}"#, &[]),
            (401, unauthorized, &["Bearer"]),
            (401, unauthorized, INVALID),
            (401, unauthorized, INVALID),
            (401, unauthorized, INVALID),
            (401, unauthorized, INVALID),
            (403, r#"{"type":"about:blank","title":"Forbidden","status":403}"#, &[]),
            (413, r#"{"type":"about:blank","title":"Content Too Large","status":413}"#, &[]),
            (503, r#"{"type":"about:blank","title":"Service Unavailable","status":503}"#, &[]),
            (500, r#"{"type":"about:blank","title":"Internal Server Error","status":500}"#, &[]),
        ],
    )
    .await;
}

#[tokio::test]
async fn fastapi_answers_401_with_the_bare_word() {
    let unauthorized = r#"{"detail":"Could not validate credentials."}"#;
    const BARE: &[&str] = &["Bearer"];
    table(
        FastApiStyle,
        [
            (401, unauthorized, BARE),
            (401, unauthorized, BARE),
            (401, unauthorized, BARE),
            (401, unauthorized, BARE),
            (401, unauthorized, BARE),
            (401, unauthorized, BARE),
            (403, r#"{"detail":"Not enough permissions."}"#, &[]),
            (413, r#"{"detail":"Request body too large."}"#, &[]),
            (503, r#"{"detail":"Service unavailable."}"#, &[]),
            (500, r#"{"detail":"Internal server error."}"#, &[]),
        ],
    )
    .await;
}

#[tokio::test]
async fn dj_api_auth_answers_403_with_its_four_texts() {
    let signature = r#"{"error":"signature error"}"#;
    table(
        DjApiAuthStyle::default(),
        [
            (403, signature, &[]),
            (403, r#"{"error":"parameter missing"}"#, &[]),
            (403, signature, &[]),
            (403, signature, &[]),
            (403, signature, &[]),
            (403, r#"{"error":"time drift > 300 sec"}"#, &[]),
            (403, r#"{"error":"entry point not allowed for the API key"}"#, &[]),
            (413, r#"{"error":"body too large"}"#, &[]),
            (503, r#"{"error":"service unavailable"}"#, &[]),
            (500, r#"{"error":"internal error"}"#, &[]),
        ],
    )
    .await;
    let missing = refuse(DjApiAuthStyle::default(), Reason::IncompleteCredential).await;
    assert_eq!((missing.status.as_u16(), missing.body.as_str()), (403, r#"{"error":"parameter missing"}"#));
}

#[tokio::test]
async fn igny8_answers_in_its_envelope_with_the_id_of_the_request() {
    const INVALID: &[&str] = &[r#"Bearer error="invalid_token""#];
    let unauthorized = r#"{"success":false,"error":"Authentication required","request_id":"r-1"}"#;
    table(
        Igny8Style,
        [
            (400, r#"{"success":false,"error":"Bad request","request_id":"r-1"}"#, &[]),
            (401, unauthorized, &["Bearer"]),
            (401, unauthorized, INVALID),
            (401, unauthorized, INVALID),
            (401, unauthorized, INVALID),
            (401, unauthorized, INVALID),
            (403, r#"{"success":false,"error":"Permission denied","request_id":"r-1"}"#, &[]),
            (413, r#"{"success":false,"error":"Request body too large","request_id":"r-1"}"#, &[]),
            (503, r#"{"success":false,"error":"Service unavailable","request_id":"r-1"}"#, &[]),
            (500, r#"{"success":false,"error":"Internal server error","request_id":"r-1"}"#, &[]),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_request_id_that_is_not_plain_is_replaced_by_a_random_one() {
    let layer = AuthLayer::new(Refuse(Reason::UnknownKey)).with_style(Igny8Style);
    let mut ids = std::collections::HashSet::new();
    let long = "x".repeat(65);
    for headers in [
        vec![],
        vec![("x-request-id", "a\"b")],
        vec![("x-request-id", "a"), ("x-request-id", "a")],
        vec![("x-request-id", &long)],
    ] {
        let answer = send(&layer, get("/", &headers)).await;
        let body: serde_json::Value = serde_json::from_str(&answer.body).expect("json");
        ids.insert(body["request_id"].as_str().expect("id").to_owned());
    }
    assert!(ids.len() == 4 && ids.iter().all(|id| id.len() == 32), "{ids:?}");
}

#[derive(Clone)]
struct Cheerful;

impl ResponseStyle for Cheerful {
    fn render(&self, refusal: &Refusal<'_>) -> Rendered {
        let mut rendered = Rendered::new(refusal, "text/plain", "welcome");
        rendered.status = 200;
        rendered
    }
}

#[tokio::test]
async fn a_style_of_the_applications_own_cannot_turn_a_refusal_into_a_success() {
    for reason in Reason::ALL {
        let answer = refuse(Cheerful, *reason).await;
        assert_eq!(answer.status, reason.kind().status(), "{reason:?}");
    }
}
