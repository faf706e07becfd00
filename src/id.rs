//! Names that must not be mixed up, each with a type of its own.

use std::fmt;
use std::sync::Arc;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// Cloning costs one reference count.
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it is.
            #[must_use]
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
    )*};
}

names! {
    /// The public id of a key: safe to log.
    KeyId;
    /// A set of keys that is looked up apart from every other; the same key in two
    /// realms is two keys.
    Realm;
    /// A user.
    UserId;
    /// An account: the tenant, the billing owner.
    AccountId;
    /// A site: a sub-resource of an account.
    SiteId;
    /// A group of users.
    GroupId;
    /// A role: privileges under one name.
    RoleId;
}

impl Default for Realm {
    /// The realm named `default`.
    fn default() -> Self {
        Self::new("default")
    }
}
