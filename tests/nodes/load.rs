//! Clients that ask two nodes all the time, each for something else.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portcullis::Secret;
use portcullis::store::issuing::forge;
use portcullis::x_auth::XAuthSigner;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::client::{Ask, Client, me, pause, signed_order};
use crate::node::Node;
use crate::places::{Keys, Place, api_key, signing_key};

/// How many keys there are that a node has not seen yet.
const UNSEEN: usize = 1_500;
/// Between two requests of one kind to one node.
const PAUSE: Duration = Duration::from_millis(10);
/// So many answers in a row that are no 503 show that all is well.
const WELL: usize = 20;
/// Longer than anything takes: what takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a signature is good for: for longer than a test takes.
const LIFE: Duration = Duration::from_secs(500);

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One good key, again and again.
    Cached,
    /// A good key that the node has never seen, each time another.
    Unseen,
    /// A key that nobody has issued, each time another.
    Stranger,
    /// A POST that is signed with a good key, each time another.
    Signed,
    /// A good key whose uses are counted.
    Limited,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] =
        [Self::Cached, Self::Unseen, Self::Stranger, Self::Signed, Self::Limited];

    /// What it is answered where nothing is amiss.
    pub(crate) const fn served(self) -> u16 {
        match self {
            Self::Stranger => 401,
            _ => 200,
        }
    }
}

/// One request and its answer.
pub(crate) struct Seen {
    pub(crate) kind: Kind,
    pub(crate) node: usize,
    /// When it was sent and when it was answered, since the load began.
    pub(crate) sent: Duration,
    pub(crate) answered: Duration,
    pub(crate) status: u16,
    pub(crate) ask: Ask,
}

/// How it goes for one kind at one node.
#[derive(Default)]
struct Standing {
    /// How many answers in a row were no 503, and how many were one.
    well: AtomicUsize,
    away: AtomicUsize,
}

/// A load that goes on until it is ended.
pub(crate) struct Load {
    begun: Instant,
    goes_on: Arc<AtomicBool>,
    standings: Vec<(Kind, Arc<Standing>)>,
    asking: JoinSet<Vec<Seen>>,
}

impl Load {
    /// Issues what it needs, and begins.
    pub(crate) async fn begin<K: Keys>(place: &Place<K>, nodes: &[Node; 2]) -> Self {
        let mut unseen = Vec::new();
        while unseen.len() < UNSEEN {
            let issued = place.keys.issue_many(100, api_key).await;
            unseen.extend(issued.into_iter().map(|key| me(&key.secret)));
        }
        let cached = me(&place.keys.issue_one(api_key()).await.secret);
        let limit = portcullis::Limits::none().with(1_000_000, Duration::from_secs(366 * 24 * 3_600));
        let limited = place.keys.issue_one(api_key().with_limits(limit.expect("a limit"))).await;
        let signing = place.keys.issue_one(signing_key()).await;
        let signer = XAuthSigner::new(signing.id, &signing.secret).with_life(LIFE);

        let mut load = Self {
            begun: Instant::now(),
            goes_on: Arc::new(AtomicBool::new(true)),
            standings: Vec::new(),
            asking: JoinSet::new(),
        };
        for (at, node) in nodes.iter().enumerate() {
            let unseen = Mutex::new(VecDeque::from(unseen.clone()));
            let source = Source {
                cached: cached.clone(),
                limited: me(&limited.secret),
                signer: signer.clone(),
                node: at,
                numbers: AtomicUsize::new(0),
                unseen,
            };
            let source = Arc::new(source);
            for kind in Kind::ALL {
                load.ask(kind, node, Arc::clone(&source));
            }
        }
        load
    }

    fn ask(&mut self, kind: Kind, node: &Node, source: Arc<Source>) {
        let standing = Arc::new(Standing::default());
        self.standings.push((kind, Arc::clone(&standing)));
        let (begun, goes_on, address) = (self.begun, Arc::clone(&self.goes_on), node.address());
        self.asking.spawn(async move {
            let mut client = Client::connect(address).await;
            let mut pause = pause(PAUSE);
            let mut all = Vec::new();
            while goes_on.load(Ordering::Relaxed) {
                pause.tick().await;
                let ask = source.next(kind);
                let sent = begun.elapsed();
                let status = client.ask(&ask).await.status.as_u16();
                if status == 503 {
                    standing.away.fetch_add(1, Ordering::Relaxed);
                    standing.well.store(0, Ordering::Relaxed);
                    source.give_back(kind, &ask);
                } else {
                    standing.well.fetch_add(1, Ordering::Relaxed);
                }
                all.push(Seen { kind, node: source.node, sent, answered: begun.elapsed(), status, ask });
            }
            all
        });
    }

    /// What time it is since it began.
    pub(crate) fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Waits until each of these kinds has met a 503 on both nodes since this was called; if
    /// there are none, for two seconds.
    pub(crate) async fn until_away(&self, kinds: &[Kind]) {
        let all = || self.standings.iter().filter(|(kind, _)| kinds.contains(kind));
        for (_, standing) in all() {
            standing.away.store(0, Ordering::Relaxed);
        }
        // What was under way may be the first.
        self.until("away", || all().all(|(_, standing)| standing.away.load(Ordering::Relaxed) >= 2)).await;
    }

    /// Waits until every kind is served on both nodes, for a while.
    pub(crate) async fn until_well(&self) {
        for (_, standing) in &self.standings {
            standing.well.store(0, Ordering::Relaxed);
        }
        let all = || self.standings.iter();
        self.until("well", || all().all(|(_, standing)| standing.well.load(Ordering::Relaxed) >= WELL)).await;
    }

    async fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let begun = Instant::now();
        while !holds() {
            assert!(begun.elapsed() < PATIENCE, "it is not {what}: {}", self.describe());
            sleep(PAUSE).await;
        }
    }

    fn describe(&self) -> String {
        let one = |(kind, standing): &(Kind, Arc<Standing>)| {
            let [well, away] = [&standing.well, &standing.away].map(|count| count.load(Ordering::Relaxed));
            format!("{kind:?} well {well}, away {away}; ")
        };
        self.standings.iter().map(one).collect()
    }

    /// Ends it: everything that was asked and answered.
    pub(crate) async fn end(self) -> Vec<Seen> {
        self.goes_on.store(false, Ordering::Relaxed);
        self.asking.join_all().await.into_iter().flatten().collect()
    }
}

/// What is asked of one node.
struct Source {
    cached: Ask,
    limited: Ask,
    signer: XAuthSigner,
    node: usize,
    numbers: AtomicUsize,
    unseen: Mutex<VecDeque<Ask>>,
}

impl Source {
    fn next(&self, kind: Kind) -> Ask {
        match kind {
            Kind::Cached => self.cached.clone(),
            Kind::Limited => self.limited.clone(),
            Kind::Unseen => self.unseen.lock().expect("keys").pop_front().expect("a key that is left"),
            Kind::Stranger => me(&nobodys()),
            Kind::Signed => {
                let number = self.numbers.fetch_add(1, Ordering::Relaxed);
                signed_order(&self.signer, &format!("{} of {}", number, self.node))
            }
        }
    }

    /// A key that the node could not look up is one that it has never seen.
    fn give_back(&self, kind: Kind, ask: &Ask) {
        if kind == Kind::Unseen {
            self.unseen.lock().expect("keys").push_back(ask.clone());
        }
    }
}

/// A key of the right form that nobody has issued.
pub(crate) fn nobodys() -> Secret {
    forge(&api_key()).expect("a key").secret.into_secret()
}
