//! Answers on their way to actix-web, which has header types of its own.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue, VARY};
use bytes::Bytes;

use crate::guard::{Refused, Remarks};

/// An answer as actix-web sends it.
pub(super) fn convert(answer: http::Response<Bytes>) -> HttpResponse {
    let (parts, body) = answer.into_parts();
    let status = StatusCode::from_u16(parts.status.as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status).body(body);
    for (name, value) in &parts.headers {
        let name = HeaderName::from_bytes(name.as_ref());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
            response.headers_mut().append(name, value);
        }
    }
    if let Some(refused) = parts.extensions.get::<Refused>() {
        response.extensions_mut().insert(*refused);
    }
    response
}

/// Says what has to be said besides.
pub(super) fn say(remarks: &Remarks, headers: &mut HeaderMap) {
    if let Some(fields) = &remarks.fields {
        for (name, value) in fields.pairs() {
            let name = HeaderName::from_bytes(name.as_ref());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
                headers.append(name, value);
            }
        }
    }
    let Some(caching) = &remarks.caching else { return };
    if caching.replaces(headers.get_all(CACHE_CONTROL).map(HeaderValue::as_bytes)) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Ok(vary) = HeaderValue::from_bytes(caching.vary()) {
        headers.append(VARY, vary);
    }
}
