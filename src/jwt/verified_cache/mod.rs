//! Tokens that were verified already.

#[cfg(feature = "cached")]
mod cache;
#[cfg(feature = "cached")]
mod forgotten;
mod held;

#[cfg(feature = "cached")]
pub(super) use cache::CachePlace;
#[cfg(feature = "cached")]
pub use cache::VerifiedTokenCache;
pub(super) use held::Held;
