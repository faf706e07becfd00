//! Who looks at a page.

use crate::{Credential, GrantScopes, HasScopes, Identity, Scopes, Secret, UserId};

/// A user of the console.
#[derive(Clone, Debug)]
pub(in crate::console) struct Administrator {
    user: UserId,
    scopes: Scopes,
    /// What a form of this user has to carry.
    token: Secret,
    session: Option<SessionName>,
}

/// What a session is kept under: the SHA-256 of its random id.
pub(in crate::console) type SessionName = [u8; 32];

impl Administrator {
    /// A user without any privilege yet: the directory grants them.
    pub(in crate::console) const fn new(user: UserId, token: Secret) -> Self {
        Self { user, scopes: Scopes::none(), token, session: None }
    }

    /// The same, in a session.
    pub(in crate::console) fn in_session(self, name: SessionName) -> Self {
        Self { session: Some(name), ..self }
    }

    /// The session, where there is one.
    pub(in crate::console) const fn session(&self) -> Option<&SessionName> {
        self.session.as_ref()
    }

    pub(in crate::console) const fn user(&self) -> &UserId {
        &self.user
    }

    /// What its forms carry.
    pub(in crate::console) fn token(&self) -> &str {
        self.token.expose_text().unwrap_or_default()
    }

    /// Whether a form carries that.
    pub(in crate::console) fn has_token(&self, presented: &str) -> bool {
        !self.token.is_empty() && self.token.matches(presented.as_bytes())
    }
}

impl Identity for Administrator {
    fn user_id(&self) -> Option<&str> {
        Some(self.user.as_str())
    }

    fn account_id(&self) -> Option<&str> {
        None
    }

    fn site_id(&self) -> Option<&str> {
        None
    }

    fn credential(&self) -> Option<&Credential> {
        None
    }
}

impl HasScopes for Administrator {
    fn scopes(&self) -> &Scopes {
        &self.scopes
    }
}

impl GrantScopes for Administrator {
    fn grant(&self, scopes: &Scopes) -> Self {
        Self { scopes: self.scopes.union(scopes), ..self.clone() }
    }
}
