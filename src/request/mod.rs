//! The request as authenticators see it: no body type, no framework type.

mod body_gate;
mod carriers;
mod headers;
mod view;

pub use body_gate::{BodyFailure, BodyGate};
pub use carriers::Carriers;
pub use headers::HeaderSource;
pub use view::{RequestTarget, RequestView};
