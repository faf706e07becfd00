//! Requests as the inputs of targets write them down.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use portcullis::authenticator::decide;
use portcullis::request::{BodyGate, Carriers, RequestTarget, RequestView};
use portcullis::{Authenticator, Outcome, Timestamp};

/// When every request arrives.
pub const NOW: i64 = 1_700_000_000;

/// Stores in memory never wait.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a store in memory waited"),
    }
}

/// Its first line, its headers a line each, an empty line, and the body.
pub struct Request<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub query: Option<&'a str>,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: &'a [u8],
}

impl<'a> Request<'a> {
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let end = bytes.windows(2).position(|pair| pair == b"\n\n")?;
        let mut lines = bytes[..end].split(|byte| *byte == b'\n');
        let (method, target) = std::str::from_utf8(lines.next()?).ok()?.split_once(' ')?;
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let headers = lines.map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let name = std::str::from_utf8(&line[..colon]).ok()?.to_ascii_lowercase();
            Some((name, line[colon + 1..].trim_ascii().to_vec()))
        });
        Some(Self { method, path, query, headers: headers.collect::<Option<_>>()?, body: &bytes[end + 2..] })
    }

    /// The only value of a header of a request that was accepted.
    pub fn header(&self, name: &str) -> &str {
        let mut found = self.headers.iter().filter(|(held, _)| held == name);
        let value = found.next().unwrap_or_else(|| panic!("accepted without {name}"));
        assert!(found.next().is_none(), "accepted with {name} twice");
        std::str::from_utf8(&value.1).expect("accepted with other bytes")
    }

    pub fn is_accepted(&self, authenticator: &impl Authenticator) -> bool {
        let gate = BodyGate::delivered(bytes::Bytes::copy_from_slice(self.body));
        let target = RequestTarget::new(self.method, self.path, self.query);
        let view = RequestView::new(target, &self.headers, &gate, Timestamp::from_unix_seconds(NOW));
        let mut carriers = Carriers::new();
        authenticator.carriers(&mut carriers);
        matches!(now(decide(authenticator, &carriers, &view)), Ok(Outcome::Authenticated(_)))
    }
}
