//! What a `utoipa` document says about a chain: its security schemes, and that one of them is
//! needed.
//!
//! # What is derived
//!
//! An authenticator tells where its credentials are and what a 401 offers. Of that becomes:
//!
//! | the chain has | scheme, by name | |
//! |---|---|---|
//! | the challenge `Bearer` | `bearer` | `http`, `bearer` |
//! | the challenge `Basic` | `basic` | `http`, `basic` |
//! | another challenge, such as `Token` | `token` | `apiKey` in the header `Authorization` |
//! | a header, such as `X-API-Key` | `x-api-key` | `apiKey` in that header |
//! | headers that belong together | one by the name of each | `apiKey`; needed all at once |
//! | a parameter, such as `signature` | `signature` | `apiKey` in the query |
//! | a cookie | by its name | `apiKey` in that cookie |
//!
//! A challenge that a header or parameter has its name from, as `Api-Key` and `X-API-Key` or
//! `Query-Signature` and `signature`, is that carrier's, and not a second form of
//! `Authorization`: a document must not promise what a chain may not accept. The same holds for
//! every challenge of a chain that does not read `Authorization`. Where one is a form of it,
//! [`add_word`](SecuritySchemes::add_word) says so.
//!
//! Credentials that [`all`](crate::authenticator::all) asks for together are one alternative.
//! What such a request has besides, as the `timestamp` and the `apikey` of a signed URL, no
//! chain tells: it is for the [description](SecuritySchemes::with_description).
//!
//! ```
//! use portcullis::Authenticator;
//! use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
//! use portcullis::openapi::SecuritySchemes;
//! use portcullis::store::memory::MemoryKeyStore;
//! use utoipa::{Modify, OpenApi};
//!
//! fn chain(keys: MemoryKeyStore) -> impl Authenticator {
//!     ApiKeyAuthenticator::new(keys, KeyShape::prefix("igny8_"))
//! }
//!
//! struct Security;
//!
//! impl Modify for Security {
//!     fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
//!         SecuritySchemes::of(&chain(MemoryKeyStore::new())).modify(document);
//!     }
//! }
//!
//! #[derive(OpenApi)]
//! #[openapi(modifiers(&Security))]
//! struct Document;
//!
//! assert!(Document::openapi().to_json()?.contains(r#""bearer":{"type":"http","scheme":"bearer"}"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is in several members of a chain is there once. Characters that the name of a
//! component may not have become `-`, and where two carriers would have one name, the second
//! is called `..-2`.

mod derive;
mod scheme;

use std::fmt;

use utoipa::Modify;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::SecurityRequirement;

use crate::Authenticator;
use scheme::{Form, Named, Place, plain};

/// The security schemes of a chain; what becomes what is in the [module](self).
///
/// Applied to a document, it adds the schemes to the components, and the alternatives to the
/// document's `security`. Operations that need no credential say `security(())`.
///
/// ```
/// use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
/// use portcullis::openapi::SecuritySchemes;
/// use portcullis::store::memory::MemoryKeyStore;
/// use utoipa::Modify;
///
/// let keys: MemoryKeyStore = MemoryKeyStore::new();
/// let chain = ApiKeyAuthenticator::new(keys, KeyShape::prefix("igny8_"));
/// let schemes = SecuritySchemes::of(&chain).with_description("bearer", "A key of your account.");
/// assert_eq!(schemes.names().collect::<Vec<_>>(), ["bearer", "x-api-key"]);
///
/// let mut document = utoipa::openapi::OpenApi::default();
/// schemes.modify(&mut document);
/// assert!(document.to_json()?.contains(r#""security":[{"bearer":[]},{"x-api-key":[]}]"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SecuritySchemes {
    schemes: Vec<Named>,
    /// Each is a list of places in `schemes`, which are needed together.
    alternatives: Vec<Vec<usize>>,
    anonymous: bool,
}

/// A scheme cannot have this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name is taken or is none for a component, or there is nothing to rename")]
pub struct InvalidSchemeName;

impl SecuritySchemes {
    /// Those of `authenticator`, which may be a whole chain.
    #[must_use]
    pub fn of(authenticator: &impl Authenticator) -> Self {
        derive::derive(authenticator)
    }

    /// Adds `Authorization: <word> ..` as a further alternative, named for the word in lower
    /// case: for a word that is also the name of a header, such as `Api-Key`.
    #[must_use]
    pub fn add_word(mut self, word: &str) -> Self {
        self.add([(word.to_ascii_lowercase(), Place::of_word(word))]);
        self
    }

    /// Says what `bearer` credentials are made of, such as `JWT`; it is a hint for readers.
    #[must_use]
    pub fn with_bearer_format(mut self, format: &str) -> Self {
        for scheme in &mut self.schemes {
            if let Place::Bearer = scheme.place {
                scheme.format = Some(format.to_owned());
            }
        }
        self
    }

    /// Describes the scheme `name`; one that is not there changes nothing.
    #[must_use]
    pub fn with_description(mut self, name: &str, text: &str) -> Self {
        for scheme in self.schemes.iter_mut().filter(|scheme| scheme.name == name) {
            scheme.description = Some(text.to_owned());
        }
        self
    }

    /// Calls the scheme `name` by another name: where two chains of one document have one
    /// each that is called the same.
    ///
    /// # Errors
    /// When there is no such scheme, when another has the new name, or when that has other
    /// characters than letters, digits, `.`, `-` and `_`.
    pub fn with_name(mut self, name: &str, new: &str) -> Result<Self, InvalidSchemeName> {
        let taken = name != new && self.schemes.iter().any(|scheme| scheme.name == new);
        let scheme = self.schemes.iter_mut().find(|scheme| scheme.name == name);
        match scheme {
            Some(scheme) if !taken && !new.is_empty() && plain(new) == new => {
                new.clone_into(&mut scheme.name);
                Ok(self)
            }
            _ => Err(InvalidSchemeName),
        }
    }

    /// Leaves the scheme `name` out, and every alternative that needs it.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        let is =
            |schemes: &[Named], place: &usize| schemes.get(*place).is_some_and(|scheme| scheme.name == name);
        self.alternatives.retain(|needed| !needed.iter().any(|place| is(&self.schemes, place)));
        self
    }

    /// Says that no credential is an alternative too, as behind a guard that allows anonymous
    /// requests.
    #[must_use]
    pub const fn allow_anonymous(mut self) -> Self {
        self.anonymous = true;
        self
    }

    /// The names of the schemes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.needed().map(|scheme| scheme.name.as_str())
    }

    /// The alternatives, for the `security` of a single operation: one of the list is enough,
    /// and of that everything is needed.
    #[must_use]
    pub fn requirements(&self) -> Vec<SecurityRequirement> {
        let named = |requirement: SecurityRequirement, place: &usize| match self.schemes.get(*place) {
            Some(scheme) => requirement.add(scheme.name.as_str(), [] as [&str; 0]),
            None => requirement,
        };
        let every = |needed: &Vec<usize>| needed.iter().fold(SecurityRequirement::default(), named);
        let anonymous = self.anonymous.then(SecurityRequirement::default);
        self.alternatives.iter().map(every).chain(anonymous).collect()
    }

    /// Those that an alternative needs.
    fn needed(&self) -> impl Iterator<Item = &Named> {
        let is_needed =
            |place: usize| self.alternatives.iter().any(|alternative| alternative.contains(&place));
        self.schemes.iter().enumerate().filter(move |(place, _)| is_needed(*place)).map(|(_, scheme)| scheme)
    }

    /// Adds one alternative of schemes that are needed together.
    fn add(&mut self, together: impl IntoIterator<Item = Form>) {
        let needed: Vec<usize> = together.into_iter().map(|form| self.place(form)).collect();
        if !needed.is_empty() && !self.alternatives.contains(&needed) {
            self.alternatives.push(needed);
        }
    }

    /// Where the scheme is in the list, which it joins unless it is there.
    fn place(&mut self, (wanted, place): Form) -> usize {
        if let Some(known) = self.schemes.iter().position(|scheme| scheme.place == place) {
            return known;
        }
        let wanted = plain(&wanted);
        let is_free = |name: &String| !self.schemes.iter().any(|scheme| scheme.name == *name);
        let numbered = (2..).map(|number: usize| format!("{wanted}-{number}"));
        let name = std::iter::once(wanted.clone()).chain(numbered).find(is_free).unwrap_or_default();
        self.schemes.push(Named { name, place, format: None, description: None });
        self.schemes.len() - 1
    }
}

impl Modify for SecuritySchemes {
    /// A scheme of the same name takes the place of the document's; alternatives that it has
    /// already are not repeated.
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        for scheme in self.needed() {
            components.add_security_scheme(scheme.name.as_str(), scheme.render());
        }
        let requirements = self.requirements();
        if requirements.is_empty() {
            return;
        }
        let security = document.security.get_or_insert_default();
        for requirement in requirements {
            if !security.contains(&requirement) {
                security.push(requirement);
            }
        }
    }
}

impl fmt::Debug for SecuritySchemes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}
