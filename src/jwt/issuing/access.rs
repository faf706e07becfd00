//! What goes into an access token, and what comes of issuing one.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::jwt::JwtIssueError;
use crate::{Scopes, Timestamp};

/// What one access token says, besides what all tokens of its issuer do.
#[derive(Clone, Debug)]
#[must_use]
pub struct AccessToken<'a> {
    pub(in crate::jwt) subject: &'a str,
    pub(in crate::jwt) client: Option<&'a str>,
    pub(in crate::jwt) scopes: Option<&'a Scopes>,
    pub(in crate::jwt) longest: Option<Duration>,
    pub(in crate::jwt) claims: Map<String, Value>,
}

impl<'a> AccessToken<'a> {
    /// A token about `subject`: `sub`.
    pub fn new(subject: &'a str) -> Self {
        Self { subject, client: None, scopes: None, longest: None, claims: Map::new() }
    }

    /// Sets the client that it is issued to: `client_id` (RFC 8693, section 4.3).
    pub const fn with_client(mut self, client: Option<&'a str>) -> Self {
        self.client = client;
        self
    }

    /// Sets what it may do: `scope` (RFC 8693, section 4.2).
    pub const fn with_scopes(mut self, scopes: &'a Scopes) -> Self {
        self.scopes = Some(scopes);
        self
    }

    /// Lets it live no longer than this, even where the issuer's tokens do.
    pub const fn with_max_lifetime(mut self, longest: Duration) -> Self {
        self.longest = Some(longest);
        self
    }

    /// Adds further claims, which must come as an object.
    ///
    /// # Errors
    /// When they are not an object, or cannot be written.
    pub fn with_claims(mut self, claims: impl Serialize) -> Result<Self, JwtIssueError> {
        let claims = serde_json::to_value(claims).map_err(JwtIssueError::Unwritable)?;
        let Value::Object(claims) = claims else { return Err(JwtIssueError::NotAnObject) };
        self.claims.extend(claims);
        Ok(self)
    }
}

/// A token that was issued.
#[derive(Clone)]
#[non_exhaustive]
pub struct IssuedToken {
    /// The token.
    pub token: String,
    /// Its `jti`, if it has one: what it is revoked by.
    pub id: Option<String>,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl fmt::Debug for IssuedToken {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedToken")
            .field("id", &self.id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
