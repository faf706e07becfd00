//! A user name and a password become a token, for programs, and a session, for browsers.

use http::{HeaderMap, Uri};
use portcullis::jwt::{JwtVerifier, TokenAnswer, TokenEndpoint};
use portcullis::request::{BodyGate, RequestTarget, RequestView};
use portcullis::{AuthError, Timestamp, UserId};
use serde_json::Value;

use crate::origin;
use crate::serve::Failure;
use crate::session::Sessions;
use crate::users::Users;

pub(crate) struct Login {
    tokens: TokenEndpoint<Users>,
    verifier: JwtVerifier,
    pub(crate) sessions: Sessions,
}

impl Login {
    pub(crate) const fn new(tokens: TokenEndpoint<Users>, verifier: JwtVerifier, sessions: Sessions) -> Self {
        Self { tokens, verifier, sessions }
    }

    /// Refuses a form on a page of another origin, which would log its visitors in as
    /// somebody else.
    pub(crate) fn check(&self, uri: &Uri, headers: &HeaderMap, now: Timestamp) -> Result<(), AuthError> {
        let authority = uri.authority().map(http::uri::Authority::as_str);
        let target = RequestTarget { authority, ..RequestTarget::new("POST", uri.path(), None) };
        origin::check(&RequestView::new(target, headers, &BodyGate::new(), now))
    }

    /// The answer of the token endpoint, and the cookie of a new session where it is good.
    pub(crate) async fn answer(
        &self,
        headers: &HeaderMap,
        form: &[u8],
        now: Timestamp,
    ) -> Result<(TokenAnswer, Option<String>), Failure> {
        let mut types = headers.get_all(http::header::CONTENT_TYPE).iter();
        // A type that was sent twice is none.
        let only = types.next().filter(|_| types.next().is_none());
        let answer = self.tokens.answer(only.and_then(|value| value.to_str().ok()), form, now).await;
        if answer.status != 200 {
            return Ok((answer, None));
        }
        // Who it was is what the token says.
        let body: Value = serde_json::from_slice(&answer.body)?;
        let token = body.get("access_token").and_then(Value::as_str).ok_or("an answer without a token")?;
        let token = self.verifier.verify(token, now)?;
        let user = UserId::from(token.subject().ok_or("a token of nobody")?);
        let cookie = self.sessions.begin(user, now)?;
        Ok((answer, Some(cookie)))
    }
}
