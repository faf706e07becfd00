//! What PostgreSQL promises besides what every store in SQL does: what happens when the
//! connection is cut, and how often it is spoken to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use portcullis::store::postgres::PostgresKeyStore;
use portcullis::store::{
    AdminError, Change, ChangeFeed, ChangeListener, ChangeMessage, KeyAdmin, KeyQuery, KeyStore,
    LegacyKeyStore, OwnerRef, RoleStore, SiteDirectory, StoreError,
};
use portcullis::{AccountId, Scheme, Secret, SiteId, UserId};
use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use crate::backends::master;
use crate::databases::{Database, Postgres};
use crate::fixtures::*;

/// Stands between a store and the server, counts how often the server is spoken to, and
/// cuts the connection, or swallows what is said, when it was asked to.
struct Between {
    url: String,
    turns: Arc<AtomicUsize>,
    last: Arc<AtomicUsize>,
    hang_up: Arc<Notify>,
    silent: Arc<AtomicBool>,
}

impl Between {
    async fn start(place: &Postgres) -> Self {
        let options: PgConnectOptions = place.url().parse().expect("a URL");
        let server = (options.get_host().to_owned(), options.get_port());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let url = place.url().replacen(&format!("{}:{}", server.0, server.1), &address.to_string(), 1);
        assert_ne!(url, place.url(), "DATABASE_URL names a host and a port");
        let (turns, last) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(usize::MAX)));
        let counters = (Arc::clone(&turns), Arc::clone(&last));
        let hang_up = Arc::new(Notify::new());
        let (hung_up, silent) = (Arc::clone(&hang_up), Arc::new(AtomicBool::new(false)));
        let swallows = Arc::clone(&silent);
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.expect("a client");
                let server = TcpStream::connect(&server).await.expect("the server");
                let passing = pass(client, server, counters.clone(), Arc::clone(&swallows));
                let hung_up = Arc::clone(&hung_up);
                tokio::spawn(async move {
                    tokio::select! {
                        () = passing => {}
                        () = hung_up.notified() => {}
                    }
                });
            }
        });
        Self { url, turns, last, hang_up, silent }
    }

    /// Cuts the connection instead of passing on what is said after so many turns.
    fn cut_after(&self, turns: usize) {
        self.last.store(self.turns.load(Ordering::SeqCst).saturating_add(turns), Ordering::SeqCst);
    }

    fn heal(&self) {
        self.last.store(usize::MAX, Ordering::SeqCst);
    }

    async fn store(&self) -> PostgresKeyStore {
        PostgresKeyStore::connect(&self.url, master()).await.expect("the database")
    }
}

/// A turn is whatever the client says between two answers.
async fn pass(
    mut client: TcpStream,
    mut server: TcpStream,
    (turns, last): (Arc<AtomicUsize>, Arc<AtomicUsize>),
    silent: Arc<AtomicBool>,
) {
    let (mut said, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let mut answering = true;
    loop {
        tokio::select! {
            count = client.read(&mut said) => {
                let Ok(count @ 1..) = count else { return };
                if silent.load(Ordering::SeqCst) { continue }
                if std::mem::take(&mut answering) && turns.fetch_add(1, Ordering::SeqCst) >= last.load(Ordering::SeqCst) {
                    return;
                }
                if server.write_all(&said[..count]).await.is_err() { return }
            }
            count = server.read(&mut answered) => {
                let Ok(count @ 1..) = count else { return };
                if silent.load(Ordering::SeqCst) { continue }
                answering = true;
                if client.write_all(&answered[..count]).await.is_err() { return }
            }
        }
    }
}

/// On one thread nothing else is said between the answer and the count. What the pool says
/// to a connection that comes back to it is waited for before the next look-up.
#[tokio::test]
async fn a_look_up_is_one_round_trip() {
    let place = Postgres::fresh().await;
    let direct = place.open().await;
    let (opaque, signing) = (issue(&direct, api_key()).await, issue(&direct, signing_key()).await);
    direct.add_user(&UserId::from("ada"), None).await.expect("added");
    import(&direct, IMPORTED).await;
    let between = Between::start(&place).await;
    let store = between.store().await;
    let rested = async || {
        while store.pool().num_idle() < store.pool().size() as usize {
            tokio::task::yield_now().await;
        }
        between.turns.load(Ordering::SeqCst)
    };
    for round in 0..5 {
        let mut spoken = Vec::new();
        macro_rules! count {
            ($($look_up:expr;)+) => {$(
                let before = rested().await;
                assert!($look_up);
                spoken.push(between.turns.load(Ordering::SeqCst) - before);
            )+};
        }
        count! {
            find_key(&store, &opaque.secret).await.is_some();
            find_key(&store, &Secret::from("no such key, but as long as one")).await.is_none();
            find_id(&store, Scheme::XAuth, signing.id.as_str()).await.is_some();
            store.rights_of("ada").await.expect("an answer").is_some();
            store.account_of_site(&SiteId::from("absent")).await.expect("an answer").is_none();
            store.change_number().await.expect("an answer") > 0;
            legacy_key(&store, IMPORTED).await.expect("an answer").is_some();
            legacy_key(&store, "no such key").await.expect("an answer").is_none();
        }
        // The first time, the statement is prepared.
        assert!(round == 0 || spoken == [1; 8], "round {round}: {spoken:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_cut_anywhere_in_a_change_leaves_a_whole_key_or_none() {
    let place = Postgres::fresh().await;
    let direct = place.open().await;
    let between = Between::start(&place).await;
    let (mut refused, mut kept) = (0, 0);
    for turns in 0.. {
        let id = format!("k{turns}");
        let store = between.store().await;
        between.cut_after(turns);
        let answer = store.issue(signing_key().with_id(&*id), at(0)).await;
        between.heal();
        let found = find_id(&direct, Scheme::XAuth, &id).await;
        let there = Postgres::count(&place, &format!("keys WHERE id = '{id}'")).await;
        match answer {
            Ok(issued) => {
                assert!(found.is_some_and(|found| signs_with(&found, &issued.secret, at(0))));
                kept += 1;
            }
            Err(error) => {
                assert!(matches!(error, AdminError::Store(StoreError::Unavailable(_))), "{error:?}");
                // Cut behind the commit, it is whole; before, it is not there.
                assert_eq!(there, usize::from(found.is_some()), "after {turns} turns");
                refused += 1;
            }
        }
        if kept == 2 {
            break;
        }
    }
    assert!(refused > 5, "{refused} were refused");
    let whole = Postgres::count(&place, "keys k JOIN key_secrets x ON x.key = k.number").await;
    assert_eq!(whole, Postgres::count(&place, "keys").await);
    let number = usize::try_from(direct.change_number().await.expect("a number")).expect("small");
    assert_eq!(number, whole, "a change that was undone is not counted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_cut_anywhere_in_an_adoption_leaves_the_hash_or_the_text() {
    let place = Postgres::fresh().await;
    let direct = place.open().await;
    let between = Between::start(&place).await;
    let (mut refused, mut adopted) = (0, 0);
    for turns in 0.. {
        let text = format!("{IMPORTED}{turns}");
        let key = import(&direct, &text).await;
        let before = direct.change_number().await.expect("a number");
        let store = between.store().await;
        between.cut_after(turns);
        let answer = store.adopt(&key, &sha512(&text), &Secret::from(text.as_str())).await;
        between.heal();
        let by_text = find_key(&direct, &Secret::from(text.as_str())).await.is_some();
        let by_hash = legacy_key(&direct, &text).await.expect("an answer").is_some();
        assert!(by_text != by_hash && (by_text || answer.is_err()), "after {turns} turns");
        let counted = direct.change_number().await.expect("a number") - before;
        assert_eq!(counted, u64::from(by_text), "after {turns} turns");
        match answer {
            Ok(()) => adopted += 1,
            Err(AdminError::Store(StoreError::Unavailable(_))) => refused += 1,
            Err(error) => panic!("{error:?}"),
        }
        if adopted == 2 {
            break;
        }
    }
    assert!(refused > 5, "{refused} were refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_up_that_is_cut_off_is_an_error_and_the_next_one_finds() {
    let place = Postgres::fresh().await;
    let issued = issue(&place.open().await, signing_key()).await;
    let between = Between::start(&place).await;
    let store = between.store().await;
    let (realm, id) = (portcullis::Realm::default(), issued.id.as_str());
    let handle = portcullis::store::KeyHandle::Id { realm: &realm, scheme: Scheme::XAuth, id };
    assert!(store.find(&handle).await.expect("an answer").is_some());
    between.cut_after(0);
    assert!(matches!(store.find(&handle).await, Err(StoreError::Unavailable(_))));
    between.heal();
    assert!(store.find(&handle).await.expect("an answer").is_some());
}

#[tokio::test]
async fn the_schema_keeps_keys_from_being_emptied() {
    let place = Postgres::fresh().await;
    keep(&place.open().await, api_key()).await;
    assert!(place.run("TRUNCATE keys CASCADE").await.is_err());
    assert_eq!(place.count("keys").await, 1);
}

#[tokio::test]
async fn names_are_in_the_order_of_their_bytes() {
    let place = Postgres::fresh().await;
    let store = place.open().await;
    for id in ["b", "B", "a-b", "aa", "A"] {
        keep(&store, api_key().with_id(id)).await;
    }
    let list = store.list(&KeyQuery::new(portcullis::Realm::default()), at(0)).await.expect("a list");
    assert_eq!(list.iter().map(|key| key.id.as_str()).collect::<Vec<_>>(), ["A", "B", "a-b", "aa", "b"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_is_cut_off_says_so_and_hears_nothing_more() {
    let place = Postgres::fresh().await;
    let direct = place.open().await;
    let between = Between::start(&place).await;
    let store = between.store().await;
    let mut listener = store.listen().await.expect("a listener");
    direct.add_account(&AccountId::from("a")).await.expect("added");
    assert_eq!(listener.next().await.expect("a message").number, 1);
    between.hang_up.notify_waiters();
    for _ in 0..2 {
        assert!(matches!(listener.next().await, Err(StoreError::Unavailable(_))));
    }
    direct.add_account(&AccountId::from("b")).await.expect("added");
    let mut again = store.listen().await.expect("a listener");
    assert_eq!(direct.change_number().await.expect("a number"), 2, "what was missed");
    direct.add_account(&AccountId::from("c")).await.expect("added");
    assert_eq!(again.next().await.expect("a message").number, 3);
}

/// As a load balancer or a NAT does that has forgotten an idle connection. It takes as long
/// as the silence that a listener bears, and what it then waits for an answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_whose_connection_is_cut_without_a_word_says_so_and_one_that_is_only_quiet_hears_on() {
    let place = Postgres::fresh().await;
    let direct = place.open().await;
    let (cut, whole) = (Between::start(&place).await, Between::start(&place).await);
    let mut forgotten = cut.store().await.listen().await.expect("a listener");
    let mut quiet = whole.store().await.listen().await.expect("a listener");
    cut.silent.store(true, Ordering::SeqCst);
    let spoken = whole.turns.load(Ordering::SeqCst);
    let notices = async {
        let noticed = tokio::time::timeout(Duration::from_secs(25), forgotten.next()).await;
        assert!(matches!(noticed, Ok(Err(StoreError::Unavailable(_)))), "{noticed:?}");
        assert!(whole.turns.load(Ordering::SeqCst) > spoken, "the other was asked as well");
        direct.add_account(&AccountId::from("a")).await.expect("added");
    };
    let (heard, ()) = tokio::join!(quiet.next(), notices);
    assert_eq!(heard.expect("a message").number, 1);
    assert!(matches!(forgotten.next().await, Err(StoreError::Unavailable(_))), "it stays lost");
}

#[tokio::test]
async fn of_two_schemas_each_hears_its_own_changes() {
    let (one, other) = (Postgres::fresh().await, Postgres::fresh().await);
    let (one, other) = (one.open().await, other.open().await);
    let mut listener = one.listen().await.expect("a listener");
    let account = OwnerRef::Account(AccountId::from("ours"));
    other.add_account(&AccountId::from("theirs")).await.expect("added");
    one.add_account(&AccountId::from("ours")).await.expect("added");
    let heard = listener.next().await.expect("a message");
    assert_eq!(heard, ChangeMessage { number: 1, change: Change::Owner(account) });
}

#[tokio::test]
async fn a_listener_takes_no_connection_of_the_pool() {
    let place = Postgres::fresh().await;
    let store = place.open().await;
    let mut listeners = Vec::new();
    for _ in 0..12 {
        listeners.push(store.listen().await.expect("a listener"));
    }
    store.add_account(&AccountId::from("a")).await.expect("added");
    for mut listener in listeners {
        assert_eq!(listener.next().await.expect("a message").number, 1);
    }
}
