//! What is open is a route, not a pattern over paths: no spelling of it opens another.

use actix_web::web;
use axum::extract::State;
use axum::routing::{any, get as route};
use portcullis::actix::AuthMiddleware;
use tower::ServiceExt;

use super::served::{Framework, ask_actix, chain, in_both};
use crate::kit::{Answer, Kit, answer, request};

/// `/health`, `/public/..` and `/` are open; `/admin` and what is below it are not.
async fn send(framework: Framework, kit: &Kit, method: &str, path: &str) -> Answer {
    let sent = request(method, path, &[], b"");
    match framework {
        Framework::Axum => {
            let (open, shut) = (|| any(async || "open"), || any(async || "shut"));
            let router: axum::Router = portcullis::axum::Routes::new(kit.layer(chain(kit)))
                .open("/", open())
                .open("/health", open())
                .open("/public/{*rest}", open())
                .guarded("admin", "/admin", shut())
                .guarded("admin.below", "/admin/{*rest}", shut())
                .into_router()
                .expect("no mistake");
            answer(router.oneshot(sent).await.expect("infallible")).await
        }
        Framework::Actix => {
            let open = || web::route().to(async || "open");
            let shut = || web::route().to(async || "shut");
            let routes = portcullis::actix::Routes::new(AuthMiddleware::new(chain(kit)))
                .open("/", open())
                .open("/health", open())
                .open("/public/{rest:.*}", open())
                .guarded("admin", "/admin", shut())
                .guarded("admin.below", "/admin/{rest:.*}", shut());
            ask_actix(routes.into_config(), sent).await
        }
    }
}

#[test]
fn no_spelling_of_a_path_opens_what_is_guarded() {
    let ways_out =
        ["..", "%2e%2e", ".%2E", "..;", "%2e%2e%2f", "..%00", "..%5c", ".", "", ";x", "%2f", "%23", "%3f"];
    let mut paths = vec!["/admin".to_owned(), "/admin/x".to_owned(), "/admin/health".to_owned()];
    for start in ["/health", "/public", "/public/x", ""] {
        paths.extend(ways_out.iter().map(|way| format!("{start}/{way}/admin")));
    }
    let spellings = ["//admin", "/admin/", "/admin//", "/Admin", "/%61dmin", "/admin%2f", "/admin;/health"];
    let tails =
        ["/admin?/health", "/admin?path=/public/", "/admin/../health", "/admin/%2e%2e/health", "/admin%00"];
    paths.extend(spellings.into_iter().chain(tails).map(str::to_owned));
    assert!(paths.len() > 60);
    in_both(|framework, kit| {
        let paths = &paths;
        async move {
            let mut refused = 0;
            for path in paths {
                for method in ["GET", "HEAD", "POST", "OPTIONS", "TRACE"] {
                    let answer = send(framework, &kit, method, path).await;
                    assert!(
                        [200, 401, 404].contains(&answer.status.as_u16()),
                        "{framework:?} {path}: {answer:?}"
                    );
                    assert_ne!(answer.body, "shut", "{framework:?} {method} {path}");
                    assert!(
                        answer.status != 200 || !path.starts_with("/admin"),
                        "{framework:?} {method} {path}"
                    );
                    refused += u32::from(answer.status == 401);
                }
            }
            assert!(refused >= 40, "{framework:?}: {refused} were refused");
            assert_eq!(send(framework, &kit, "GET", "/health").await.body, "open");
        }
    });
}

#[tokio::test]
async fn a_router_that_misses_a_state_is_given_it_afterwards() {
    async fn state(State(text): State<String>) -> String {
        text
    }
    let kit = Kit::new().await;
    let routes = || portcullis::axum::Routes::new(kit.layer(chain(&kit)));
    let inner = routes().anonymous("inner", "/inner", route(state));
    let routes = routes().open("/open", route(state)).nest("/nested", inner);
    let router: axum::Router = routes.into_router().expect("no mistake").with_state("state".to_owned());
    for path in ["/open", "/nested/inner"] {
        let reached = router.clone().oneshot(request("GET", path, &[], b"")).await.expect("infallible");
        assert_eq!(answer(reached).await.body, "state", "{path}");
    }
}
