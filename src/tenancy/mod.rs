//! Whose account or site a request claims to be about.
//!
//! A credential says who acts, and for which account or on which site. The request often
//! names one as well: in its path (`/sites/{site}/orders`), or in a header
//! (`X-Account-Id`). Whoever believes the second without comparing it with the first gives
//! one tenant's data to another's key. A [`Tenancy`] compares them, after the
//! authentication and before the handler: `require_tenant` of the tower layer and of the
//! actix-web middleware does that on routes.
//!
//! # The rule
//! 1. A principal of a site may be on that site, and on no other of its account.
//! 2. A principal of an account without a site may be on any site that the
//!    [`SiteDirectory`](crate::store::SiteDirectory) knows of that account.
//! 3. Where an account is claimed, it must be the principal's.
//! 4. A principal that has neither account nor site is refused, whatever is claimed. So is
//!    an empty name, on either side.
//!
//! Names compare to the letter, as they are after the framework's decoding of the path;
//! nothing is normalised. Every source that the policy names must hold, not one of them.
//!
//! # Answers
//!
//! | what | answer |
//! |---|---|
//! | a path of another tenant, or of one that does not exist | 404, as if there were no such page; 403 after [`answer_forbidden`](Tenancy::answer_forbidden) |
//! | a header that names another tenant, or none that exists | 403 |
//! | a header that is repeated, empty, or no printable ASCII | 400 |
//! | a header that is missing | 400, unless [`allow_missing_header`](Tenancy::allow_missing_header) |
//! | a route without the path parameter | 500: a misspelt name must not switch the check off |
//! | the directory cannot answer | 503 |
//!
//! A missing header is 400 and not 404: the client has the right page and has forgotten
//! to say for whom, and it learns nothing of anybody by being told so.
//!
//! # What is not checked
//! Whether a principal of one site may use a page about its whole account: that is a
//! question of scopes.
//!
//! Whether the principal's own account and site are active: for a stored key its
//! [`KeyStore`](crate::KeyStore) has said so, for a token nobody has. A site of another
//! account that is switched off is as unknown as one that never was.
//!
//! ```
//! use portcullis::request::{BodyGate, RequestTarget, RequestView};
//! use portcullis::store::{KeyAdmin, memory::MemoryKeyStore};
//! use portcullis::tenancy::{Tenancy, TenantSource};
//! use portcullis::{AccountId, Principal, Reason, SiteId, Timestamp};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let keys: MemoryKeyStore = MemoryKeyStore::new();
//! for (site, account) in [("shop", "acme"), ("blog", "umbrella")] {
//!     keys.add_account(&AccountId::from(account)).await?;
//!     keys.add_site(&SiteId::from(site), &AccountId::from(account)).await?;
//! }
//! let tenancy = Tenancy::new(TenantSource::path_site("site"))
//!     .add_source(TenantSource::header_account("X-Account-Id"))
//!     .with_sites(keys);
//!
//! let ada = Principal::builder("ada").account("acme").build();
//! let headers = vec![("x-account-id".to_owned(), b"acme".to_vec())];
//! let gate = BodyGate::new();
//! let target = RequestTarget::new("GET", "/sites/shop", None);
//! let request = RequestView::new(target, &headers, &gate, Timestamp::from_unix_seconds(0));
//!
//! let shop = tenancy.claims(&request, |name| (name == "site").then_some("shop"))?;
//! assert!(tenancy.check(&ada, &shop).await.is_ok());
//! let blog = tenancy.claims(&request, |name| (name == "site").then_some("blog"))?;
//! assert_eq!(tenancy.check(&ada, &blog).await.unwrap_err().reason(), Reason::ForeignTenant);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # Tenants of tokens
//! A token has its account in a claim of its own. The mapping of the authenticator puts it
//! into the principal, and refuses a token without one:
//!
//! ```
//! # #[cfg(feature = "jwt")] {
//! use portcullis::jwt::{JwtAlgorithm, JwtAuthenticator, JwtKey, JwtPolicy, JwtVerifier, VerifiedToken};
//! use portcullis::{AccountId, Principal, UserId};
//!
//! #[derive(serde::Deserialize)]
//! struct OfTenant {
//!     tenant: String,
//! }
//!
//! type Member = Principal<UserId, AccountId>;
//!
//! fn member(token: &VerifiedToken) -> Result<Member, Box<dyn std::error::Error + Send + Sync>> {
//!     let user = token.subject().ok_or("a token without a subject")?;
//!     let account = token.claims::<OfTenant>()?.tenant;
//!     Ok(Principal::builder(user.into()).account(account.into()).build())
//! }
//!
//! let key = JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into())?;
//! let verifier = JwtVerifier::new(JwtPolicy::new().with_audience("orders"), [key])?;
//! let members = JwtAuthenticator::new(verifier).with_mapping(member);
//! # let _ = members;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod claim;
#[cfg(any(feature = "tower", feature = "actix"))]
mod decide;
mod policy;
mod source;

pub use claim::TenantClaim;
#[cfg(any(feature = "actix", feature = "axum"))]
pub(crate) use decide::sole;
pub use policy::{NoSites, Tenancy};
pub use source::TenantSource;
