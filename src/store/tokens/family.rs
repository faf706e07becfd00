//! Families of refresh tokens.

use std::fmt;

use super::{LONGEST_FACTS, framed};
use crate::crypto::digest;
use crate::store::StoreError;
use crate::{Scopes, Timestamp};

/// What a family of refresh tokens is for: all that descend from one login.
///
/// ```
/// use portcullis::store::RefreshFamily;
/// use portcullis::{Scopes, Timestamp};
/// let (login, end) = (Timestamp::from_unix_seconds(0), Timestamp::from_unix_seconds(86_400));
/// let family = RefreshFamily::new("https://issuer.example", "ada", login, end)
///     .with_client(Some("web"))
///     .with_scopes(Scopes::parse("orders:read")?);
/// assert_eq!(family.client.as_deref(), Some("web"));
/// # Ok::<(), portcullis::InvalidScope>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefreshFamily {
    /// Who issued it.
    pub issuer: String,
    /// Whom it is about.
    pub subject: String,
    /// The client that it was issued to, if clients have names.
    pub client: Option<String>,
    /// What its access tokens may do at most.
    pub scopes: Scopes,
    /// Whatever the application wants to know when it is used. It is kept in clear.
    pub data: String,
    /// When the login was.
    pub began_at: Timestamp,
    /// The first moment at which no token of it is good, however often it is used.
    pub ends_at: Timestamp,
}

impl RefreshFamily {
    /// A family without client, scopes and data.
    #[must_use]
    pub fn new(issuer: &str, subject: &str, began_at: Timestamp, ends_at: Timestamp) -> Self {
        let (issuer, subject) = (issuer.to_owned(), subject.to_owned());
        let (scopes, data) = (Scopes::none(), String::new());
        Self { issuer, subject, client: None, scopes, data, began_at, ends_at }
    }

    /// Sets the client.
    #[must_use]
    pub fn with_client(mut self, client: Option<&str>) -> Self {
        self.client = client.map(str::to_owned);
        self
    }

    /// Sets the scopes.
    #[must_use]
    pub fn with_scopes(mut self, scopes: Scopes) -> Self {
        self.scopes = scopes;
        self
    }

    /// Sets the application's own data.
    #[must_use]
    pub fn with_data(mut self, data: &str) -> Self {
        data.clone_into(&mut self.data);
        self
    }

    /// SHA-256 of issuer and subject: what the families of a user are found by.
    #[must_use]
    pub fn owner(issuer: &str, subject: &str) -> [u8; 32] {
        digest::sha256(&framed(&["refresh owner", issuer, subject]))
    }

    /// All of it as bytes, for a store to keep.
    ///
    /// # Errors
    /// When it is longer than 64 KiB.
    pub fn to_bytes(&self) -> Result<Vec<u8>, StoreError> {
        let (began, ends) = (self.began_at.as_unix_micros(), self.ends_at.as_unix_micros());
        let bytes = framed(&[
            &self.issuer,
            &self.subject,
            &self.scopes.to_string(),
            &self.data,
            &began.to_string(),
            &ends.to_string(),
            // Of no client there is no text at all.
            self.client.as_deref().map_or("-", |_| "="),
            self.client.as_deref().unwrap_or_default(),
        ]);
        if bytes.len() > LONGEST_FACTS {
            return Err(StoreError::unavailable("a family of refresh tokens is at most 64 KiB long"));
        }
        Ok(bytes)
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it is something else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StoreError> {
        Self::read(bytes).ok_or(StoreError::corrupt("a family of refresh tokens"))
    }

    fn read(mut bytes: &[u8]) -> Option<Self> {
        let mut next = || {
            let (length, rest) = bytes.split_first_chunk::<8>()?;
            let (text, rest) = rest.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)?;
            bytes = rest;
            std::str::from_utf8(text).ok().map(str::to_owned)
        };
        let (issuer, subject) = (next()?, next()?);
        let scopes = Scopes::parse(&next()?).ok()?;
        let data = next()?;
        let (began, ends) = (next()?.parse().ok()?, next()?.parse().ok()?);
        let (is_named, client) = (next()?, next()?);
        let client = match (is_named.as_str(), client) {
            ("=", client) => Some(client),
            ("-", client) if client.is_empty() => None,
            _ => return None,
        };
        let moment = Timestamp::from_unix_micros;
        let family =
            Self { issuer, subject, client, scopes, data, began_at: moment(began), ends_at: moment(ends) };
        bytes.is_empty().then_some(family)
    }
}

impl fmt::Debug for RefreshFamily {
    /// Without the application's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshFamily")
            .field("issuer", &self.issuer)
            .field("subject", &self.subject)
            .field("client", &self.client)
            .field("scopes", &self.scopes)
            .field("ends_at", &self.ends_at)
            .finish_non_exhaustive()
    }
}

/// What a family is found by: SHA-256 of its issuer and of the handle that each of its tokens begins with. It
/// shows its first eight bytes, which is enough for a log, and makes nobody a token.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FamilyId([u8; 32]);

impl FamilyId {
    /// The family of an issuer that has this handle.
    #[must_use]
    pub fn of_handle(issuer: &str, handle: &[u8]) -> Self {
        Self(digest::sha256(&[&framed(&["refresh family", issuer]), handle].concat()))
    }

    /// An id that was kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The id, to be kept.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for FamilyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(8).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for FamilyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FamilyId({self})")
    }
}

/// SHA-256 of the secret of a refresh token, together with the client that it was issued to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// The digest of a secret of 256 random bits in the hands of a client.
    #[must_use]
    pub fn of_secret(secret: &[u8], client: Option<&str>) -> Self {
        let named = if client.is_some() { "=" } else { "-" };
        let parts = framed(&["refresh token", named, client.unwrap_or_default()]);
        Self(digest::sha256(&[&parts, secret].concat()))
    }

    /// A digest that was kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest, to be kept.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family() -> RefreshFamily {
        let at = Timestamp::from_unix_micros;
        let scopes = Scopes::parse("a b:c").expect("scopes");
        RefreshFamily::new("i", "a\0é", at(-1), at(i64::MAX)).with_scopes(scopes).with_data("{}")
    }

    #[test]
    fn a_family_is_read_as_it_is_written_and_no_other_way() {
        for family in [family(), family().with_client(Some("")), family().with_client(Some("web"))] {
            let bytes = family.to_bytes().expect("bytes");
            assert_eq!(RefreshFamily::from_bytes(&bytes).expect("a family"), family);
            for cut in 0..bytes.len() {
                assert!(RefreshFamily::from_bytes(&bytes[..cut]).is_err(), "{cut}");
            }
            assert!(RefreshFamily::from_bytes(&[bytes.as_slice(), &[0]].concat()).is_err());
        }
        assert!(family().with_data(&"x".repeat(LONGEST_FACTS)).to_bytes().is_err());
    }

    #[test]
    fn a_digest_is_of_one_client_and_one_secret() {
        let of = |secret: &[u8], client| *TokenDigest::of_secret(secret, client).as_bytes();
        let all =
            [of(b"s", None), of(b"s", Some("")), of(b"s", Some("a")), of(b"as", Some("")), of(b"t", None)];
        for (n, one) in all.iter().enumerate() {
            assert!(all.iter().skip(n + 1).all(|other| other != one), "{n}");
        }
        assert_ne!(RefreshFamily::owner("ab", "c"), RefreshFamily::owner("a", "bc"));
    }
}
