//! Who did what, for those who must know it later.
//!
//! An [`AuditEvent`] says what became of a request ([authenticated](AuditEvent::Authenticated),
//! [anonymous](AuditEvent::Anonymous), [refused](AuditEvent::Refused) and why, the
//! [first use](AuditEvent::FirstUse) of a key from an address) or how keys were changed
//! ([`Audited`] says it for any store). An [`AuditSink`] keeps it: `JsonLines` writes a line
//! for each, [`Background`] takes the writing off the request, [`Tee`] feeds two sinks,
//! [`RecentEvents`] keeps the newest for a page that shows them, [`AuditTrail`] is for tests,
//! and any closure will do.
//!
//! No event holds a secret: a credential is named by its scheme, its realm and the public
//! id of its key, and a request by its method and path, without the query.

mod activity;
mod addresses;
mod audited;
mod background;
mod event;
#[cfg(feature = "audit-log")]
mod json;
#[cfg(feature = "audit-log")]
mod json_lines;
mod key_change;
mod request;
mod rights;
mod secret_change;
mod sink;
mod trail;
mod who;

pub use activity::{
    ActivityKind, ActivityLog, ActivityQuery, HourCount, RecentEvent, RecentEvents, SharedActivity,
};
pub use addresses::{KeyUse, KnownAddresses, SharedAddresses};
pub use audited::Audited;
pub use background::Background;
pub use event::{ANONYMOUS, AuditEvent};
#[cfg(feature = "audit-log")]
pub use json_lines::JsonLines;
pub use key_change::{KeyChange, KeyLimit};
pub use request::RequestFacts;
pub use rights::RightsChange;
pub use secret_change::SecretChange;
pub use sink::{AuditSink, Tee};
pub use trail::AuditTrail;
pub use who::Who;
