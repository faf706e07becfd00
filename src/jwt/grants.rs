//! What the token endpoint grants: an access token, and where that is wanted a refresh token.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::token_endpoint::{Fields, TokenAnswer, take};
use super::{
    AccessToken, ExchangeError, IssuedToken, JwtIssueError, KeyExchange, RefreshError, RefreshGrant,
    RefreshTokens, TokenEndpoint,
};
use crate::password::PasswordStore;
use crate::store::KeyStore;
use crate::trace::event;
use crate::{ErrorKind, HasScopes, Principal, Scopes, Secret, Timestamp};

/// No name of a client is longer than this.
const LONGEST_CLIENT: usize = 255;

impl<S: PasswordStore> TokenEndpoint<S> {
    /// The client that a form names, or what to answer instead.
    pub(super) fn client<'a>(&self, fields: &mut Fields<'a>) -> Result<Option<Cow<'a, str>>, TokenAnswer> {
        let client = take(fields, "client_id");
        if let Some(clients) = &self.clients {
            let known = client.as_deref().is_some_and(|name| clients.iter().any(|known| **known == *name));
            return if known { Ok(client) } else { Err(TokenAnswer::error("invalid_client")) };
        }
        if self.refresh.is_none() {
            return Ok(None);
        }
        // VSCHAR (RFC 6749, appendix A.1).
        let is_name =
            |name: &str| name.len() <= LONGEST_CLIENT && name.bytes().all(|c| (0x20..0x7f).contains(&c));
        match client.as_deref().is_none_or(is_name) {
            true => Ok(client),
            false => Err(TokenAnswer::error("invalid_request")),
        }
    }

    /// The client that access tokens name: one that is known, never just what a form says.
    fn known<'a>(&self, client: Option<&'a str>) -> Option<&'a str> {
        client.filter(|_| self.clients.is_some())
    }

    /// What a user is given whose password is right.
    pub(super) async fn logged_in(&self, user: &str, client: Option<&str>, now: Timestamp) -> TokenAnswer {
        let access = AccessToken::new(user).with_client(self.known(client));
        let issued = match self.issuer.issue_access(access, now) {
            Ok(issued) => issued,
            Err(error) => return not_issued(&error),
        };
        let Some(refresh) = &self.refresh else {
            return TokenAnswer::new(200, &json!({ "access_token": issued.token, "token_type": "bearer" }));
        };
        match refresh.begin(RefreshGrant::new(user).with_client(client), now).await {
            Ok(first) => granted(&issued, &first, &Scopes::none(), now),
            Err(error) => not_redeemed(&error),
        }
    }

    /// What a refresh token is taken for. It is used up last: whatever is in the way before, the
    /// same token may be presented again.
    pub(super) async fn redeem(
        &self,
        refresh: &RefreshTokens,
        fields: &mut Fields<'_>,
        now: Timestamp,
    ) -> TokenAnswer {
        let client = match self.client(fields) {
            Ok(client) => client,
            Err(answer) => return answer,
        };
        let asked = take(fields, "scope");
        let Some(token) = take(fields, "refresh_token") else { return TokenAnswer::error("invalid_request") };
        let Ok(asked) = asked.map(|list| Scopes::parse(&list)).transpose() else {
            return TokenAnswer::error("invalid_scope");
        };
        let family = match refresh.look_at(&token).await {
            Ok(family) => family,
            Err(error) => return not_redeemed(&error),
        };
        match self.passwords.knows(&family.subject).await {
            Ok(true) => {}
            Ok(false) => {
                event!(debug, "a refresh token of a user who is gone was refused");
                return TokenAnswer::error("invalid_grant");
            }
            Err(_error) => {
                event!(error, error = %_error, "the password store cannot answer");
                return TokenAnswer::unavailable();
            }
        }
        // Less may be asked for, never more (RFC 6749, section 6).
        let scopes = asked.unwrap_or_else(|| family.scopes.clone());
        if !family.scopes.contains_all(&scopes) {
            return TokenAnswer::error("invalid_scope");
        }
        let mut access = AccessToken::new(&family.subject).with_client(self.known(client.as_deref()));
        if !is_empty(&scopes) {
            access = access.with_scopes(&scopes);
        }
        let issued = match self.issuer.issue_access(access, now) {
            Ok(issued) => issued,
            Err(error) => return not_issued(&error),
        };
        match refresh.redeem(&token, client.as_deref(), now).await {
            Ok(redeemed) => granted(&issued, &redeemed.next, &scopes, now),
            Err(error) => not_redeemed(&error),
        }
    }
}

fn is_empty(scopes: &Scopes) -> bool {
    scopes.iter().next().is_none()
}

/// An access token and a refresh token (RFC 6749, section 5.1).
fn granted(issued: &IssuedToken, refresh: &Secret, scopes: &Scopes, now: Timestamp) -> TokenAnswer {
    let mut answer = described(issued, scopes, now);
    if let Some(members) = answer.as_object_mut() {
        members.insert("refresh_token".to_owned(), refresh.expose_text().into());
    }
    TokenAnswer::new(200, &answer)
}

fn described(issued: &IssuedToken, scopes: &Scopes, now: Timestamp) -> Value {
    let seconds = issued.expires_at.as_unix_seconds().saturating_sub(now.as_unix_seconds());
    let mut answer = json!({ "access_token": issued.token, "token_type": "bearer", "expires_in": seconds });
    if let Some(members) = answer.as_object_mut().filter(|_| !is_empty(scopes)) {
        members.insert("scope".to_owned(), scopes.to_string().into());
    }
    answer
}

/// A token that is no good is refused (RFC 6749, section 5.2); an outage is none.
fn not_redeemed(error: &RefreshError) -> TokenAnswer {
    if error.is_refusal() {
        event!(debug, error = %error, "a refresh token was refused");
        return TokenAnswer::error("invalid_grant");
    }
    event!(error, error = %error, "the store of refresh tokens cannot answer");
    TokenAnswer::unavailable()
}

/// No key may sign: an outage. Everything else is put together wrongly.
fn not_issued(error: &JwtIssueError) -> TokenAnswer {
    event!(error, error = %error, "no token can be issued");
    match error {
        JwtIssueError::KeysUnavailable(_) | JwtIssueError::Random(_) => TokenAnswer::unavailable(),
        _ => TokenAnswer::detail(500, "Internal server error."),
    }
}

impl<K: KeyStore<Principal: HasScopes>> KeyExchange<K> {
    /// The answer of a route that exchanges keys, behind the layer that has authenticated `me`;
    /// `scope` is what the request asks for, if it does.
    ///
    /// | | answer |
    /// |---|---|
    /// | a token | 200 `{"access_token": "..", "token_type": "bearer", "expires_in": 300, "scope": ".."}` |
    /// | more scopes than there are | 400 `{"error": "invalid_scope"}` |
    /// | no key was presented, or it may not be used any more | 400 `{"error": "invalid_grant"}` |
    /// | the store of keys cannot answer | 503 |
    pub async fn answer<U, A, S>(
        &self,
        subject: &str,
        me: &Principal<U, A, S>,
        scope: Option<&str>,
        now: Timestamp,
    ) -> TokenAnswer {
        let Ok(asked) = scope.map(Scopes::parse).transpose() else {
            return TokenAnswer::error("invalid_scope");
        };
        match self.exchange_for(subject, me, asked.as_ref(), now).await {
            Ok((issued, scopes)) => TokenAnswer::new(200, &described(&issued, &scopes, now)),
            Err(ExchangeError::ExceedsScopes) => TokenAnswer::error("invalid_scope"),
            Err(_error @ (ExchangeError::Token | ExchangeError::NoKey)) => {
                event!(debug, error = %_error, "nothing was exchanged");
                TokenAnswer::error("invalid_grant")
            }
            Err(ExchangeError::Key(error)) if error.kind() != ErrorKind::Unavailable => {
                event!(debug, error = %error, "a key was not exchanged");
                TokenAnswer::error("invalid_grant")
            }
            Err(ExchangeError::Key(_error)) => {
                event!(error, error = %_error, "the store of keys cannot answer");
                TokenAnswer::unavailable()
            }
            Err(ExchangeError::Issue(error)) => not_issued(&error),
        }
    }
}
