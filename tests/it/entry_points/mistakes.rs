//! Declarations with mistakes, and routes that could slip past a guard.

use actix_web::{guard, rt, web};
use axum::routing::{any, get as route};
use portcullis::actix::AuthMiddleware;
use portcullis::store::InvalidRoutes;
use tower::ServiceExt;

use super::served::{ask_actix, chain, key, ok};
use crate::kit::{Kit, answer, get, request};

#[tokio::test]
async fn axum_makes_no_router_of_routes_that_share_a_name() {
    let kit = Kit::new().await;
    let routes = || portcullis::axum::Routes::new(kit.layer(chain(&kit)));
    let one = || routes().guarded("one", "/one", route(async || ()));
    let repeated = InvalidRoutes::Repeated("one".to_owned());
    for twice in [
        one().guarded("one", "/two", route(async || ())),
        one().nest("/nested", one()),
        routes().nest("/a", one()).nest("/b", one()),
        one().merge(routes().anonymous("one", "/two", route(async || ()))),
    ] {
        assert_eq!(twice.entry_points(), Err(repeated.clone()));
        assert_eq!(twice.into_router().map(|_: axum::Router| ()), Err(repeated.clone()));
    }
    let spaced = routes().guarded("two words", "/one", route(async || ()));
    assert!(matches!(spaced.into_router(), Err(InvalidRoutes::Invalid { pattern, .. }) if pattern == "/one"));
}

#[test]
fn in_actix_routes_that_share_a_name_are_all_500() {
    rt::System::new().block_on(async {
        let kit = Kit::new().await;
        let auth = AuthMiddleware::new(chain(&kit)).with_clock(kit.clock.clone());
        let routes = || {
            portcullis::actix::Routes::new(auth.clone())
                .guarded("one", "/one", web::get().to(ok))
                .open("/open", web::get().to(ok))
        };
        let anybody = key(&kit, None).await;
        let headers = [("x-api-key", anybody.secret.expose_text().expect("text"))];
        for path in ["/one", "/open"] {
            let right = ask_actix(routes().into_config(), get(path, &headers)).await;
            let twice = routes().guarded("one", "/two", web::get().to(ok));
            assert_eq!(twice.entry_points(), Err(InvalidRoutes::Repeated("one".to_owned())));
            let wrong = ask_actix(twice.into_config(), get(path, &headers)).await;
            assert_eq!((right.status.as_u16(), wrong.status.as_u16()), (200, 500), "{path}");
        }
    });
}

#[tokio::test]
async fn in_axum_every_method_and_every_fallback_of_a_route_is_behind_its_guard() {
    let kit = Kit::new().await;
    let router: axum::Router = portcullis::axum::Routes::new(kit.layer(chain(&kit)))
        .guarded("any", "/any", any(async || "reached"))
        .guarded("fallback", "/fallback", route(async || "reached").fallback(async || "reached"))
        .guarded("several", "/several", route(async || "reached"))
        .guarded("others", "/several", any(async || "reached"))
        .into_router()
        .expect("no mistake");
    for path in ["/any", "/fallback", "/several"] {
        for method in ["GET", "POST", "HEAD", "OPTIONS", "ODD"] {
            let refused = router.clone().oneshot(request(method, path, &[], b"")).await.expect("infallible");
            assert_eq!(answer(refused).await.status, 401, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn in_axum_a_prefix_is_joined_as_the_router_joins_it() {
    async fn matched(path: axum::extract::MatchedPath) -> String {
        path.as_str().to_owned()
    }
    let kit = Kit::new().await;
    let routes = || portcullis::axum::Routes::new(kit.layer(chain(&kit)));
    let inner = || routes().open("/", route(matched)).open("/x/", route(matched)).open("/y", route(matched));
    let whole =
        routes().nest("/a", inner()).nest("/b/", inner()).nest("/c/{id}", routes().nest("/d", inner()));
    let listed: Vec<_> = whole.open_routes().into_iter().map(str::to_owned).collect();
    assert_eq!(
        listed,
        ["/a", "/a/x/", "/a/y", "/b/", "/b/x/", "/b/y", "/c/{id}/d", "/c/{id}/d/x/", "/c/{id}/d/y"]
    );
    let router: axum::Router = whole.into_router().expect("no mistake");
    for pattern in listed {
        // A pattern matches itself.
        let path = pattern.replace(['{', '}'], "");
        let reached = router.clone().oneshot(get(&path, &[])).await.expect("infallible");
        assert_eq!(answer(reached).await.body, pattern);
    }
}

#[test]
fn in_actix_every_method_of_a_route_is_behind_its_guard() {
    rt::System::new().block_on(async {
        let kit = Kit::new().await;
        let routes = || {
            portcullis::actix::Routes::new(AuthMiddleware::new(chain(&kit)))
                .guarded("any", "/any", web::route().to(ok))
                .guarded("get", "/get", web::get().to(ok))
                .guarded("several", "several", web::get().to(ok))
                .guarded("others", "/several", web::route().to(ok))
        };
        for path in ["/any", "/get", "/several"] {
            for method in ["GET", "POST", "HEAD", "OPTIONS", "ODD"] {
                let sent = request(method, path, &[], b"");
                assert_eq!(ask_actix(routes().into_config(), sent).await.status, 401, "{method} {path}");
            }
        }
    });
}

#[test]
fn in_actix_the_name_is_that_of_the_resource() {
    async fn name(request: actix_web::HttpRequest) -> Option<String> {
        request.match_name().map(str::to_owned)
    }
    rt::System::new().block_on(async {
        let kit = Kit::new().await;
        let routes = portcullis::actix::Routes::new(AuthMiddleware::new(chain(&kit))).anonymous(
            "orders.read",
            "/orders/{id}",
            web::get().to(name),
        );
        assert_eq!(ask_actix(routes.into_config(), get("/orders/7", &[])).await.body, "orders.read");
    });
}

#[test]
fn in_actix_a_resource_without_a_name_is_not_called_by_that_of_another() {
    rt::System::new().block_on(async {
        let kit = Kit::new().await;
        let auth = AuthMiddleware::new(chain(&kit)).with_clock(kit.clock.clone());
        let writer = key(&kit, Some(&["orders.create"])).await;
        let headers = [("x-api-key", writer.secret.expose_text().expect("text"))];
        let config = |config: &mut web::ServiceConfig| {
            // actix-web says that a GET has matched `orders.create`.
            let named = web::resource("/orders").name("orders.create").guard(guard::Post());
            let unnamed = web::resource("/orders").guard(guard::Get()).wrap(auth.clone());
            config.service(named.route(web::post().to(ok))).service(unnamed.route(web::get().to(ok)));
        };
        assert_eq!(ask_actix(config, get("/orders", &headers)).await.status, 403);
    });
}

#[test]
fn in_actix_nothing_but_the_path_is_known_before_the_router() {
    rt::System::new().block_on(async {
        let kit = Kit::new().await;
        let auth = AuthMiddleware::new(chain(&kit)).with_clock(kit.clock.clone());
        let limited = key(&kit, Some(&["/v1/orders/{id}", "/v1/list"])).await;
        let headers = [("x-api-key", limited.secret.expose_text().expect("text"))];
        // By the path alone, a GET of `/orders/new` would be taken for one of `/orders/{id}`.
        let resources = || {
            let read = web::resource("/orders/{id}").guard(guard::Post());
            let new = web::resource("/orders/new").route(web::get().to(ok));
            let list = web::resource("/list").route(web::get().to(ok));
            web::scope("/v1").service(read.route(web::post().to(ok))).service(new).service(list)
        };
        for (path, status) in [("/v1/orders/new", 403), ("/v1/list", 200), ("/v1/l%69st", 403)] {
            let scope = resources().wrap(auth.clone());
            let answer = ask_actix(|config| _ = config.service(scope), get(path, &headers)).await;
            assert_eq!(answer.status, status, "{path}");
            let app = actix_web::App::new().wrap(auth.clone()).service(resources());
            let app = actix_web::test::init_service(app).await;
            let request = actix_web::test::TestRequest::with_uri(path).append_header(headers[0]);
            let answer = actix_web::test::call_service(&app, request.to_request()).await;
            assert_eq!(answer.status().as_u16(), status, "{path}");
        }
    });
}

#[test]
fn in_actix_a_prefix_takes_nothing_but_its_own_routes() {
    rt::System::new().block_on(async {
        let kit = Kit::new().await;
        let routes = || portcullis::actix::Routes::new(AuthMiddleware::new(chain(&kit)));
        let config = routes()
            .nest("api", routes().open("first", web::get().to(ok)).open("", web::get().to(ok)))
            .nest("/api", routes().open("/second", web::get().to(ok)))
            .open("/api/third", web::get().to(ok))
            .into_config();
        let declared = routes().nest("api", routes().open("first", web::get().to(ok)));
        assert_eq!(declared.open_routes(), ["/api/first"]);
        let app = actix_web::test::init_service(actix_web::App::new().configure(config)).await;
        for (path, status) in [("/api", 200), ("/api/first", 200), ("/api/second", 200), ("/api/third", 200)]
        {
            let request = actix_web::test::TestRequest::with_uri(path).to_request();
            let answer = actix_web::test::call_service(&app, request).await;
            assert_eq!(answer.status().as_u16(), status, "{path}");
        }
    });
}
