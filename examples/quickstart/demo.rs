//! What the first start makes: an account with users and a site, what they may do in the console,
//! and a key of each kind.

use portcullis::password::PasswordHash;
use portcullis::store::sqlite::SqliteKeyStore;
use portcullis::store::{EntryPoints, IssuedKey, KeyAdmin, KeyOwner, NewKey, Privilege, RoleAdmin};
use portcullis::{
    AccountId, Clock, GroupId, RoleId, Scheme, Scope, Scopes, Secret, SiteId, SystemClock, UserId,
};

use crate::chain::Me;
use crate::process::Failure;

pub(crate) const ACCOUNT: &str = "demo";
pub(crate) const SITE: &str = "demo-site";
pub(crate) const USER: &str = "demo";
/// Who may change everything in the console; `USER` may look.
pub(crate) const ADMINISTRATOR: &str = "admin";

/// Each step doubles the time that a log-in takes; 12 is a quarter of a second.
const BCRYPT_COST: u32 = 12;

/// The one time that these secrets can be seen.
#[derive(Debug)]
pub(crate) struct Demo {
    pub(crate) api_key: IssuedKey,
    pub(crate) url_key: IssuedKey,
    pub(crate) x_auth_key: IssuedKey,
    pub(crate) sigv4_key: IssuedKey,
    pub(crate) message_key: IssuedKey,
    pub(crate) password: Secret,
}

impl Demo {
    pub(crate) fn password_hash(&self) -> Result<PasswordHash, Failure> {
        hash(&self.password)
    }
}

pub(crate) fn hash(password: &Secret) -> Result<PasswordHash, Failure> {
    Ok(PasswordHash::bcrypt(password, BCRYPT_COST)?)
}

pub(crate) async fn create(store: &SqliteKeyStore<Me>) -> Result<Demo, Failure> {
    let (account, now) = (AccountId::from(ACCOUNT), SystemClock.now());
    store.add_account(&account).await?;
    store.add_site(&SiteId::from(SITE), &account).await?;
    store.add_user(&UserId::from(USER), Some(&account)).await?;
    store.add_user(&UserId::from(ADMINISTRATOR), Some(&account)).await?;
    let (see, change) = (Privilege::new(Scope::new("keys:see")?), Privilege::new(Scope::new("keys:change")?));
    for privilege in [&see, &change] {
        store.add_privilege(privilege).await?;
    }
    may(store, USER, "auditors", "key auditor", &[&see]).await?;
    may(store, ADMINISTRATOR, "keepers", "key keeper", &[&see, &change]).await?;

    let user = KeyOwner::user(USER).of_account(ACCOUNT);
    let api_key = NewKey::new(Scheme::ApiKey, user.clone().for_site(SITE))
        .with_prefix("igny8_")
        .with_scopes(Scopes::parse("orders:read orders:write")?)
        .with_label("quickstart: API key");
    let url_key = NewKey::new(Scheme::QuerySignature, user.clone())
        .with_entry_points(EntryPoints::only(["hello", "whoami"])?)
        .with_label("quickstart: signed URLs");
    let x_auth_key = NewKey::new(Scheme::XAuth, user.clone()).with_label("quickstart: x-auth");
    let sigv4_key = NewKey::new(Scheme::SigV4, user.clone()).with_label("quickstart: SigV4");
    let message_key =
        NewKey::new(Scheme::MessageSignature, user).with_label("quickstart: message signatures");
    Ok(Demo {
        api_key: store.issue(api_key, now).await?,
        url_key: store.issue(url_key, now).await?,
        x_auth_key: store.issue(x_auth_key, now).await?,
        sigv4_key: store.issue(sigv4_key, now).await?,
        message_key: store.issue(message_key, now).await?,
        password: Secret::from(random_hex()?),
    })
}

/// Puts a user into a new group, with a new role that has these privileges.
async fn may(
    store: &SqliteKeyStore<Me>,
    user: &str,
    group: &str,
    role: &str,
    privileges: &[&Privilege],
) -> Result<(), Failure> {
    let (group, role) = (GroupId::from(group), RoleId::from(role));
    store.add_group(&group).await?;
    store.add_role(&role).await?;
    store.give_role_to_group(&role, &group).await?;
    for privilege in privileges {
        store.give_privilege_to_role(privilege.name(), &role).await?;
    }
    Ok(store.add_user_to_group(&UserId::from(user), &group).await?)
}

/// 16 random bytes.
pub(crate) fn random_hex() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
