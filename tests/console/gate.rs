//! Who gets in, for every route that there is.

use http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, SET_COOKIE, WWW_AUTHENTICATE,
};
use http::{HeaderValue, Method, StatusCode};
use portcullis::FrozenClock;
use portcullis::audit::RecentEvents;
use portcullis::console::{Asks, ConsoleRoute};
use portcullis::store::{Enabled, KeyAdmin, OwnerRef};

use crate::harness::{BASE, Browser, NOW, PASSWORD, Store, World, console};

fn routes() -> Vec<ConsoleRoute> {
    console(&Store::new(), &FrozenClock::at(NOW), &RecentEvents::default()).routes()
}

fn of(asks: Asks) -> Vec<String> {
    let routes =
        routes().into_iter().filter(|route| route.asks == asks && route.path != format!("{BASE}/log-in"));
    routes.map(|route| route.path.strip_prefix(BASE).expect("under the base").to_owned()).collect()
}

/// The routes whose forms are refused unless a page of the console has sent them.
fn forms() -> Vec<String> {
    let posts = routes().into_iter().filter(|route| route.method == Method::POST);
    let paths = posts.map(|route| route.path.strip_prefix(BASE).expect("under the base").to_owned());
    paths.filter(|path| path != "/log-in").collect()
}

/// The token of whoever is logged in.
async fn token(browser: &mut Browser) -> String {
    let page = browser.get("/").await;
    let hidden = page.hidden("/log-out");
    hidden.into_iter().find(|(name, _)| name == "token").expect("a token").1
}

#[test]
fn the_routes_are_of_all_kinds() {
    let (pages, changes, posts) = (of(Asks::See), of(Asks::Change), forms());
    assert!(pages.len() >= 3 && changes.len() >= 8 && posts.len() > changes.len(), "{pages:?} {changes:?}");
    for route in routes() {
        let changes = route.asks == Asks::Change;
        assert!(!changes || route.method == Method::POST, "{route:?}");
        assert!(route.method == Method::GET || route.method == Method::POST, "{route:?}");
    }
}

#[tokio::test]
async fn nobody_who_is_not_logged_in_sees_or_changes_anything() {
    let world = World::new().await;
    for route in routes().into_iter().filter(|route| route.asks != Asks::Nothing) {
        let path = route.path.strip_prefix(BASE).expect("under the base");
        for cookie in [None, Some("no session"), Some("")] {
            let mut browser = world.browser();
            if let Some(cookie) = cookie {
                browser.cookies.insert("portcullis-console".to_owned(), cookie.to_owned());
            }
            let form = (route.method == Method::POST).then(|| "token=x".to_owned());
            let answer = browser.send(route.method.clone(), path, &HeaderMap::new(), form).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{route:?} {cookie:?}");
            assert!(
                answer.headers.contains_key(WWW_AUTHENTICATE) && answer.has("name=\"password\""),
                "{route:?}"
            );
        }
    }
}

#[tokio::test]
async fn who_lacks_the_privilege_to_see_sees_no_page() {
    let world = World::new().await;
    let mut eve = world.logged_in("eve").await;
    for path in of(Asks::See) {
        assert_eq!(eve.get(&path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn who_lacks_the_privilege_to_change_changes_nothing() {
    let world = World::new().await;
    let mut ada = world.logged_in("ada").await;
    let token = token(&mut ada).await;
    for path in of(Asks::Change) {
        let answer = ada.post(&path, &[("token", &token)]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert!(answer.has("may not do that"), "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn no_form_counts_without_the_token_of_its_page() {
    let world = World::new().await;
    let (mut grace, mut ada) = (world.logged_in("grace").await, world.logged_in("ada").await);
    let (own, others) = (token(&mut grace).await, token(&mut ada).await);
    for path in forms() {
        let changed = format!("{}x", &own[..own.len() - 1]);
        for fields in [
            vec![],
            vec![("token", "")],
            vec![("token", others.as_str())],
            vec![("token", changed.as_str())],
            vec![("token", own.as_str()), ("token", own.as_str())],
        ] {
            let answer = grace.post(&path, &fields).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {fields:?}");
            assert!(answer.has("did not come from this console"), "{path}");
        }
        // A token in the address is none.
        let answer = grace.post(&format!("{path}?token={own}"), &[]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(grace.get("/").await.status, StatusCode::OK, "nobody was logged out");
}

#[tokio::test]
async fn no_form_counts_that_comes_from_another_origin_or_from_nowhere() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;
    let token = token(&mut grace).await;
    for origin in
        [None, Some("https://evil.example"), Some("null"), Some("https://keys.example.evil.example")]
    {
        grace.origin = origin.map(str::to_owned);
        for path in forms() {
            let answer = grace.post(&path, &[("token", &token)]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {origin:?}");
            assert!(answer.has("did not come from this console"), "{path}");
        }
    }
    grace.origin = Some("https://keys.example".to_owned());
    let cross = HeaderMap::from_iter([(
        http::HeaderName::from_static("sec-fetch-site"),
        HeaderValue::from_static("cross-site"),
    )]);
    let plain = HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_static("text/plain"))]);
    for headers in [cross, plain] {
        for path in forms() {
            let answer = grace.send(Method::POST, &path, &headers, Some(format!("token={token}"))).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
        }
    }
    assert_eq!(grace.get("/").await.status, StatusCode::OK, "nobody was logged out");
}

#[tokio::test]
async fn a_form_is_not_asked_for_with_get_nor_a_page_with_post() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;
    let token = token(&mut grace).await;
    let (pages, forms) = (of(Asks::See), forms());
    for path in forms.iter().filter(|path| !pages.contains(path)) {
        let answer = grace.get(&format!("{path}?token={token}")).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
}

#[tokio::test]
async fn whoever_is_switched_off_or_loses_a_privilege_is_out_with_the_next_request() {
    let world = World::new().await;
    let (mut grace, mut gone) = (world.logged_in("grace").await, world.logged_in("gone").await);
    let user = OwnerRef::User("gone".into());
    world.store.set_owner_active(&user, Enabled::No).await.expect("off");
    assert_eq!(gone.get("/").await.status, StatusCode::UNAUTHORIZED);
    use portcullis::store::RoleAdmin;
    world.store.remove_user_from_group(&"grace".into(), &"graces".into()).await.expect("removed");
    assert_eq!(grace.get("/").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn each_answer_is_hardened_and_kept_nowhere() {
    let world = World::new().await;
    let (mut grace, mut nobody) = (world.logged_in("grace").await, world.browser());
    for route in routes() {
        let path = route.path.strip_prefix(BASE).expect("under the base");
        for browser in [&mut grace, &mut nobody] {
            let form = (route.method == Method::POST).then(String::new);
            let answer = browser.send(route.method.clone(), path, &HeaderMap::new(), form).await;
            let header =
                |name: http::HeaderName| answer.headers.get(name).and_then(|value| value.to_str().ok());
            let policy = header(CONTENT_SECURITY_POLICY).unwrap_or_default();
            assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
            assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
            assert_eq!(header(http::header::X_CONTENT_TYPE_OPTIONS), Some("nosniff"));
            assert_eq!(header(http::header::REFERRER_POLICY), Some("same-origin"));
            let kept =
                if path.starts_with("/assets/") { "public, max-age=31536000, immutable" } else { "no-store" };
            assert_eq!(header(CACHE_CONTROL), Some(kept), "{path}");
            // What the policy forbids is not even tried.
            for forbidden in [" style=", "<style", " onclick=", "javascript:", "//cdn", "@import"] {
                assert!(!answer.has(forbidden), "{path} has {forbidden}");
            }
        }
    }
}

#[tokio::test]
async fn with_basic_a_password_goes_with_each_request_and_forms_still_have_tokens() {
    let world = World::with(|console| console.with_basic()).await;
    let mut browser = world.browser();
    let answer = browser.get("/").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let challenge = answer.headers.get(WWW_AUTHENTICATE).and_then(|value| value.to_str().ok());
    assert!(
        challenge.is_some_and(|challenge| challenge.starts_with("Basic realm=\"keys\"")),
        "{challenge:?}"
    );
    assert!(!answer.has("<form"), "there is nothing to fill in");

    let basic = |user: &str, password: &str| {
        use base64::Engine;
        let both = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        HeaderMap::from_iter([(
            AUTHORIZATION,
            HeaderValue::try_from(format!("Basic {both}")).expect("a value"),
        )])
    };
    let wrong = browser.send(Method::GET, "/", &basic("grace", "wrong"), None).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    let grace = basic("grace", PASSWORD);
    let page = browser.send(Method::GET, "/keys/new", &grace, None).await;
    assert_eq!((page.status, page.headers.get(SET_COOKIE)), (StatusCode::OK, None));
    let token = page.hidden("/keys/new").into_iter().find(|(name, _)| name == "token").expect("a token").1;
    let once = page.hidden("/keys/new").into_iter().find(|(name, _)| name == "once").expect("a name").1;
    let form = |token: &str| Some(format!("token={token}&once={once}&scheme=api-key&account=acme"));
    let foreign = browser.send(Method::POST, "/keys/new", &grace, form("x")).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    let issued = browser.send(Method::POST, "/keys/new", &grace, form(&token)).await;
    assert_eq!(issued.status, StatusCode::OK, "{}", issued.text);
    assert!(issued.value("secret").is_some());
    let ada = browser.send(Method::POST, "/keys/new", &basic("ada", PASSWORD), form(&token)).await;
    assert_eq!(ada.status, StatusCode::FORBIDDEN);
}
