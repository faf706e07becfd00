//! What each start makes: an account with a user and a site, a password, and an API key.

use portcullis::password::PasswordHash;
use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{IssuedKey, KeyOwner, NewKey};
use portcullis::{AccountId, Clock, KeyAdmin, Scheme, Secret, SiteId, SystemClock, UserId};

use crate::Me;
use crate::serve::Failure;
use crate::session::random_hex;
use crate::users::{Users, user};

pub(crate) const ACCOUNT: &str = "demo";
pub(crate) const SITE: &str = "demo-site";
pub(crate) const USER: &str = "demo";

#[derive(Debug)]
pub(crate) struct Demo {
    pub(crate) keys: MemoryKeyStore<Me>,
    pub(crate) users: Users,
    pub(crate) api_key: IssuedKey,
    pub(crate) password: Secret,
    /// A user who is not known takes as long to refuse as one with this hash.
    pub(crate) model: PasswordHash,
}

impl Demo {
    pub(crate) async fn create() -> Result<Self, Failure> {
        let keys = MemoryKeyStore::new();
        let account = AccountId::from(ACCOUNT);
        keys.add_account(&account).await?;
        keys.add_user(&UserId::from(USER), Some(&account)).await?;
        keys.add_site(&SiteId::from(SITE), &account).await?;
        let owner = KeyOwner::user(USER).of_account(ACCOUNT).for_site(SITE);
        let api_key = NewKey::new(Scheme::ApiKey, owner).with_prefix("igny8_");
        let api_key = keys.issue(api_key, SystemClock.now()).await?;
        let password = Secret::from(random_hex()?);
        let model = PasswordHash::argon2(&password)?;
        let users = Users::new([user(USER, &account, model.clone())]);
        Ok(Self { keys, users, api_key, password, model })
    }
}
