//! The same handler in actix-web.

use actix_http::Request;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::{App, Error, HttpMessage, test, web};
use actix_web_httpauth::extractors::bearer::BearerAuth;
use actix_web_httpauth::middleware::HttpAuthentication;
use portcullis::actix::{AuthMiddleware, Authenticated};
use portcullis::store::StoredPrincipal;
use portcullis::{Principal, UserId};

use crate::credentials::{ByHand, Claims, Credentials};
use crate::rounds::Subject;

fn subject<'a, S, B>(around: &'static str, credential: &'a str, app: impl Future<Output = S>) -> Subject<'a>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error> + 'a,
    B: MessageBody,
{
    let runtime = actix_web::rt::System::new();
    let app = runtime.block_on(app);
    Subject::new("actix-web", around, move || {
        let sent = test::TestRequest::get().uri("/whoami").insert_header(("authorization", credential));
        let answer = runtime.block_on(app.call(sent.to_request())).expect("an answer");
        assert_eq!(answer.status(), 200);
    })
}

pub fn all(credentials: &Credentials) -> [Subject<'_>; 4] {
    let bare = App::new().route("/whoami", web::get().to(async || "ada"));
    let token = App::new().wrap(AuthMiddleware::new(credentials.jwt())).route(
        "/whoami",
        web::get().to(async |Authenticated(me): Authenticated<Principal<UserId>>| me.user().to_string()),
    );
    let key = App::new().wrap(AuthMiddleware::new(credentials.api_keys())).route(
        "/whoami",
        web::get().to(async |Authenticated(me): Authenticated<StoredPrincipal>| {
            me.user().as_ref().map(ToString::to_string).unwrap_or_default()
        }),
    );
    let check = ByHand::new();
    let validate = move |request: ServiceRequest, bearer: BearerAuth| {
        let claims = check.check(bearer.token());
        async move {
            match claims {
                Some(claims) => {
                    request.extensions_mut().insert(claims);
                    Ok(request)
                }
                None => Err((actix_web::error::ErrorUnauthorized("unauthorized"), request)),
            }
        }
    };
    let by_hand = App::new()
        .wrap(HttpAuthentication::bearer(validate))
        .route("/whoami", web::get().to(async |claims: web::ReqData<Claims>| claims.sub.clone()));
    [
        subject("bare", &credentials.token, test::init_service(bare)),
        subject("by hand, jsonwebtoken", &credentials.token, test::init_service(by_hand)),
        subject("portcullis, HS256", &credentials.token, test::init_service(token)),
        subject("portcullis, API key", &credentials.api_key, test::init_service(key)),
    ]
}
