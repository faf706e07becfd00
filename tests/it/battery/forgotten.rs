//! actix-web handlers that no middleware is around.

use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, web};
use portcullis::AuthState;
use portcullis::actix::{AuthMiddleware, Authenticated};
use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::store::StoredPrincipal;

use crate::kit::Kit;
use crate::leaks::Log;

const FORGOTTEN: &str = "no AuthMiddleware for this principal type is around the handler";

type Me = Authenticated<StoredPrincipal>;

async fn perhaps(me: Option<Me>) -> &'static str {
    if me.is_some() { "somebody" } else { "nobody" }
}

async fn state(state: AuthState<StoredPrincipal>) -> &'static str {
    if state.principal().is_some() { "somebody" } else { "nobody" }
}

async fn strict(_: Me) -> &'static str {
    "somebody"
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/perhaps", web::get().to(perhaps))
        .route("/state", web::get().to(state))
        .route("/strict", web::get().to(strict));
}

/// The answers to the three routes; a key is shown in vain.
macro_rules! ask {
    ($app:expr) => {{
        let service = init_service($app).await;
        let mut answers = Vec::new();
        for path in ["/perhaps", "/state", "/strict"] {
            let request = TestRequest::get().uri(path).to_request();
            let response = call_service(&service, request).await;
            let status = response.status().as_u16();
            answers.push((status, String::from_utf8(read_body(response).await.to_vec()).expect("text")));
        }
        answers
    }};
}

#[test]
fn a_forgotten_middleware_is_500_and_where_actix_makes_it_none_the_log_says_so() {
    let log = Log::capture();
    actix_web::rt::System::new().block_on(async {
        let answers = ask!(App::new().configure(routes));
        let missing = (500, String::new());
        assert_eq!(answers, [(200, "nobody".to_owned()), missing.clone(), missing]);
    });
    let text = log.text();
    assert_eq!(text.matches(FORGOTTEN).count(), 3, "{text}");
    assert!(
        text.lines().filter(|line| line.contains(FORGOTTEN)).all(|line| line.contains("ERROR")),
        "{text}"
    );
}

#[test]
fn an_anonymous_request_is_none_behind_a_middleware_and_the_log_has_no_error() {
    let log = Log::capture();
    actix_web::rt::System::new().block_on(async {
        let kit = Kit::new().await;
        let auth = AuthMiddleware::new(ApiKeyAuthenticator::new(kit.keys, KeyShape::any()));
        let answers = ask!(App::new().configure(routes).wrap(auth.allow_anonymous()));
        let statuses: Vec<_> = answers.iter().map(|(status, body)| (*status, body.as_str())).collect();
        assert_eq!(statuses[..2], [(200, "nobody"), (200, "nobody")]);
        assert_eq!(statuses[2].0, 401);
    });
    assert!(!log.text().contains("ERROR"), "{}", log.text());
}
