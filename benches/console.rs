//! The list of keys in the console with 100,000 keys in SQLite: the whole answer, from the request
//! to the last byte of the page, beside the empty question to the database that no page can beat.
//!
//! ```text
//! cargo bench --features "console sqlite" --bench console
//! ```
//!
//! It fails where the median of a row is above 50 ms.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench may panic, and prints"
)]

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use portcullis::console::Console;
use portcullis::password::{PasswordHash, SinglePassword, UserVerifier};
use portcullis::store::sqlite::{MasterKey, SqliteKeyStore};
use portcullis::store::{KeyAdmin, KeyOwner, KeyRef, NewKey, Privilege, RoleAdmin};
use portcullis::{
    AccountId, Clock, GroupId, KeyId, Realm, RoleId, Scheme, Scope, SiteId, SystemClock, Timestamp, UserId,
};
use tower::ServiceExt;

const KEYS: usize = 100_000;
const BATCH: usize = 1_000;
const ROUNDS: usize = 21;
const LIMIT: Duration = Duration::from_millis(50);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(run());
}

async fn run() {
    let folder = tempfile::tempdir().expect("a folder");
    let master = MasterKey::generate().expect("random");
    let store: SqliteKeyStore =
        SqliteKeyStore::connect(folder.path().join("keys.db"), master).await.expect("a file");
    store.migrate().await.expect("tables");
    let now = SystemClock.now();
    fill(&store, now).await;

    let hash = PasswordHash::bcrypt(&"correct horse".into(), 4).expect("a hash");
    let users = UserVerifier::single(SinglePassword::new("ada".into(), hash)).expect("a verifier");
    let console = Console::new("/keys", store.clone(), users).expect("a console");
    let router = console.into_router();
    let cookie = log_in(&router).await;

    let raw = median(async || {
        sqlx::query("SELECT 1").execute(store.pool()).await.expect("an answer");
    })
    .await;
    println!("{:<44}{raw:>12.1?}", "SELECT 1");
    let mut slow = Vec::new();
    for (name, query) in rows() {
        let took = median(async || {
            let (status, length) = get(&router, &cookie, &query).await;
            assert!(status == StatusCode::OK && length > 2_000, "{query}: {status}");
        })
        .await;
        println!("{name:<44}{took:>12.1?}");
        if took > LIMIT {
            slow.push(name);
        }
    }
    assert!(slow.is_empty(), "above {LIMIT:?}: {slow:?}");
}

/// What is asked for, and its name.
fn rows() -> Vec<(&'static str, String)> {
    let row = |name, query: &str| (name, query.to_owned());
    vec![
        row("first page", ""),
        row("a page in the middle", "after=key-050000"),
        row("by label", "sort=label&dir=up"),
        row("by creation, newest first", "sort=created&dir=down"),
        row("by last use, newest first", "sort=used&dir=down"),
        row("by last use, never used first", "sort=used&dir=up"),
        row("by end", "sort=expires&dir=up"),
        row("by last use, in the middle", "sort=used&dir=down&after=key-050001"),
        row("search: one key of all", "q=key-077777"),
        row("search: one key of all, by last use", "q=key-077777&sort=used&dir=down"),
        row("search: a tenth of all", "q=robot+7"),
        row("search: a tenth of all, by creation", "q=robot+7&sort=created&dir=down"),
        row("search: a tenth of all, far down", "q=key-07"),
        row("search: a tenth, of which few are revoked", "q=robot+5&status=revoked"),
        row("search: none", "q=nowhere-at-all"),
        row("search: two letters that few have", "q=zq"),
        row("search: two letters that all have", "q=ke"),
        row("status: disabled, of which there are none", "status=disabled"),
        row("status: revoked, of which there are few", "status=revoked"),
        row("status: never used", "status=never-used"),
        row("status: never used, by label", "status=never-used&sort=label&dir=up"),
        row("expiring, of which there are few", "status=expiring"),
        row("due for renewal, of which there are none", "due=1"),
        row("of a site", "site=site-00042"),
        row("of an account, by last use", "account=acme-7&sort=used&dir=down"),
    ]
}

async fn get(router: &Router, cookie: &str, query: &str) -> (StatusCode, usize) {
    let request = Request::get(format!("/keys/?{query}")).header("cookie", cookie).body(Body::empty());
    let answer = router.clone().oneshot(request.expect("a request")).await.expect("an answer");
    (answer.status(), answer.into_body().collect().await.expect("a page").to_bytes().len())
}

async fn median(work: impl AsyncFn()) -> Duration {
    work().await;
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        work().await;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    times.get(ROUNDS / 2).copied().unwrap_or_default()
}

async fn log_in(router: &Router) -> String {
    let page = Request::get("/keys/").body(Body::empty()).expect("a request");
    let page = router.clone().oneshot(page).await.expect("an answer");
    let page = page.into_body().collect().await.expect("a page").to_bytes();
    let page = String::from_utf8(page.to_vec()).expect("text");
    let token = page.split("name=\"token\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let form = format!("token={}&name=ada&password=correct+horse", token.expect("a token"));
    let request = Request::post("/keys/log-in")
        .header("host", "localhost")
        .header("origin", "http://localhost")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form))
        .expect("a request");
    let answer = router.clone().oneshot(request).await.expect("an answer");
    let cookie =
        answer.headers().get_all("set-cookie").iter().next().expect("a session").to_str().expect("text");
    cookie.split(';').next().expect("a cookie").to_owned()
}

/// 100 accounts, 1,000 sites, and keys of them: a tenth never used, some revoked, some expiring.
async fn fill(store: &SqliteKeyStore, now: Timestamp) {
    let (ada, group, role) = (UserId::from("ada"), GroupId::from("staff"), RoleId::from("keeper"));
    store.add_user(&ada, None).await.expect("added");
    store.add_group(&group).await.expect("added");
    store.add_role(&role).await.expect("added");
    store.add_user_to_group(&ada, &group).await.expect("added");
    store.give_role_to_group(&role, &group).await.expect("given");
    let see = Privilege::new(Scope::new("keys:see").expect("a scope"));
    store.add_privilege(&see).await.expect("added");
    store.give_privilege_to_role(see.name(), &role).await.expect("given");
    for number in 0..100 {
        store.add_account(&AccountId::from(format!("acme-{number}"))).await.expect("added");
    }
    for number in 0..1_000 {
        let (site, account) = (SiteId::from(format!("site-{number:05}")), format!("acme-{}", number % 100));
        store.add_site(&site, &AccountId::from(account)).await.expect("added");
        let url = format!("https://{number}.shops.example");
        store.set_site_url(&site, Some(&url)).await.expect("set");
    }
    for batch in 0..KEYS / BATCH {
        let numbers = batch * BATCH..(batch + 1) * BATCH;
        let keys = numbers.clone().map(|number| key(number, now)).collect();
        drop(
            store
                .issue_all(keys, now.saturating_sub(Duration::from_secs(batch as u64)))
                .await
                .expect("issued"),
        );
        let uses = numbers.filter(|number| number % 10 != 0);
        let uses: Vec<_> = uses
            .map(|number| {
                let at = now.saturating_sub(Duration::from_secs((number * 7_919 % KEYS) as u64));
                (named(number), at)
            })
            .collect();
        store.record_uses(&uses).await.expect("recorded");
    }
    for number in (0..KEYS).step_by(5_000) {
        store.revoke(&named(number), "left", now).await.expect("revoked");
    }
}

fn named(number: usize) -> KeyRef {
    KeyRef { realm: Realm::default(), id: KeyId::from(format!("key-{number:06}")) }
}

fn key(number: usize, now: Timestamp) -> NewKey {
    let owner = KeyOwner::default().for_site(format!("site-{:05}", number % 1_000));
    let key = NewKey::new(Scheme::ApiKey, owner)
        .with_id(format!("key-{number:06}"))
        .with_prefix("igny8_")
        .with_label(format!("robot {} of shop {number}", number % 10));
    let end = |days: u64| now.saturating_add(Duration::from_secs(days * 86_400));
    match number % 1_000 {
        7 => key.with_expires_at(end(3)),
        8..500 => key.with_expires_at(end(400)),
        _ => key,
    }
}
