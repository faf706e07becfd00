//! PostgreSQL and Redis for tests: the ones that a whole run shares, and servers of a test's
//! own, which it may stop, start and kill. Nothing here skips: what is missing is a panic.

#![allow(dead_code, clippy::expect_used, reason = "a test may panic, and not every one needs all of it")]

use std::io::{BufRead, BufReader, Write};
use std::marker::PhantomData;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// The PostgreSQL that this run shares, as superuser: `postgres://...`.
///
/// # Panics
///
/// Without one: a test of a store never passes because its server is missing.
pub(crate) fn postgres_url() -> String {
    shared("DATABASE_URL")
}

/// The Redis that this run shares: `redis://...`.
///
/// # Panics
///
/// Without one, as [`postgres_url`].
pub(crate) fn redis_url() -> String {
    shared("REDIS_URL")
}

fn shared(name: &str) -> String {
    match std::env::var(name) {
        Ok(url) if !url.is_empty() => url,
        _ => panic!("{name} is not set: run the tests through scripts/test or scripts/with-servers"),
    }
}

/// A PostgreSQL of one test's own: empty, durable, 300 connections.
pub(crate) type OwnPostgres = Own<Postgres>;
/// A Redis of one test's own: empty, every write on disk before it is answered.
pub(crate) type OwnRedis = Own<Redis>;

/// A server that a test may stop, start and kill. It runs on a free port of 127.0.0.1, which
/// stays the same for its life. It goes, with its data, when this is dropped, and also when
/// the process of the test ends in any other way.
///
/// All calls block until what they do is done; PostgreSQL takes a second or two to make. A test
/// that keeps up a load meanwhile calls them from `tokio::task::spawn_blocking`, or from a
/// runtime of several threads. After a panic of one of them the server is in an unknown state.
pub(crate) struct Own<K> {
    keeper: Mutex<Keeper>,
    url: String,
    kind: PhantomData<K>,
}

/// What kind of server it is.
pub(crate) trait Kind {
    /// As `scripts/server` calls it.
    const NAME: &'static str;
}

pub(crate) enum Postgres {}
pub(crate) enum Redis {}

impl Kind for Postgres {
    const NAME: &'static str = "postgres";
}

impl Kind for Redis {
    const NAME: &'static str = "redis";
}

impl<K: Kind> Own<K> {
    /// Makes one and starts it.
    pub(crate) fn new() -> Self {
        let mut keeper = Keeper::new(K::NAME);
        let url = keeper.up("start");
        Self { keeper: Mutex::new(keeper), url, kind: PhantomData }
    }

    /// Where it listens, or will again.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Stops it in good order: connections are cut, what was answered is kept.
    pub(crate) fn stop(&self) {
        self.with(|keeper| keeper.down("stop"));
    }

    /// Starts it again, on the same port with the same data; returns when it answers. It may
    /// run already.
    pub(crate) fn start(&self) {
        let url = self.with(|keeper| keeper.up("start"));
        assert_eq!(url, self.url, "it has moved");
    }

    /// `kill -9` for all its processes, with no time to write anything.
    pub(crate) fn kill_nine(&self) {
        self.with(|keeper| keeper.down("kill"));
    }

    fn with<T>(&self, act: impl FnOnce(&mut Keeper) -> T) -> T {
        act(&mut self.keeper.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The process of `scripts/server` that keeps one server. It lives as long as the pipe to it.
struct Keeper {
    child: Child,
    answers: BufReader<ChildStdout>,
}

impl Keeper {
    fn new(kind: &str) -> Self {
        let mut child = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/server"))
            .arg(kind)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("scripts/server, which needs python3");
        let answers = BufReader::new(child.stdout.take().expect("its output"));
        Self { child, answers }
    }

    fn up(&mut self, order: &str) -> String {
        let answer = self.ask(order);
        answer.strip_prefix("up ").unwrap_or_else(|| panic!("{order}: {answer}")).to_owned()
    }

    fn down(&mut self, order: &str) {
        let answer = self.ask(order);
        assert_eq!(answer, "down", "{order}");
    }

    fn ask(&mut self, order: &str) -> String {
        let input = self.child.stdin.as_mut().expect("its input");
        // One that has ended says nothing, which is seen below.
        let _ = writeln!(input, "{order}");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("its output");
        assert!(
            answer.ends_with('\n'),
            "{order}: scripts/server has ended, with its reason on standard error"
        );
        answer.trim_end().to_owned()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // Waiting closes the pipe first, which is what ends it.
        let _ = self.child.wait();
    }
}
