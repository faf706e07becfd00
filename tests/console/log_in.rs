//! Logging in and out.

use std::time::Duration;

use http::header::SET_COOKIE;
use http::{HeaderMap, Method, StatusCode};

use crate::harness::{BASE, PASSWORD, World, recorded};

#[tokio::test]
async fn a_password_begins_a_session_that_leads_back_to_the_page() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.get("/keys/new?user=ada%20b").await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    let answer = browser.submit(&page, "/log-in", &[("name", "grace"), ("password", PASSWORD)]).await;
    assert_eq!((answer.status, answer.leads_to()), (StatusCode::SEE_OTHER, "/keys/new?user=ada%20b"));
    let cookie = answer.header(SET_COOKIE).expect("a cookie").to_owned();
    for part in ["; HttpOnly", "; SameSite=Strict", "; Secure", &format!("; Path={BASE}"), "; Max-Age=43200"]
    {
        assert!(cookie.contains(part), "{cookie} lacks {part}");
    }
    let page = browser.follow(&answer).await;
    assert!(page.status == StatusCode::OK && page.has("grace"), "{}", page.text);
}

#[tokio::test]
async fn an_unknown_user_and_a_wrong_password_look_alike() {
    let world = World::new().await;
    let mut answers = Vec::new();
    for (name, password) in [("grace", "incorrect horse"), ("nobody", PASSWORD)] {
        let mut browser = world.browser();
        let page = browser.get("/").await;
        let answer = browser.submit(&page, "/log-in", &[("name", name), ("password", password)]).await;
        assert!(browser.cookies.is_empty(), "{name}");
        assert!(!answer.has(password), "{name}");
        answers.push((answer.status, answer.has("The user or the password is wrong.")));
    }
    assert_eq!(answers, [(StatusCode::UNAUTHORIZED, true); 2]);
}

#[tokio::test]
async fn a_form_without_a_user_or_a_password_is_shown_again() {
    let world = World::new().await;
    for (name, password) in [("grace", ""), ("", "x")] {
        let mut browser = world.browser();
        let page = browser.get("/").await;
        let answer = browser.submit(&page, "/log-in", &[("name", name), ("password", password)]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}");
        assert!(
            answer.has("Fill in the user and the password.") && answer.has("name=\"password\""),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_log_in_form_counts_only_from_its_page_and_for_a_day() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.get("/").await;
    let good = [("name", "grace"), ("password", PASSWORD)];
    let answer = browser.post("/log-in", &good).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "without a token");
    browser.origin = Some("https://evil.example".to_owned());
    assert_eq!(browser.submit(&page, "/log-in", &good).await.status, StatusCode::FORBIDDEN);
    browser.origin = Some("https://keys.example".to_owned());
    world.clock.advance(Duration::from_secs(24 * 60 * 60));
    assert_eq!(browser.submit(&page, "/log-in", &good).await.status, StatusCode::FORBIDDEN, "a day later");
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn behind_a_proxy_that_changes_the_host_the_origin_that_was_said_counts() {
    let origin = "https://keys.of.example".parse().expect("an origin");
    let world = World::with(|console| console.with_origin(origin)).await;
    let mut browser = world.browser();
    let page = browser.get("/").await;
    let right = [("name", "grace"), ("password", PASSWORD)];
    let answer = browser.submit(&page, "/log-in", &right).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "from the origin that `Host` names");
    browser.origin = Some("https://keys.of.example".to_owned());
    let answer = browser.submit(&page, "/log-in", &right).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.header(SET_COOKIE).is_some_and(|cookie| cookie.ends_with("; Secure")));
}

#[tokio::test]
async fn a_session_ends_when_nobody_uses_it_and_when_it_is_logged_out() {
    let world = World::new().await;
    let mut browser = world.logged_in("grace").await;
    world.clock.advance(Duration::from_secs(29 * 60));
    let page = browser.get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    let kept = browser.cookies.clone();
    let answer = browser.submit(&page, "/log-out", &[]).await;
    assert_eq!((answer.status, answer.leads_to()), (StatusCode::SEE_OTHER, "/?done=logged-out"));
    browser.cookies = kept;
    assert_eq!(
        browser.get("/").await.status,
        StatusCode::UNAUTHORIZED,
        "the session is gone, not the cookie alone"
    );

    let mut browser = world.logged_in("grace").await;
    world.clock.advance(Duration::from_secs(30 * 60));
    let answer = browser.get("/").await;
    assert!(answer.status == StatusCode::UNAUTHORIZED && answer.has("Your session has ended."));
}

#[tokio::test]
async fn two_cookies_of_the_name_are_refused() {
    let world = World::new().await;
    let mut browser = world.logged_in("grace").await;
    let id = browser.cookies.remove("portcullis-console").expect("a cookie");
    let twice = format!("portcullis-console={id}; portcullis-console={id}");
    let headers = HeaderMap::from_iter([(http::header::COOKIE, twice.parse().expect("a value"))]);
    let answer = browser.send(Method::GET, "/", &headers, None).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn log_ins_are_recorded_and_passwords_are_not() {
    let world = World::new().await;
    drop(world.logged_in("grace").await);
    let mut browser = world.browser();
    let page = browser.get("/").await;
    browser.submit(&page, "/log-in", &[("name", "ada"), ("password", "wrong-password")]).await;
    let events = recorded(&world.events);
    assert!(events.contains("Authenticated") && events.contains("grace"), "{events}");
    assert!(events.contains("Refused") && events.contains("WrongSignature"), "{events}");
    assert!(!events.contains(PASSWORD) && !events.contains("wrong-password"), "{events}");
}

#[tokio::test]
async fn whoever_guesses_has_to_wait_and_others_do_not() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.peer = Some([192, 0, 2, 7].into());
    let page = browser.get("/").await;
    let mut statuses = Vec::new();
    for number in 0..40 {
        let guess = format!("guess-{number}");
        let answer = browser.submit(&page, "/log-in", &[("name", "grace"), ("password", &guess)]).await;
        statuses.push(answer.status);
    }
    assert_eq!(statuses.first(), Some(&StatusCode::UNAUTHORIZED));
    assert_eq!(statuses.last(), Some(&StatusCode::TOO_MANY_REQUESTS));
    let right = [("name", "grace"), ("password", PASSWORD)];
    let answer = browser.submit(&page, "/log-in", &right).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "also with the right one");
    assert!(answer.headers.contains_key(http::header::RETRY_AFTER) && browser.cookies.is_empty());

    let mut other = world.browser();
    other.peer = Some([198, 51, 100, 1].into());
    let answer = other.submit(&page, "/log-in", &right).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
}

#[tokio::test]
async fn sessions_that_have_ended_stop_nobody_from_logging_in() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.peer = Some([192, 0, 2, 7].into());
    browser.cookies.insert("portcullis-console".to_owned(), "of before the restart".to_owned());
    for _ in 0..60 {
        assert_eq!(browser.get("/").await.status, StatusCode::UNAUTHORIZED);
    }
    let page = browser.get("/").await;
    let answer = browser.submit(&page, "/log-in", &[("name", "grace"), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
}
