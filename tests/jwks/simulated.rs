//! An issuer without a network, on tokio's clock: started paused, it moves by itself to the
//! next moment at which something happens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use portcullis::client::{ClientFn, HttpClient, HttpClientError, ResponseLimits};
use portcullis::jwt::{JwksClient, JwksClientBuilder};
use portcullis::{Clock, Timestamp};
use tokio::time::{Instant, sleep, timeout};

use crate::keys::{Key, set};

pub(crate) const URL: &str = "https://id.example/keys";

/// What the issuer does when a page is asked for.
#[derive(Clone, Debug)]
pub(crate) enum Does {
    Answer(u16, Vec<(&'static str, String)>, String),
    /// Answers with 304 whoever has this tag, and others with the document.
    Tagged(&'static str, String),
    Hang,
    HangUp,
    Panic,
}

/// A request that was made.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
}

#[derive(Debug, Default)]
struct Pages {
    pages: HashMap<String, Does>,
    delay: Duration,
    asked: Vec<Asked>,
    /// How many requests are being answered.
    open: usize,
    most_open: usize,
}

/// An issuer. Its clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Issuer(Arc<Mutex<Pages>>);

impl Issuer {
    /// One that publishes `keys` at [`URL`].
    pub(crate) fn with(keys: &[&Key]) -> Self {
        let issuer = Self::default();
        issuer.publish(keys);
        issuer
    }

    pub(crate) fn publish(&self, keys: &[&Key]) {
        self.does(URL, Does::Answer(200, Vec::new(), set(keys)));
    }

    pub(crate) fn does(&self, url: &str, does: Does) {
        self.pages().pages.insert(url.to_owned(), does);
    }

    pub(crate) fn fails(&self) {
        self.does(URL, Does::Answer(503, Vec::new(), String::new()));
    }

    /// Takes so long for every answer from now on.
    pub(crate) fn takes(&self, delay: Duration) {
        self.pages().delay = delay;
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.pages().asked.clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.pages().asked.len()
    }

    pub(crate) fn open(&self) -> usize {
        self.pages().open
    }

    /// How many requests were being answered at the same time.
    pub(crate) fn most_open(&self) -> usize {
        self.pages().most_open
    }

    /// Sleeps until the fetch by schedule is under way.
    pub(crate) async fn until_asked_by(&self, client: &JwksClient) {
        sleep(client.state().next_refresh.expect("a schedule")).await;
        while self.open() == 0 {
            sleep(Duration::from_millis(1)).await;
        }
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().expect("pages")
    }

    async fn answer(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpClientError> {
        let url = request.uri().to_string();
        let (does, delay) = {
            let mut pages = self.pages();
            let does = pages.pages.get(&url).cloned();
            let headers = request.headers().clone();
            pages.asked.push(Asked { url, headers });
            pages.open += 1;
            pages.most_open = pages.most_open.max(pages.open);
            (does, pages.delay)
        };
        let _open = Open(self.clone());
        sleep(delay).await;
        let (status, headers, body) = match does {
            None => (404, Vec::new(), String::new()),
            Some(Does::Hang) => std::future::pending().await,
            Some(Does::HangUp) => return Err(HttpClientError::failed("the connection was closed")),
            Some(Does::Panic) => panic!("a client that panics"),
            Some(Does::Answer(status, headers, body)) => (status, headers, body),
            Some(Does::Tagged(tag, body)) => {
                let has = request.headers().get_all("if-none-match").iter().any(|held| held == tag);
                let headers = vec![("etag", tag.to_owned())];
                if has { (304, headers, String::new()) } else { (200, headers, body) }
            }
        };
        let mut answer = Response::new(Bytes::from(body));
        *answer.status_mut() = status.try_into().expect("status");
        for (name, value) in headers {
            answer.headers_mut().append(name, value.parse().expect("value"));
        }
        Ok(answer)
    }

    /// A client that has no connection to anybody else.
    pub(crate) fn client(&self) -> impl HttpClient + use<> {
        let issuer = self.clone();
        ClientFn::new(move |request: Request<Bytes>, limits: ResponseLimits| {
            let issuer = issuer.clone();
            async move {
                let answer = timeout(limits.time, issuer.answer(request)).await;
                answer.unwrap_or(Err(HttpClientError::TimedOut))
            }
        })
    }

    /// A client that keeps no limits.
    pub(crate) fn careless_client(&self) -> impl HttpClient + use<> {
        let issuer = self.clone();
        ClientFn::new(move |request: Request<Bytes>, _: ResponseLimits| {
            let issuer = issuer.clone();
            async move { issuer.answer(request).await }
        })
    }

    pub(crate) fn builder(&self, clock: &Time) -> JwksClientBuilder {
        JwksClient::builder(URL).with_http_client(self.client()).with_clock(clock.clone())
    }
}

/// Counts a request as open until its answer is there, or nobody waits for it any more.
struct Open(Issuer);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.pages().open -= 1;
    }
}

/// The time of day by tokio's clock.
#[derive(Clone, Debug)]
pub(crate) struct Time(Instant);

impl Time {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for Time {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(1_700_000_000).saturating_add(self.0.elapsed())
    }
}

/// An issuer that publishes `keys`, the time, and a client that has them.
pub(crate) async fn started(keys: &[&Key]) -> (Issuer, Time, JwksClient) {
    let (issuer, time) = (Issuer::with(keys), Time::start());
    let client = issuer.builder(&time).start().await.expect("client");
    (issuer, time, client)
}
