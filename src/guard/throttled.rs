//! Counting refused credentials.

use super::{Settings, audit, measure};
use crate::AuthError;
use crate::request::RequestView;
use crate::throttle::{Failed, Throttle};
use crate::trace::event;

/// Counts a failure: the error becomes a 429 where there were too many. That a prefix begins
/// to wait is made seen.
pub(super) async fn failed<P>(
    request: &RequestView<'_>,
    error: &mut AuthError,
    throttle: &Throttle,
    settings: &Settings<P>,
) {
    let (peer, now) = (request.peer(), request.received_at());
    let refused = std::mem::replace(error, AuthError::new(error.reason()));
    let Failed { error: answered, began } = throttle.failed(refused, peer, now).await;
    *error = answered;
    if let Some(began) = began {
        let (network, seconds) = (began.network, began.wait.as_secs());
        event!(warn, %network, seconds, "too many credentials failed: these addresses have to wait");
        let _ = (network, seconds);
        measure::waits();
        audit::throttled(request, began, settings);
    }
}
