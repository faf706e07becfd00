//! User names and passwords in `Authorization: Basic`.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::basic::BasicAuthenticator;
use portcullis::guard::FastApiStyle;
use portcullis::password::{PasswordHash, PasswordStore, PasswordUsers, User, UserStore, UserVerifier};
use portcullis::store::{Enabled, NewKey, StoreError, StoredPrincipal};
use portcullis::tower::AuthLayer;
use portcullis::{AuthenticatorExt, Principal, Scheme, UserId};

use crate::kit::{Answer, Calls, Down, Kit, get, send, send_counted};
use crate::leaks::Log;

const CHALLENGE: &str = r#"Basic realm="restricted", charset="UTF-8""#;

fn hash(password: &str) -> PasswordHash {
    PasswordHash::bcrypt(&password.into(), 4).expect("hash")
}

fn user(name: &str, password: &str) -> (UserId, User<StoredPrincipal>) {
    let me = Principal::builder(Some(UserId::from(name))).account(None).site(None).build();
    (name.into(), User::new(me, hash(password)))
}

/// ada, bob without a password, and off, who was switched off.
fn basic() -> BasicAuthenticator<HashMap<UserId, User<StoredPrincipal>>> {
    let mut users = HashMap::from([user("ada", "pass:wörd"), user("bob", ""), user("off", "pass:wörd")]);
    let off = users.remove("off").expect("off").with_state(Enabled::No);
    users.insert("off".into(), off);
    BasicAuthenticator::new(UserVerifier::new(users, &hash("x")).expect("verifier"))
}

async fn layer() -> AuthLayer<BasicAuthenticator<HashMap<UserId, User<StoredPrincipal>>>> {
    Kit::new().await.layer(basic())
}

fn of(user_and_password: &str) -> String {
    format!("Basic {}", STANDARD.encode(user_and_password))
}

async fn refused<S>(layer: &AuthLayer<BasicAuthenticator<S>>, value: &str) -> Answer
where
    S: UserStore<Principal = StoredPrincipal>,
{
    let calls = Calls::default();
    let answer = send_counted(layer, get("/", &[("authorization", value)]), &calls).await;
    assert_eq!(calls.count(), 0, "the handler ran: {value}");
    assert_eq!(answer.header("cache-control"), ["no-store"]);
    answer
}

#[tokio::test]
async fn the_right_password_passes_under_the_word_in_any_case() {
    let layer = layer().await;
    let good = of("ada:pass:wörd");
    for value in [
        good.clone(),
        good.replacen("Basic", "basic", 1),
        good.replacen("Basic", "BASIC", 1),
        good.replacen(' ', "   ", 1),
        format!(" {good}\t"),
    ] {
        assert_eq!(send(&layer, get("/", &[("authorization", &value)])).await.body, "ada|", "{value}");
    }
    assert_eq!(send(&layer, get("/", &[("authorization", &of("bob:"))])).await.body, "bob|");
}

#[tokio::test]
async fn no_credential_is_401_with_the_realm_and_the_charset() {
    let layer = layer().await;
    let answer = send(&layer, get("/", &[("accept", "*/*")])).await;
    assert_eq!((answer.status.as_u16(), answer.header("www-authenticate")), (401, vec![CHALLENGE]));
    assert_eq!(send(&layer.allow_anonymous(), get("/", &[])).await.body, "anonymous|");

    let named = basic().with_challenge_realm(r#"the "orders""#).expect("realm");
    let answer = send(&Kit::new().await.layer(named), get("/", &[])).await;
    assert_eq!(answer.header("www-authenticate"), [r#"Basic realm="the \"orders\"", charset="UTF-8""#]);
    assert!(basic().with_challenge_realm("é").is_err());
}

#[tokio::test]
async fn wrong_unknown_and_inactive_users_look_alike() {
    let layer = layer().await;
    let wrong = refused(&layer, &of("ada:pass")).await;
    assert_eq!((wrong.status.as_u16(), wrong.header("www-authenticate")), (401, vec![CHALLENGE]));
    for other in [
        "ada:",
        "ada:pass:wörd ",
        "ada:Pass:wörd",
        "ada:pass:wo\u{308}rd",
        "Ada:pass:wörd",
        " ada:pass:wörd",
        "bob:x",
        "carol:pass:wörd",
        "off:pass:wörd",
        "off:wrong",
        "ada\u{200b}:pass:wörd",
    ] {
        assert_eq!(refused(&layer, &of(other)).await, wrong, "{other}");
    }
}

#[tokio::test]
async fn what_is_no_name_and_password_is_wrong_and_not_absent() {
    let layer = layer().await.allow_anonymous();
    let wrong = refused(&layer, &of("ada:pass")).await;
    let (plain, long) = ("ada:pass:wörd", format!("ada:{}", "x".repeat(766)));
    // Its base64 has a character in which the alphabets differ.
    assert_ne!(STANDARD.encode("???:>>>"), URL_SAFE.encode("???:>>>"));
    for value in [
        "Basic".to_owned(),
        "Basic ".to_owned(),
        "basic   ".to_owned(),
        "Basic ada:pass".to_owned(),
        format!("Basic {}", STANDARD_NO_PAD.encode(plain)),
        format!("Basic {}", URL_SAFE.encode("???:>>>")),
        format!("{}=", of(plain)),
        format!("{}, {}", of(plain), of(plain)),
        format!("{}, Bearer x", of(plain)),
        of(plain).replacen("Basic Y", "Basic Y ", 1),
        of("ada"),
        of(""),
        of(":"),
        of(":pass:wörd"),
        of("ada:pass:wörd\n"),
        of("ada\0:pass:wörd"),
        format!("Basic {}", STANDARD.encode(b"ada:pass:w\xf6rd")),
        of(&long),
        format!("Basic {}", "A".repeat(60_000)),
        of(plain).replacen(' ', "\t", 1),
    ] {
        assert_eq!(refused(&layer, &value).await, wrong, "{value}");
    }
}

#[tokio::test]
async fn a_repeated_header_is_400() {
    let (layer, good) = (layer().await, of("ada:pass:wörd"));
    for second in [&good, "Bearer x", ""] {
        let sent = get("/", &[("authorization", &good), ("authorization", second)]);
        let answer = send(&layer, sent).await;
        assert_eq!((answer.status.as_u16(), answer.header("www-authenticate")), (400, vec![]), "{second}");
    }
}

impl UserStore for Down {
    type Principal = StoredPrincipal;

    async fn find(&self, _: &str) -> Result<Option<User<StoredPrincipal>>, StoreError> {
        Err(StoreError::unavailable("the database is down"))
    }
}

#[tokio::test]
async fn a_store_that_is_down_is_503() {
    let users = UserVerifier::new(Down, &hash("x")).expect("verifier");
    let layer = Kit::new().await.layer(BasicAuthenticator::new(users)).allow_anonymous();
    let answer = refused(&layer, &of("ada:pass:wörd")).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, vec!["5"]));
    // What cannot be anybody's is refused without asking the store.
    assert_eq!(refused(&layer, &of(":pass:wörd")).await.status, 401);
}

#[tokio::test]
async fn the_log_says_why_and_never_the_password() {
    let log = Log::capture();
    let layer = layer().await;
    for credentials in ["ada:hunter22", "carol:hunter22", "off:pass:wörd", "ada:pass:wörd", ":hunter22"] {
        send(&layer, get("/", &[("authorization", &of(credentials))])).await;
    }
    let (text, shown) = (log.text(), format!("{layer:?} {:?}", basic()));
    for reason in [
        "the signature is wrong",
        "the key is unknown",
        "an owner of the key is not active",
        "the wrong form",
    ] {
        assert!(text.contains(reason), "{reason}: {text}");
    }
    for secret in ["hunter22", "pass:wörd", &STANDARD.encode("ada:hunter22"), "$2b$"] {
        assert!(!text.contains(secret) && !shown.contains(secret), "{secret} is shown");
    }
}

#[tokio::test]
async fn other_words_are_left_to_other_members() {
    let kit = Kit::new().await;
    let key = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada())).await;
    let bearer = format!("Bearer {}", key.secret.expose_text().expect("text"));
    let keys = ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any());
    let (first, last) = (kit.layer(basic().or(keys.clone())), kit.layer(keys.or(basic())));
    for value in [bearer, of("ada:pass:wörd")] {
        let sent = || get("/", &[("authorization", &value)]);
        assert_eq!(send(&first, sent()).await.body, "ada|");
        assert_eq!(send(&last, sent()).await.body, "ada|");
    }
    let both = get("/", &[("authorization", &of("ada:pass:wörd")), ("x-api-key", "k")]);
    assert_eq!(send(&first, both).await.status, 400);
}

/// Names and hashes, as applications that only issue tokens have them.
struct Passwords;

impl PasswordStore for Passwords {
    async fn find(&self, user: &str) -> Result<Option<PasswordHash>, StoreError> {
        Ok((user == "ada").then(|| hash("pass")))
    }
}

#[tokio::test]
async fn a_password_store_is_a_store_of_users_who_are_their_names() {
    let users = UserVerifier::new(PasswordUsers::new(Passwords), &hash("x")).expect("verifier");
    let stored = |me: Principal<UserId>| -> StoredPrincipal {
        assert_eq!(me.credential().map(portcullis::Credential::scheme), Some(Scheme::Basic));
        Principal::builder(Some(me.user().clone())).account(None).site(None).build()
    };
    let layer = Kit::new().await.layer(BasicAuthenticator::new(users).map_principal(stored));
    for (credentials, status) in [("ada:pass", 200), ("ada:x", 401), ("bob:pass", 401)] {
        let answer = send(&layer, get("/", &[("authorization", &of(credentials))])).await;
        assert_eq!(answer.status, status, "{credentials}");
    }
}

#[test]
fn hashing_leaves_the_only_thread_to_others() {
    for credentials in ["ada:pass:wörd", "carol:x"] {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.max_blocking_threads(1).build().expect("a runtime");
        let (open, opened) = std::sync::mpsc::channel::<()>();
        let answer = runtime.block_on(async {
            let layer = layer().await;
            // The one thread for blocking work is taken until another task has had its turn.
            let _taken = tokio::task::spawn_blocking(move || opened.recv());
            let other = tokio::spawn(async move { open.send(()) });
            let answer = send(&layer, get("/", &[("authorization", &of(credentials))])).await;
            assert!(other.is_finished(), "{credentials}: hashed on the thread of the others");
            answer
        });
        assert_eq!(answer.status, if credentials.starts_with("ada") { 200 } else { 401 });
    }
}

#[tokio::test]
async fn a_style_of_bare_words_leaves_basic_its_realm() {
    let kit = Kit::new().await;
    let users = UserVerifier::new(HashMap::from([user("ada", "right")]), &hash("decoy")).expect("users");
    let layer = kit.layer(BasicAuthenticator::new(users)).with_style(FastApiStyle);
    let refused = send(&layer, get("/", &[])).await;
    assert_eq!(refused.header("www-authenticate"), [CHALLENGE]);
}
