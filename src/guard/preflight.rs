//! The question that browsers ask before a request from another origin.

use crate::request::{Carriers, RequestView};

/// What becomes of CORS preflights. They carry no credential by design (Fetch standard,
/// section "CORS-preflight fetch"), so a guard inside of no CORS layer would refuse them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Preflight {
    /// They are requests like others.
    #[default]
    Refuse,
    /// Real ones pass, as anonymous.
    Pass,
}

/// Whether this is a real preflight: the method, both headers that make one, each once, and
/// no credential at all.
pub(super) fn is_real(request: &RequestView<'_>, carriers: &Carriers) -> bool {
    let once = |name| request.unique_header(name).ok().flatten().is_some_and(|value| !value.is_empty());
    request.method() == "OPTIONS"
        && once("origin")
        && once("access-control-request-method")
        && !carriers.any_in(request)
}
