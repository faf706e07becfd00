//! The session cookies of the example, as a scheme of an application's own.

#[path = "../../examples/custom_authenticator/origin.rs"]
mod origin;
#[path = "../../examples/custom_authenticator/session.rs"]
mod session;
#[path = "../../examples/custom_authenticator/users.rs"]
mod users;

use std::time::Duration;

use portcullis::password::PasswordHash;
use portcullis::store::{Enabled, StoredPrincipal};
use portcullis::tower::AuthLayer;
use portcullis::{AccountId, Authenticator, AuthenticatorExt, Credential, Principal, Scheme, SiteId, UserId};

use crate::kit::{Answer, Kit, NOW, get, request, send};
use session::{SessionAuthenticator, Sessions};
use users::{Users, user};

type Me = Principal<UserId, AccountId, Option<SiteId>>;

fn layer(
    kit: &Kit,
    sessions: &Sessions,
) -> AuthLayer<impl Authenticator<Principal = StoredPrincipal> + use<>> {
    let hash = PasswordHash::bcrypt(&"x".into(), 4).expect("hash");
    let (name, off) = user("off", &"acme".into(), hash.clone());
    let users = Users::new([user("ada", &"acme".into(), hash), (name, off.with_state(Enabled::No))]);
    let stored = |me: Me| -> StoredPrincipal {
        Principal::builder(Some(me.user().clone())).account(Some(me.account().clone())).site(None).build()
    };
    kit.layer(SessionAuthenticator::new(sessions.clone(), users).map_principal(stored))
}

/// The cookie of a session that began `NOW`.
fn begin(sessions: &Sessions, name: &str) -> String {
    let cookie = sessions.begin(name.into(), NOW).expect("a session");
    cookie.split(';').next().expect("a pair").to_owned()
}

async fn ask<A>(layer: &AuthLayer<A>, cookie: &str) -> Answer
where
    A: Authenticator<Principal = StoredPrincipal>,
{
    send(layer, get("/", &[("cookie", cookie)])).await
}

#[tokio::test]
async fn a_session_lives_from_its_login_to_its_end() {
    let (kit, sessions) = (Kit::new().await, Sessions::default());
    let (layer, cookie) = (layer(&kit, &sessions), begin(&sessions, "ada"));
    let mut statuses = Vec::new();
    for second in [0, 8 * 3600 - 1, 8 * 3600] {
        kit.clock.set(NOW.saturating_add(Duration::from_secs(second)));
        statuses.push(ask(&layer, &cookie).await.status.as_u16());
    }
    assert_eq!(statuses, [200, 200, 401]);
}

#[tokio::test]
async fn a_logout_by_another_credential_ends_no_session() {
    let (kit, sessions) = (Kit::new().await, Sessions::default());
    let (layer, cookie) = (layer(&kit, &sessions), begin(&sessions, "ada"));
    for credential in [None, Some(&Credential::of_scheme(Scheme::Basic))] {
        sessions.end(credential);
        assert_eq!(ask(&layer, &cookie).await.status, 200);
    }
}

#[tokio::test]
async fn unknown_inactive_and_foreign_sessions_look_alike() {
    let (kit, sessions) = (Kit::new().await, Sessions::default());
    let layer = layer(&kit, &sessions).allow_anonymous();
    let wrong = ask(&layer, "sessionid=0").await;
    assert_eq!(wrong.status, 401);
    for cookie in [begin(&sessions, "off"), begin(&sessions, "gone"), begin(&Sessions::default(), "ada")] {
        assert_eq!(ask(&layer, &cookie).await, wrong);
    }
    assert_eq!(ask(&layer, "sessionid").await.body, "anonymous|");
}

#[tokio::test]
async fn only_the_cookie_of_the_session_is_a_credential() {
    let (kit, sessions) = (Kit::new().await, Sessions::default());
    let (layer, cookie) = (layer(&kit, &sessions).allow_anonymous(), begin(&sessions, "ada"));
    for (others, expected) in [
        (format!("theme=dark; {cookie}"), "ada|"),
        (format!("x=\u{e9}; {cookie};"), "ada|"),
        ("theme=dark".to_owned(), "anonymous|"),
        (cookie.replace("sessionid", "SessionId"), "anonymous|"),
    ] {
        assert_eq!(ask(&layer, &others).await.body, expected, "{others}");
    }
    let lines = get("/", &[("cookie", "theme=dark"), ("cookie", &cookie)]);
    assert_eq!(send(&layer, lines).await.body, "ada|");
}

#[tokio::test]
async fn a_planted_cookie_or_another_credential_beside_it_is_400() {
    let (kit, sessions) = (Kit::new().await, Sessions::default());
    let (layer, cookie) = (layer(&kit, &sessions), begin(&sessions, "ada"));
    for twice in
        [format!("{cookie}; {cookie}"), format!("sessionid=x; {cookie}"), format!("{cookie};sessionid =")]
    {
        assert_eq!(ask(&layer, &twice).await.status, 400, "{twice}");
    }
    for other in ["authorization", "cookie"] {
        let both = get("/", &[("cookie", &cookie), (other, "sessionid=x")]);
        assert_eq!(send(&layer, both).await.status, 400, "{other}");
    }
}

#[tokio::test]
async fn a_page_of_another_origin_changes_nothing() {
    let (kit, sessions) = (Kit::new().await, Sessions::default());
    let (layer, cookie) = (layer(&kit, &sessions), begin(&sessions, "ada"));
    for (method, header, value, status) in [
        ("POST", "origin", "https://a.example", 200),
        ("POST", "origin", "https://A.example", 200),
        ("POST", "sec-fetch-site", "same-origin", 200),
        ("POST", "sec-fetch-site", "none", 200),
        ("POST", "x", "x", 200),
        ("GET", "origin", "https://evil.example", 200),
        ("POST", "origin", "https://evil.example", 403),
        ("POST", "origin", "https://a.example.evil.example", 403),
        ("POST", "origin", "https://a.example:8443", 403),
        ("POST", "origin", "null", 403),
        ("POST", "origin", "", 403),
        ("DELETE", "sec-fetch-site", "cross-site", 403),
        ("PUT", "sec-fetch-site", "same-site", 403),
    ] {
        let sent = request(method, "/", &[("host", "a.example"), ("cookie", &cookie), (header, value)], b"");
        assert_eq!(send(&layer, sent).await.status, status, "{method} {header}: {value}");
    }
}
