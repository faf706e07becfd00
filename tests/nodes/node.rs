//! One node: a process of the example.

use std::net::SocketAddr;
use std::time::Duration;

use tempfile::TempDir;

use crate::client::Client;
use crate::places::Place;
use crate::process::{End, Example, command};

/// The longest that anything may take to be heard, on a machine that has much else to do; far
/// sooner than nodes that listen would learn of it by polling.
pub(crate) const LATEST: Duration = Duration::from_secs(5);

/// A node that is up. It is killed when this is dropped.
pub(crate) struct Node {
    process: Example,
    address: SocketAddr,
    _folder: TempDir,
}

impl Node {
    /// Starts several at once, over one place.
    pub(crate) fn start<K, const N: usize>(place: &Place<K>, settings: &[(&str, &str)]) -> [Self; N] {
        let starting: [_; N] = std::array::from_fn(|_| {
            let folder = TempDir::new().expect("a folder");
            let mut command = command("cluster_node", folder.path());
            command.env("PORT", "0").envs(place.settings()).envs(settings.iter().copied());
            (Example::start(command), folder)
        });
        starting.map(|(process, folder)| {
            let (_, address) = process.listening();
            Self { process, address: address.parse().expect("an address"), _folder: folder }
        })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) async fn connect(&self) -> Client {
        Client::connect(self.address).await
    }

    /// Asks it to stop.
    pub(crate) fn terminate(&self) {
        self.process.signal("TERM");
    }

    /// Waits for its end, after it was asked to stop.
    pub(crate) fn end(self) -> End {
        self.process.end()
    }
}

/// One connection to each.
pub(crate) async fn connect_all(nodes: &[Node]) -> Vec<Client> {
    let mut clients = Vec::new();
    for node in nodes {
        clients.push(node.connect().await);
    }
    clients
}
