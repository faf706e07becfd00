//! Refresh tokens at the token endpoint.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use portcullis::Scopes;
use portcullis::Timestamp;
use portcullis::audit::{AuditEvent, AuditTrail};
use portcullis::jwt::{JwtVerifier, RefreshError, RefreshGrant, RefreshTokens, TokenAnswer, TokenEndpoint};
use portcullis::password::{PasswordHash, PasswordStore, PasswordVerifier};
use portcullis::store::memory::MemoryTokenStore;
use portcullis::store::{
    FamilyId, RefreshFamily, RefreshStore, RefreshTurn, StoreError, TokenDigest, Turned,
};
use serde_json::Value;
use tokio::sync::Notify;

use super::{NOW, US, issuer, key, policy, seconds};

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

/// Users, who may go; and a database that may be down.
#[derive(Clone)]
struct Users(Arc<Mutex<Option<HashMap<String, PasswordHash>>>>);

impl PasswordStore for Users {
    async fn find(&self, user: &str) -> Result<Option<PasswordHash>, StoreError> {
        match &*self.0.lock().expect("a lock") {
            Some(users) => Ok(users.get(user).cloned()),
            None => Err(StoreError::unavailable("down")),
        }
    }
}

struct Place {
    users: Users,
    refresh: RefreshTokens,
    endpoint: TokenEndpoint<Users>,
    trail: AuditTrail,
}

fn place(store: impl RefreshStore) -> Place {
    let hash = PasswordHash::bcrypt(&"pass word".into(), 4).expect("a hash");
    let users = HashMap::from([("ada".to_owned(), hash.clone())]);
    let users = Users(Arc::new(Mutex::new(Some(users))));
    let trail = AuditTrail::new();
    let refresh = RefreshTokens::new(store, US).with_audit(trail.clone());
    let passwords = PasswordVerifier::new(users.clone(), &hash).expect("passwords");
    let endpoint = TokenEndpoint::new(issuer(), passwords).with_refresh(refresh.clone());
    Place { users, refresh, endpoint, trail }
}

fn json(answer: &TokenAnswer) -> Value {
    assert!(answer.headers.contains(&("cache-control", "no-store")));
    serde_json::from_slice(&answer.body).expect("JSON")
}

/// The refresh token of an answer that is good.
fn token(answer: &TokenAnswer) -> String {
    assert_eq!(answer.status, 200);
    json(answer)["refresh_token"].as_str().expect("a refresh token").to_owned()
}

impl Place {
    async fn post(&self, form: &str, now: Timestamp) -> TokenAnswer {
        self.endpoint.answer(FORM, form.as_bytes(), now).await
    }

    async fn login(&self, more: &str) -> String {
        token(&self.post(&format!("username=ada&password=pass+word{more}"), NOW).await)
    }

    async fn redeem(&self, token: &str, more: &str, now: Timestamp) -> TokenAnswer {
        self.post(&format!("grant_type=refresh_token&refresh_token={token}{more}"), now).await
    }

    async fn is_refused(&self, token: &str, more: &str, now: Timestamp, error: &str) {
        let answer = self.redeem(token, more, now).await;
        assert_eq!((answer.status, &json(&answer)["error"]), (400, &error.into()));
    }
}

#[tokio::test]
async fn a_login_gives_a_refresh_token_and_each_use_gives_the_next() {
    let place = place(MemoryTokenStore::new());
    let mut held = place.login("").await;
    let verifier = JwtVerifier::new(policy(), [key()]).expect("a verifier");
    let mut ids = std::collections::HashSet::new();
    for n in 0..5 {
        let now = NOW.saturating_add(seconds(n * 600));
        let answer = place.redeem(&held, "", now).await;
        let body = json(&answer);
        assert_eq!((&body["token_type"], &body["expires_in"]), (&"bearer".into(), &600.into()));
        let access = verifier.verify(body["access_token"].as_str().expect("a token"), now).expect("verified");
        assert_eq!(access.subject(), Some("ada"));
        assert!(ids.insert(access.id().expect("a jti").to_owned()));
        let next = token(&answer);
        assert!(next.len() == 64 && next != held);
        held = next;
    }
    assert!(place.trail.names().is_empty());
}

#[tokio::test]
async fn a_token_that_is_used_again_ends_its_family_and_is_recorded_once() {
    let place = place(MemoryTokenStore::new());
    let (first, other) = (place.login("").await, place.login("").await);
    let second = token(&place.redeem(&first, "", NOW).await);
    for stolen in [&first, &second, &first] {
        place.is_refused(stolen, "", NOW, "invalid_grant").await;
    }
    assert_eq!(place.trail.names(), ["refresh-reused"]);
    let events = place.trail.take();
    let AuditEvent::RefreshReused { issuer, subject, family, .. } = &events[0] else { panic!("{events:?}") };
    assert_eq!((&**issuer, &**subject, family.to_string().len()), (US, "ada", 16));
    assert!(!first.contains(&family.to_string()));
    token(&place.redeem(&other, "", NOW).await);
}

#[tokio::test]
async fn of_many_that_use_a_token_at_once_one_is_given_the_next() {
    let place = place(MemoryTokenStore::new());
    let first = place.login("").await;
    let place = Arc::new(place);
    let all = (0..8).map(|_| {
        let (place, first) = (Arc::clone(&place), first.clone());
        tokio::spawn(async move { place.redeem(&first, "", NOW).await.status })
    });
    let mut given = 0;
    for one in all.collect::<Vec<_>>() {
        given += usize::from(one.await.expect("an answer") == 200);
    }
    assert_eq!(given, 1);
}

#[tokio::test]
async fn a_token_is_good_in_the_hands_of_its_client_alone() {
    let place = place(MemoryTokenStore::new());
    let first = place.login("&client_id=web").await;
    let second = place.redeem(&first, "&client_id=web", NOW).await;
    let access = json(&second)["access_token"].as_str().expect("a token").to_owned();
    let verifier = JwtVerifier::new(policy(), [key()]).expect("a verifier");
    assert!(verifier.verify(&access, NOW).is_ok());
    place.is_refused(&token(&second), "&client_id=other", NOW, "invalid_grant").await;
    place.is_refused(&token(&second), "&client_id=web", NOW, "invalid_grant").await;
    assert_eq!(place.trail.names(), ["refresh-reused"]);
}

/// The `client_id` of the access token of an answer.
fn client(answer: &TokenAnswer) -> String {
    let verifier = JwtVerifier::new(policy(), [key()]).expect("a verifier");
    let access = json(answer)["access_token"].as_str().expect("a token").to_owned();
    let claims: Value = verifier.verify(&access, NOW).expect("verified").claims().expect("claims");
    claims["client_id"].as_str().expect("a client").to_owned()
}

#[tokio::test]
async fn what_a_form_calls_its_client_is_not_signed() {
    let place = place(MemoryTokenStore::new());
    let login = place.post("username=ada&password=pass+word&client_id=admin-console", NOW).await;
    assert_eq!(client(&login), "web");
    let next = place.redeem(&token(&login), "&client_id=admin-console", NOW).await;
    assert_eq!(client(&next), "web");
    let longest = "c".repeat(255);
    place.login(&format!("&client_id={longest}")).await;
    for bad in ["%7F", &format!("{longest}c"), "a%0Ab", "%C3%A9"] {
        let login = place.post(&format!("username=ada&password=pass+word&client_id={bad}"), NOW).await;
        assert_eq!((login.status, &json(&login)["error"]), (400, &"invalid_request".into()), "{bad}");
        place.is_refused(&token(&next), &format!("&client_id={bad}"), NOW, "invalid_request").await;
    }
    token(&place.redeem(&token(&next), "&client_id=admin-console", NOW).await);
}

#[tokio::test]
async fn with_clients_only_they_may_log_in_and_are_signed() {
    let mut place = place(MemoryTokenStore::new());
    place.endpoint = place.endpoint.with_clients(["app", "cli"]);
    let login = place.post("username=ada&password=pass+word&client_id=app", NOW).await;
    assert_eq!(client(&login), "app");
    for form in ["", "&client_id=web", "&client_id=App", "&client_id="] {
        for password in ["pass+word", "wrong"] {
            let refused = place.post(&format!("username=ada&password={password}{form}"), NOW).await;
            assert_eq!((refused.status, &json(&refused)["error"]), (400, &"invalid_client".into()), "{form}");
        }
        place.is_refused(&token(&login), form, NOW, "invalid_client").await;
    }
    let next = place.redeem(&token(&login), "&client_id=app", NOW).await;
    assert_eq!(client(&next), "app");
    place.is_refused(&token(&next), "&client_id=cli", NOW, "invalid_grant").await;
    assert_eq!(place.trail.names(), ["refresh-reused"]);
}

/// A store that has done what it is asked a while before it says so.
#[derive(Clone, Default)]
struct Slow {
    store: MemoryTokenStore,
    done: Arc<Notify>,
    answer: Arc<Notify>,
}

impl RefreshStore for Slow {
    async fn begin(
        &self,
        id: &FamilyId,
        family: &RefreshFamily,
        token: &TokenDigest,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        self.store.begin(id, family, token, until).await
    }

    async fn turn(&self, turn: &RefreshTurn) -> Result<Turned, StoreError> {
        let turned = self.store.turn(turn).await;
        self.done.notify_one();
        self.answer.notified().await;
        turned
    }

    async fn family(&self, id: &FamilyId) -> Result<Option<RefreshFamily>, StoreError> {
        self.store.family(id).await
    }

    async fn end_family(&self, id: &FamilyId) -> Result<bool, StoreError> {
        self.store.end_family(id).await
    }

    async fn end_families_of(&self, issuer: &str, subject: &str) -> Result<u64, StoreError> {
        self.store.end_families_of(issuer, subject).await
    }
}

#[tokio::test]
async fn a_reuse_is_recorded_though_the_caller_hangs_up() {
    let slow = Slow::default();
    let place = place(slow.clone());
    let first = place.login("").await;
    slow.answer.notify_one();
    token(&place.redeem(&first, "", NOW).await);
    slow.done.notified().await;
    {
        let mut again = std::pin::pin!(place.redeem(&first, "", NOW));
        tokio::select! {
            biased;
            () = slow.done.notified() => {}
            _ = &mut again => panic!("the store has not answered"),
        }
    }
    assert!(place.trail.names().is_empty(), "the family has ended, and nobody was told");
    slow.answer.notify_one();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(place.trail.names(), ["refresh-reused"]);
}

#[tokio::test]
async fn a_family_ends_when_it_is_idle_and_when_its_life_is_over() {
    let place = place(MemoryTokenStore::new());
    let day = 24 * 3_600;
    let first = place.login("").await;
    place.is_refused(&first, "", NOW.saturating_add(seconds(7 * day)), "invalid_grant").await;
    let mut held = place.login("").await;
    for days in (6..30).step_by(6) {
        held = token(&place.redeem(&held, "", NOW.saturating_add(seconds(days * day))).await);
    }
    place.is_refused(&held, "", NOW.saturating_add(seconds(30 * day)), "invalid_grant").await;
    assert!(place.trail.names().is_empty());
}

#[tokio::test]
async fn what_is_in_the_way_does_not_use_the_token_up() {
    let place = place(MemoryTokenStore::new());
    let grant = RefreshGrant::new("ada").with_scopes(Scopes::parse("a b").expect("scopes"));
    let first = place.refresh.begin(grant, NOW).await.expect("begun");
    let first = first.expose_text().expect("text");
    for (more, error) in [("&scope=a+c", "invalid_scope"), ("&scope=a%00", "invalid_scope")] {
        place.is_refused(first, more, NOW, error).await;
    }
    let users = place.users.0.lock().expect("a lock").take();
    assert_eq!(place.redeem(first, "", NOW).await.status, 503);
    *place.users.0.lock().expect("a lock") = users;
    let answer = place.redeem(first, "&scope=b", NOW).await;
    assert_eq!((answer.status, &json(&answer)["scope"]), (200, &"b".into()));
    // Less once is not less for ever.
    assert_eq!(json(&place.redeem(&token(&answer), "", NOW).await)["scope"], "a b");
}

#[tokio::test]
async fn a_user_who_is_gone_gets_no_token() {
    let place = place(MemoryTokenStore::new());
    let first = place.login("").await;
    place.users.0.lock().expect("a lock").as_mut().expect("users").clear();
    place.is_refused(&first, "", NOW, "invalid_grant").await;
}

#[tokio::test]
async fn a_logout_ends_one_family_and_a_new_password_all() {
    let place = place(MemoryTokenStore::new());
    let [one, two, three] = [place.login("").await, place.login("").await, place.login("").await];
    assert!(place.refresh.end(&one).await.expect("ended"));
    place.is_refused(&one, "", NOW, "invalid_grant").await;
    let two = token(&place.redeem(&two, "", NOW).await);
    assert_eq!(place.refresh.end_all("ada").await.expect("ended"), 2);
    for gone in [two, three] {
        place.is_refused(&gone, "", NOW, "invalid_grant").await;
    }
}

#[tokio::test]
async fn what_is_no_token_is_refused_without_the_store() {
    let place = place(Down);
    let long = "A".repeat(5_000);
    for text in ["A", &"A".repeat(63), &"A".repeat(65), &"=".repeat(64), &"+".repeat(64), &long] {
        place.is_refused(text, "", NOW, "invalid_grant").await;
    }
    place.is_refused("", "", NOW, "invalid_request").await;
}

/// A store that is down.
struct Down;

impl RefreshStore for Down {
    async fn begin(
        &self,
        _: &FamilyId,
        _: &RefreshFamily,
        _: &TokenDigest,
        _: Timestamp,
    ) -> Result<(), StoreError> {
        Err(StoreError::unavailable("down"))
    }

    async fn turn(&self, _: &RefreshTurn) -> Result<Turned, StoreError> {
        Err(StoreError::unavailable("down"))
    }

    async fn family(&self, _: &FamilyId) -> Result<Option<RefreshFamily>, StoreError> {
        Err(StoreError::unavailable("down"))
    }

    async fn end_family(&self, _: &FamilyId) -> Result<bool, StoreError> {
        Err(StoreError::unavailable("down"))
    }

    async fn end_families_of(&self, _: &str, _: &str) -> Result<u64, StoreError> {
        Err(StoreError::unavailable("down"))
    }
}

#[tokio::test]
async fn without_the_store_it_is_an_outage_never_a_refusal() {
    let place = place(Down);
    assert_eq!(place.post("username=ada&password=pass+word", NOW).await.status, 503);
    let answer = place.redeem(&"A".repeat(64), "", NOW).await;
    assert_eq!(answer.status, 503);
    assert!(json(&answer).get("error").is_none());
    let error = place.refresh.redeem(&"A".repeat(64), None, NOW).await.expect_err("an outage");
    assert!(matches!(error, RefreshError::Store(_)) && !error.is_refusal());
}

#[tokio::test]
async fn issuers_that_share_a_store_know_nothing_of_each_other() {
    let store = MemoryTokenStore::new();
    let (ours, theirs) = (RefreshTokens::new(store.clone(), US), RefreshTokens::new(store, "https://other"));
    let first = ours.begin(RefreshGrant::new("ada"), NOW).await.expect("begun");
    let first = first.expose_text().expect("text");
    let refused = theirs.redeem(first, None, NOW).await;
    assert!(matches!(refused, Err(RefreshError::Unknown)));
    assert_eq!(theirs.end_all("ada").await.expect("an answer"), 0);
    assert!(ours.redeem(first, None, NOW).await.is_ok());
}
