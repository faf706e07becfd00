//! The token endpoint as a route, whatever the framework: from headers and body to the answer.

use bytes::Bytes;
use http::Response;
use http_body::Body;

use super::TokenEndpoint;
use super::token_endpoint::{LONGEST_FORM, TokenAnswer};
use crate::Timestamp;
use crate::guard::{BodyLimits, read};
use crate::password::PasswordStore;
use crate::request::{BodyFailure, HeaderSource};

impl<S: PasswordStore> TokenEndpoint<S> {
    /// Answers one request at the moment `now`, and reads no more of its body than a form
    /// may have.
    pub(crate) async fn respond<B: Body>(
        &self,
        headers: &impl HeaderSource,
        body: B,
        now: Timestamp,
    ) -> Response<Bytes> {
        let answer = match read(body, BodyLimits::of(LONGEST_FORM)).await {
            Ok(form) => self.answer(content_type(headers), &form, now).await,
            Err(BodyFailure::TooLarge) => TokenAnswer::too_long(),
            Err(_) => TokenAnswer::unreadable(),
        };
        answer.into()
    }
}

/// The only content type; one that was sent twice is none.
fn content_type(headers: &impl HeaderSource) -> Option<&str> {
    let (mut lines, mut last) = (0_usize, None);
    headers.visit("content-type", &mut |line| {
        lines += 1;
        last = Some(line);
    });
    std::str::from_utf8(last.filter(|_| lines == 1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_that_was_sent_twice_is_none() {
        let line = || ("content-type".to_owned(), b"a/b".to_vec());
        assert_eq!(content_type(&vec![line()]), Some("a/b"));
        assert_eq!(content_type(&vec![line(), line()]), None);
        assert_eq!(content_type(&Vec::new()), None);
    }
}
