//! What is JSON, on the way in and on the way out.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// The one type of content that is sent and read here.
pub(super) const JSON: &str = "application/json";

/// Whether the headers say that it is JSON, with or without parameters: many clients add a
/// `charset`.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_TYPE).iter().any(|value| {
        let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case(JSON)
    })
}
