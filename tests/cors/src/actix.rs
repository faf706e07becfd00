//! actix-cors.

use actix_cors::Cors;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::{App, Error, test, web};
use portcullis::actix::AuthMiddleware;

use crate::{ORIGIN, PREFLIGHT, REFUSED, keys};

fn cors() -> Cors {
    Cors::default().allowed_origin(ORIGIN).allowed_methods(["POST"]).allowed_headers([header::AUTHORIZATION])
}

/// The status and the allowed origins.
macro_rules! ask {
    ($app:expr, $sent:expr) => {{
        let (method, headers) = $sent;
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = test::TestRequest::with_uri("/orders").method(method);
        let request = headers.iter().fold(request, |request, header| request.insert_header(*header));
        answer($app.call(request.to_request()).await)
    }};
}

fn answer<B: MessageBody + 'static>(response: Result<ServiceResponse<B>, Error>) -> (u16, Vec<String>) {
    let response = match response {
        Ok(response) => response.map_into_boxed_body().into_parts().1,
        Err(error) => error.error_response(),
    };
    let origins = response.headers().get_all("access-control-allow-origin");
    let origins = origins.map(|value| value.to_str().expect("text").to_owned());
    (response.status().as_u16(), origins.collect())
}

#[actix_web::test]
async fn a_refusal_reaches_the_page_through_cors_outside_the_guard() {
    let app = App::new()
        .route("/orders", web::post().to(async || "made"))
        .wrap(AuthMiddleware::new(keys()))
        .wrap(cors());
    let app = test::init_service(app).await;
    assert_eq!(ask!(app, PREFLIGHT), (200, vec![ORIGIN.to_owned()]));
    for sent in REFUSED {
        assert_eq!(ask!(app, sent), (401, vec![ORIGIN.to_owned()]));
    }
}

#[actix_web::test]
async fn cors_inside_the_guard_answers_real_preflights_only_if_they_are_let_through() {
    let routes = || App::new().route("/orders", web::post().to(async || "made")).wrap(cors());
    let strict = test::init_service(routes().wrap(AuthMiddleware::new(keys()))).await;
    assert_eq!(ask!(strict, PREFLIGHT), (401, vec![]));
    let passing = AuthMiddleware::new(keys()).allow_cors_preflight();
    let passing = test::init_service(routes().wrap(passing)).await;
    assert_eq!(ask!(passing, PREFLIGHT), (200, vec![ORIGIN.to_owned()]));
    for sent in REFUSED {
        assert_eq!(ask!(passing, sent), (401, vec![]), "hidden from the page");
    }
}
