//! A key that is to be issued.

use crate::store::{EntryPoints, KeyFormat, KeyOwner, Networks, SignatureForms};
use crate::{KeyId, Limits, Realm, Scheme, Scopes, Secret, Timestamp};

/// Where the secret of a new key comes from.
#[derive(Debug)]
pub enum KeySecret {
    /// The system's generator makes it: the prefix and 40 letters and digits for an API
    /// key, 32 hex digits for a signed URL, 32 bytes as base64url for x-auth and for message
    /// signatures, 40 letters and digits for SigV4.
    Generate,
    /// It exists already: an API key of 20 to 255 printable ASCII characters, or the
    /// text that clients sign with, of 8 to 1024 printable ASCII characters (from 16 for SigV4,
    /// from 32 for message signatures).
    Import(Secret),
}

/// A key that is to be issued.
#[derive(Debug)]
#[must_use]
#[non_exhaustive]
pub struct NewKey {
    /// The realm it goes to.
    pub realm: Realm,
    /// The scheme it is for.
    pub scheme: Scheme,
    /// The public id, which no other key of the realm has; without one, it is generated
    /// in the form of the scheme.
    pub id: Option<KeyId>,
    /// Where the secret comes from.
    pub secret: KeySecret,
    /// What an API key begins with, now and after each rotation. It is kept in clear.
    /// Other schemes have no use for it.
    pub prefix: String,
    /// How the text of an API key looks, now and after each rotation; where nothing is said,
    /// the prefix and 40 letters and digits.
    pub format: Option<KeyFormat>,
    /// Whom it belongs to.
    pub owner: KeyOwner,
    /// What it is called in lists.
    pub label: String,
    /// What operators tell each other about it.
    pub note: String,
    /// What it may do.
    pub scopes: Scopes,
    /// How often it may be used.
    pub limits: Limits,
    /// Which entry points it may call.
    pub entry_points: EntryPoints,
    /// Which networks it may be used from.
    pub networks: Networks,
    /// Which forms of signature it accepts.
    pub signature_forms: SignatureForms,
    /// The first moment of validity.
    pub not_before: Option<Timestamp>,
    /// The first moment after validity.
    pub expires_at: Option<Timestamp>,
}

impl NewKey {
    /// A key of `scheme` for `owner`: generated, unlimited, in the default realm.
    pub fn new(scheme: Scheme, owner: KeyOwner) -> Self {
        Self {
            realm: Realm::default(),
            scheme,
            id: None,
            secret: KeySecret::Generate,
            prefix: String::new(),
            format: None,
            owner,
            label: String::new(),
            note: String::new(),
            scopes: Scopes::none(),
            limits: Limits::none(),
            entry_points: EntryPoints::any(),
            networks: Networks::any(),
            signature_forms: SignatureForms::Any,
            not_before: None,
            expires_at: None,
        }
    }

    /// Sets whom it belongs to.
    pub fn with_owner(mut self, owner: KeyOwner) -> Self {
        self.owner = owner;
        self
    }

    /// Sets what an API key begins with, now and after each rotation.
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Says how the text of an API key looks, now and after each rotation.
    ///
    /// ```
    /// use portcullis::Scheme;
    /// use portcullis::store::{KeyFormat, KeyOwner, NewKey};
    /// let live = KeyFormat::checked("acme", "live")?;
    /// let key = NewKey::new(Scheme::ApiKey, KeyOwner::default()).with_format(live);
    /// # Ok::<(), portcullis::store::InvalidKeyFormat>(())
    /// ```
    pub fn with_format(mut self, format: KeyFormat) -> Self {
        self.format = Some(format);
        self
    }

    /// Imports a secret that exists already; that of an API key must begin with the
    /// prefix.
    pub fn with_secret(mut self, secret: Secret) -> Self {
        self.secret = KeySecret::Import(secret);
        self
    }

    /// Sets the public id.
    pub fn with_id(mut self, id: impl Into<KeyId>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets the realm.
    pub fn with_realm(mut self, realm: Realm) -> Self {
        self.realm = realm;
        self
    }

    /// Sets the label.
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Sets the note.
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Limits how often it may be used.
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the scopes.
    pub fn with_scopes(mut self, scopes: Scopes) -> Self {
        self.scopes = scopes;
        self
    }

    /// Limits the entry points.
    pub fn with_entry_points(mut self, entry_points: EntryPoints) -> Self {
        self.entry_points = entry_points;
        self
    }

    /// Limits the addresses.
    pub fn with_networks(mut self, networks: Networks) -> Self {
        self.networks = networks;
        self
    }

    /// Has it accept the strict form of a signature alone: for clients that speak it. Only keys
    /// of x-auth and of signed URLs have one.
    pub const fn strict_only(mut self) -> Self {
        self.signature_forms = SignatureForms::StrictOnly;
        self
    }

    /// Sets the first moment of validity.
    pub const fn with_not_before(mut self, start: Timestamp) -> Self {
        self.not_before = Some(start);
        self
    }

    /// Sets the first moment after validity.
    pub const fn with_expires_at(mut self, end: Timestamp) -> Self {
        self.expires_at = Some(end);
        self
    }
}
