//! The layer and its settings.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tower_layer::Layer;

use super::redirect;
use super::server::Server;
use super::service::Sign;
use crate::guard::BodyLimits;
use crate::sign::{InvalidOrigin, RequestSigner};
use crate::{Clock, SystemClock};

/// Signs requests as they go out; the rules are those of the [module](super).
///
/// ```
/// use bytes::Bytes;
/// use http_body_util::Full;
/// use hyper_util::{client::legacy::Client, rt::TokioExecutor};
/// use portcullis::sign::BearerSigner;
/// use portcullis::tower::sign::SignLayer;
/// use tower::Layer;
///
/// let signer = BearerSigner::new(&"a-token".into())?;
/// let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
/// let client = SignLayer::for_origin("https://api.example", signer)?.layer(client);
/// # let _ = client;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SignLayer(Arc<Settings>);

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) signer: Arc<dyn RequestSigner>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) origins: Origins,
    pub(super) others: Others,
    pub(super) learning: Learning,
    pub(super) body: BodyLimits,
}

#[derive(Clone, Debug)]
pub(super) enum Origins {
    These(Vec<Server>),
    Any,
}

/// What becomes of requests for other origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Others {
    Refuse,
    PassUnsigned,
}

/// Whose `Date` is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Learning {
    OverTls,
    Always,
}

impl SignLayer {
    /// The longest body that is read unless something else is said: 2 MiB.
    pub const DEFAULT_BODY_LIMIT: usize = 2 * 1024 * 1024;

    /// Signs requests for this origin, `https://api.example` or `https://api.example:8443`, and
    /// refuses others.
    ///
    /// # Errors
    /// When `origin` is not a scheme (`https` or `http`), a host and perhaps a port.
    pub fn for_origin(origin: &str, signer: impl RequestSigner) -> Result<Self, InvalidOrigin> {
        let servers = vec![Server::new(redirect::origin(origin)?)];
        Ok(Self::with_origins(Origins::These(servers), signer))
    }

    /// Signs requests for whatever origin. The danger: whoever names the URL is sent a
    /// credential, and a redirect does that. No clock is learned.
    #[must_use]
    pub fn dangerous_for_any_origin(signer: impl RequestSigner) -> Self {
        crate::trace::danger("signing: any origin");
        Self::with_origins(Origins::Any, signer)
    }

    fn with_origins(origins: Origins, signer: impl RequestSigner) -> Self {
        Self(Arc::new(Settings {
            signer: Arc::new(signer),
            clock: Arc::new(SystemClock),
            origins,
            others: Others::Refuse,
            learning: Learning::OverTls,
            body: BodyLimits::of(Self::DEFAULT_BODY_LIMIT),
        }))
    }

    fn settings(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.0)
    }

    /// Signs requests for this origin too.
    ///
    /// # Errors
    /// When `origin` is none.
    pub fn add_origin(mut self, origin: &str) -> Result<Self, InvalidOrigin> {
        let server = Server::new(redirect::origin(origin)?);
        if let Origins::These(servers) = &mut self.settings().origins {
            servers.push(server);
        }
        Ok(self)
    }

    /// Passes requests for other origins on, unsigned and without any credential that they
    /// have: `Authorization`, `Cookie`, and every header that is marked as sensitive. An answer
    /// that could lead from there to an origin that is signed for is an error.
    #[must_use]
    pub fn pass_others_unsigned(mut self) -> Self {
        self.settings().others = Others::PassUnsigned;
        self
    }

    /// Believes the `Date` of a 401 over plain `http` too. The danger: whoever is on the way
    /// says at which time requests are signed, and keeps them for a time when they are good.
    #[must_use]
    pub fn dangerous_learn_clock_without_tls(mut self) -> Self {
        crate::trace::danger("signing: clock without tls");
        self.settings().learning = Learning::Always;
        self
    }

    /// Takes the time from `clock` instead of the system.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.settings().clock = Arc::new(clock);
        self
    }

    /// The longest body that is signed, in bytes: [2 MiB](Self::DEFAULT_BODY_LIMIT) without this.
    /// It must come [in time](Self::with_body_timeout) too.
    #[must_use]
    pub fn with_body_limit(mut self, bytes: usize) -> Self {
        self.settings().body.bytes = bytes;
        self
    }

    /// How long the application may take for a body, from the first wait to its end: 30 seconds
    /// without this, and for ever with [`Duration::MAX`]. After that nothing is sent, and the error is
    /// [`SignLayerError::Body`](super::SignLayerError::Body) with
    /// [`TooSlow`](crate::request::BodyFailure::TooSlow).
    ///
    /// Outside of a Tokio runtime no body is timed; in one, timers must be on, or the first wait
    /// panics.
    #[must_use]
    pub fn with_body_timeout(mut self, timeout: Duration) -> Self {
        self.settings().body.timeout = timeout;
        self
    }
}

impl<S> Layer<S> for SignLayer {
    type Service = Sign<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Sign::new(inner, Arc::clone(&self.0))
    }
}

impl fmt::Debug for SignLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignLayer")
            .field("signer", &self.0.signer)
            .field("origins", &self.0.origins)
            .field("others", &self.0.others)
            .field("learning", &self.0.learning)
            .finish_non_exhaustive()
    }
}
