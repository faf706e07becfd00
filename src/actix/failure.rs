//! Errors of what is inside the middleware, which become answers outside of it.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{Error, HttpResponse, ResponseError};

use super::answer;
use crate::guard::Remarks;

/// An error whose answer says what it must besides.
pub(super) struct Failure {
    error: Error,
    remarks: Remarks,
}

impl Failure {
    pub(super) const fn new(error: Error, remarks: Remarks) -> Self {
        Self { error, remarks }
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.error, f)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        self.error.as_response_error().status_code()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = self.error.as_response_error().error_response();
        answer::say(&self.remarks, response.headers_mut());
        response
    }
}
