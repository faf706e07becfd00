//! Asking the upstream, with its key.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use portcullis::Timestamp;
use portcullis::client::{HttpClient, ResponseLimits};
use portcullis::outbound::{Origin, OutboundHeader, UpstreamFailure, UpstreamGuard};
use portcullis::sign::SignExt;
use portcullis::store::memory::MemoryCounterStore;

use super::answer::Answer;
use super::json::{JSON, is_json};
use super::limiter::Limiter;
use super::settings::{KEY, Settings};

/// The longest answer, and how long it may take.
const LONGEST: ResponseLimits = ResponseLimits::new(1 << 20, Duration::from_secs(10));

/// The upstream. Its clones are the same, with the same counts.
#[derive(Clone)]
pub(super) struct Upstream(Arc<Shared>);

struct Shared {
    client: Arc<dyn HttpClient>,
    origin: Origin,
    key: OutboundHeader,
    guard: UpstreamGuard,
    limiter: Limiter,
}

/// What is asked of it.
pub(super) struct Question {
    pub(super) method: Method,
    /// The path with its query, as it goes out.
    pub(super) target: String,
    /// JSON, or nothing.
    pub(super) body: Bytes,
}

impl Upstream {
    pub(super) fn new(
        settings: &Settings,
        client: Arc<dyn HttpClient>,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let (secrets, origin) = (settings.secrets.clone(), settings.origin.clone());
        let template = format!("Api-Key ${{{KEY}}}");
        let key = OutboundHeader::authorization(secrets.clone(), origin.clone(), &template)?;
        key.check()?;
        let guard = UpstreamGuard::new("wisphub").with_headers([CONTENT_TYPE]).with_secrets(secrets);
        let limiter = Limiter::new(MemoryCounterStore::new(), settings.limits.clone());
        Ok(Self(Arc::new(Shared { client, origin, key, guard, limiter })))
    }

    /// Asks once. Whatever goes wrong is an answer for the client too.
    pub(super) async fn ask(&self, question: Question, now: Timestamp) -> Answer {
        self.data(question, now).await.unwrap_or_else(Answer::from)
    }

    async fn data(&self, question: Question, now: Timestamp) -> Result<Answer, UpstreamFailure> {
        let Shared { client, guard, limiter, .. } = &*self.0;
        let request = self.request(question, now)?;
        limiter.take(now).await?;
        let answer = client.send(request, LONGEST).await.map_err(|error| guard.unreachable(&error))?;
        let answer = guard.check(answer, now)?;
        let (head, body) = answer.into_parts();
        if !head.status.is_success() {
            // It is about what the client asked, and says so in words for the upstream's users.
            return Ok(Answer::failed(head.status));
        }
        if head.status != StatusCode::NO_CONTENT && !is_json(&head.headers) {
            tracing::warn!("the upstream answered with something else than JSON");
            return Err(UpstreamFailure::Failed);
        }
        Ok(Answer::data(head.status, body))
    }

    /// The request as it goes out: with this service's headers, and none of the client's.
    fn request(&self, question: Question, now: Timestamp) -> Result<Request<Bytes>, UpstreamFailure> {
        let uri = format!("{}{}", self.0.origin, question.target);
        let mut request = Request::builder().method(question.method).uri(uri).header(ACCEPT, JSON);
        if !question.body.is_empty() {
            request = request.header(CONTENT_TYPE, JSON);
        }
        let request = request.body(question.body).map_err(|error| unsent(&error))?;
        request.signed_by(&self.0.key, now).map_err(|error| unsent(&error))
    }
}

fn unsent(error: &(dyn Error + 'static)) -> UpstreamFailure {
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    tracing::error!(%error, cause, "nothing was sent to the upstream");
    UpstreamFailure::Failed
}
