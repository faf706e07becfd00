//! Where keys were used from before.

use std::fmt;
use std::future::Future;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use async_trait::async_trait;

use crate::store::StoreError;
use crate::{Credential, KeyId, Realm, Scheme, Timestamp};

/// A use of a stored key from an address.
///
/// ```
/// use portcullis::audit::KeyUse;
/// use portcullis::{Credential, KeyId, Realm, Scheme, Timestamp};
/// let (address, now) = ("::ffff:192.0.2.7".parse()?, Timestamp::from_unix_seconds(0));
/// let key = Credential::of_key(Scheme::ApiKey, Realm::default(), KeyId::from("k"));
/// let used = KeyUse::of(&key, address, now).expect("a stored key");
/// assert_eq!(used.address().to_string(), "192.0.2.7");
/// let used = KeyUse::of(&key, "2001:db8::8:7".parse()?, now).expect("a stored key");
/// assert_eq!(used.address().to_string(), "2001:db8::");
/// assert!(KeyUse::of(&Credential::of_scheme(Scheme::Jwt), address, now).is_none());
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUse<'a> {
    realm: &'a Realm,
    scheme: Scheme,
    key: &'a KeyId,
    address: IpAddr,
    now: Timestamp,
}

impl<'a> KeyUse<'a> {
    /// A use of this key at `now`.
    #[must_use]
    pub const fn new(
        realm: &'a Realm,
        scheme: Scheme,
        key: &'a KeyId,
        address: IpAddr,
        now: Timestamp,
    ) -> Self {
        Self { realm, scheme, key, address: place(address), now }
    }

    /// A use of the key behind `credential`; none where no stored key is behind it, for a
    /// token is not at home anywhere.
    #[must_use]
    pub fn of(credential: &'a Credential, address: IpAddr, now: Timestamp) -> Option<Self> {
        Some(Self::new(credential.realm()?, credential.scheme(), credential.key()?, address, now))
    }

    /// The realm of the key.
    #[must_use]
    pub const fn realm(&self) -> &'a Realm {
        self.realm
    }

    /// The scheme of the key.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &'a KeyId {
        self.key
    }

    /// Where it was used from: an IPv4 address, always written as such, or the first address of
    /// the 64 bits of an IPv6 one. Who has one address of these has them all.
    #[must_use]
    pub const fn address(&self) -> IpAddr {
        self.address
    }

    /// The time now.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }
}

/// What of an address is remembered.
const fn place(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        v4 => v4,
    }
}

/// Remembers where each key was used from.
///
/// The stores of this crate keep a bounded number of places of each key, 1,000 unless another
/// is said. What comes after them is not kept, and counts as known: whoever has a key and many
/// addresses fills neither the store nor the audit log. A key that is at home in so many
/// places is not watched by this.
pub trait KnownAddresses: Send + Sync + 'static {
    /// Whether this key is used from this address for the first time: `true` exactly once,
    /// however many ask at the same moment. A store that has to forget may say it again, and
    /// one that keeps no more places of the key says `false`.
    ///
    /// # Errors
    /// When the store cannot tell or cannot remember. That is no reason to refuse the
    /// request: the key is good wherever it is used from.
    fn first_use(&self, used: &KeyUse<'_>) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

impl<S: KnownAddresses> KnownAddresses for Arc<S> {
    fn first_use(&self, used: &KeyUse<'_>) -> impl Future<Output = Result<bool, StoreError>> + Send {
        S::first_use(self, used)
    }
}

/// The object-safe twin of [`KnownAddresses`].
#[async_trait]
trait Erased: Send + Sync {
    async fn first_use(&self, used: &KeyUse<'_>) -> Result<bool, StoreError>;
}

#[async_trait]
impl<S: KnownAddresses> Erased for S {
    async fn first_use(&self, used: &KeyUse<'_>) -> Result<bool, StoreError> {
        KnownAddresses::first_use(self, used).await
    }
}

/// Any [`KnownAddresses`], whose type is known at run time only. Its clones are the same;
/// one allocation a call is its price.
#[derive(Clone)]
pub struct SharedAddresses(Arc<dyn Erased>);

impl SharedAddresses {
    /// Erases the type of `addresses`.
    #[must_use]
    pub fn new(addresses: impl KnownAddresses) -> Self {
        Self(Arc::new(addresses))
    }
}

impl KnownAddresses for SharedAddresses {
    async fn first_use(&self, used: &KeyUse<'_>) -> Result<bool, StoreError> {
        self.0.as_ref().first_use(used).await
    }
}

impl fmt::Debug for SharedAddresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedAddresses(..)")
    }
}
