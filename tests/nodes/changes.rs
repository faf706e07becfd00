//! Everything that can be changed about a key and whoever is behind it, heard by nodes that
//! have it all cached.

use std::time::{Duration, Instant};

use http::StatusCode;
use portcullis::store::{
    AdminError, Enabled, EntryPoint, EntryPoints, IssuedKey, KeyEdit, KeyOwner, KeyRef, Networks, OwnerRef,
    Privilege,
};
use portcullis::{AccountId, GroupId, Limits, RoleId, Scopes, SiteId, Timestamp, UserId};
use serde_json::Value;

use crate::client::{Ask, Client, me, pause};
use crate::node::{LATEST, Node, connect_all};
use crate::places::{Keys, Place, api_key, key_ref, now};
use crate::settled::settle;
use crate::turns::alone;

const POLL: Duration = Duration::from_millis(200);
/// Longer than anything takes: what takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(1);

/// A change, which can be taken back.
#[derive(Clone, Copy, Debug)]
enum Change {
    UserOff,
    AccountOff,
    SiteOff,
    OutOfGroup,
    RoleFromGroup,
    PrivilegeFromRole,
    WithoutGroup,
    WithoutRole,
    WithoutPrivilege,
    KeyOff,
    Scopes,
    Expired,
    NotBegun,
    EntryPoints,
    Networks,
    KeyLimit,
    UserLimit,
    AccountLimit,
    SiteLimit,
}

const ALL: [Change; 19] = [
    Change::UserOff,
    Change::AccountOff,
    Change::SiteOff,
    Change::OutOfGroup,
    Change::RoleFromGroup,
    Change::PrivilegeFromRole,
    Change::WithoutGroup,
    Change::WithoutRole,
    Change::WithoutPrivilege,
    Change::KeyOff,
    Change::Scopes,
    Change::Expired,
    Change::NotBegun,
    Change::EntryPoints,
    Change::Networks,
    Change::KeyLimit,
    Change::UserLimit,
    Change::AccountLimit,
    Change::SiteLimit,
];

/// What `/me` answers: the status, and the scopes where it is a 200.
type Seen = (u16, Option<String>);

fn accepted(scopes: &str) -> Seen {
    (200, Some(scopes.to_owned()))
}

impl Change {
    fn seen(self) -> Seen {
        match self {
            Self::UserOff | Self::AccountOff | Self::SiteOff => (401, None),
            Self::KeyOff | Self::Expired | Self::NotBegun => (401, None),
            Self::OutOfGroup | Self::RoleFromGroup | Self::PrivilegeFromRole => accepted("own"),
            Self::WithoutGroup | Self::WithoutRole | Self::WithoutPrivilege => accepted("own"),
            Self::Scopes => accepted("granted other"),
            Self::EntryPoints | Self::Networks => (403, None),
            Self::KeyLimit | Self::UserLimit | Self::AccountLimit | Self::SiteLimit => (429, None),
        }
    }

    /// Makes it, or takes it back.
    async fn apply<K: Keys>(self, keys: &K, key: &KeyRef, back: bool) -> Result<(), AdminError> {
        let Names { user, account, site, group, role, privilege } = Names::new();
        let on = if back { Enabled::Yes } else { Enabled::No };
        let name = privilege.name();
        let moment = |moment: Timestamp| (!back).then_some(moment);
        let once = || if back { Limits::none() } else { limit() };
        match (self, back) {
            (Self::UserOff, _) => keys.set_owner_active(&OwnerRef::User(user), on).await,
            (Self::AccountOff, _) => keys.set_owner_active(&OwnerRef::Account(account), on).await,
            (Self::SiteOff, _) => keys.set_owner_active(&OwnerRef::Site(site), on).await,
            (Self::OutOfGroup, false) => keys.remove_user_from_group(&user, &group).await,
            (Self::RoleFromGroup, false) => keys.take_role_from_group(&role, &group).await,
            (Self::PrivilegeFromRole, false) => keys.take_privilege_from_role(name, &role).await,
            (Self::WithoutGroup, false) => keys.remove_group(&group).await,
            (Self::WithoutRole, false) => keys.remove_role(&role).await,
            (Self::WithoutPrivilege, false) => keys.remove_privilege(name).await,
            (Self::OutOfGroup, true) => keys.add_user_to_group(&user, &group).await,
            (Self::RoleFromGroup, true) => keys.give_role_to_group(&role, &group).await,
            (Self::PrivilegeFromRole, true) => keys.give_privilege_to_role(name, &role).await,
            (Self::WithoutGroup, true) => {
                keys.add_group(&group).await?;
                keys.give_role_to_group(&role, &group).await?;
                keys.add_user_to_group(&user, &group).await
            }
            (Self::WithoutRole, true) => {
                keys.add_role(&role).await?;
                keys.give_privilege_to_role(name, &role).await?;
                keys.give_role_to_group(&role, &group).await
            }
            (Self::WithoutPrivilege, true) => {
                keys.add_privilege(&privilege).await?;
                keys.give_privilege_to_role(name, &role).await
            }
            (Self::KeyOff, _) => keys.set_enabled(key, on).await,
            (Self::Scopes, _) => {
                let scopes = Scopes::parse(if back { "own" } else { "other" }).expect("scopes");
                keys.edit(key, KeyEdit::new().scopes(scopes)).await
            }
            (Self::Expired, _) => keys.edit(key, KeyEdit::new().expires_at(moment(now()))).await,
            (Self::NotBegun, _) => {
                let later = now().saturating_add(Duration::from_secs(3_600));
                keys.edit(key, KeyEdit::new().not_before(moment(later))).await
            }
            (Self::EntryPoints, _) => {
                let other = EntryPoints::only(["orders.create"]).expect("names");
                keys.assign_entry_points(key, if back { EntryPoints::any() } else { other }).await
            }
            (Self::Networks, _) => {
                let other = Networks::any().with_allowed(["192.0.2.0/24"]).expect("networks");
                keys.assign_networks(key, if back { Networks::any() } else { other }).await
            }
            (Self::KeyLimit, _) => keys.edit(key, KeyEdit::new().limits(once())).await,
            (Self::UserLimit, _) => keys.set_owner_limits(&OwnerRef::User(user), once()).await,
            (Self::AccountLimit, _) => keys.set_owner_limits(&OwnerRef::Account(account), once()).await,
            (Self::SiteLimit, _) => keys.set_owner_limits(&OwnerRef::Site(site), once()).await,
        }
    }
}

/// One request in a time that does not end here.
fn limit() -> Limits {
    Limits::none().with(1, Duration::from_secs(366 * 24 * 3_600)).expect("a limit")
}

/// Who is behind the key.
struct Names {
    user: UserId,
    account: AccountId,
    site: SiteId,
    group: GroupId,
    role: RoleId,
    privilege: Privilege,
}

impl Names {
    fn new() -> Self {
        Self {
            user: UserId::from("ada"),
            account: AccountId::from("acme"),
            site: SiteId::from("shop"),
            group: GroupId::from("staff"),
            role: RoleId::from("clerk"),
            privilege: Privilege::labelled("granted").expect("a label"),
        }
    }

    async fn issue<K: Keys>(self, keys: &K) -> Result<IssuedKey, AdminError> {
        keys.add_account(&self.account).await?;
        keys.add_user(&self.user, Some(&self.account)).await?;
        keys.add_site(&self.site, &self.account).await?;
        keys.add_group(&self.group).await?;
        keys.add_role(&self.role).await?;
        keys.add_privilege(&self.privilege).await?;
        keys.add_user_to_group(&self.user, &self.group).await?;
        keys.give_role_to_group(&self.role, &self.group).await?;
        keys.give_privilege_to_role(self.privilege.name(), &self.role).await?;
        let routes = [("me", "/me"), ("orders.create", "/orders")];
        let routes = routes.map(|(name, pattern)| EntryPoint::new(name, pattern).expect("a name"));
        keys.sync_entry_points(&routes).await?;
        let owner = KeyOwner { user: Some(self.user), account: Some(self.account), site: Some(self.site) };
        keys.issue(api_key().with_owner(owner).with_scopes(Scopes::parse("own").expect("a scope")), now())
            .await
    }
}

async fn see(client: &mut Client, ask: &Ask) -> Seen {
    let answer = client.ask(ask).await;
    let scopes = (answer.status == StatusCode::OK).then(|| {
        let who: Value = serde_json::from_slice(&answer.body).expect("JSON");
        who["scopes"].as_str().expect("scopes").to_owned()
    });
    (answer.status.as_u16(), scopes)
}

/// Asks until this is the answer: how long that took, and what it was before.
async fn until(client: &mut Client, ask: &Ask, wanted: &Seen, begun: Instant) -> Duration {
    let mut pause = pause(PAUSE);
    loop {
        pause.tick().await;
        let seen = see(client, ask).await;
        if seen == *wanted {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < PATIENCE, "it is {seen:?} and not {wanted:?}");
    }
}

/// Makes each change and takes it back, while two nodes know what was before.
async fn hear_all<K: Keys>(place: Place<K>, settings: &[(&str, &str)], name: &str) -> Vec<Duration> {
    let issued = Names::new().issue(&place.keys).await.expect("issued");
    let (ask, key) = (me(&issued.secret), key_ref(&issued.id));
    let nodes: [Node; 2] = Node::start(&place, &[settings, &[("THROTTLE", "off")]].concat());
    let mut clients = connect_all(&nodes).await;
    settle(&place, &mut clients).await;
    let [one, other] = &mut clients[..] else { panic!("two nodes") };
    let usual = accepted("granted own");
    let mut all = Vec::new();
    for change in ALL {
        assert_eq!(
            [see(one, &ask).await, see(other, &ask).await],
            [(); 2].map(|()| usual.clone()),
            "{change:?}"
        );
        let mut both = Vec::new();
        for (back, wanted) in [(false, change.seen()), (true, usual.clone())] {
            change.apply(&place.keys, &key, back).await.unwrap_or_else(|error| panic!("{change:?}: {error}"));
            let begun = Instant::now();
            let heard = tokio::join!(until(one, &ask, &wanted, begun), until(other, &ask, &wanted, begun));
            both.extend([heard.0, heard.1]);
        }
        println!("{name}: {change:?} is heard after {:.1?}, its end after {:.1?}", &both[..2], &both[2..]);
        all.extend(both);
    }
    all.sort();
    println!("{name}: median {:.1?}, longest {:.1?}", all[all.len() / 2], all[all.len() - 1]);
    all
}

async fn by_messages<K: Keys>(place: Place<K>, name: &str) {
    let _turn = alone().await;
    let rare = [("POLL_MILLISECONDS", "3600000"), ("MAX_STALE_MILLISECONDS", "36000000")];
    let all = hear_all(place, &rare, name).await;
    assert!(all[all.len() / 2] <= Duration::from_millis(100), "{all:?}");
    // Other programs may keep a node from its turn.
    assert!(all[all.len() - 1] <= LATEST, "{all:?}");
}

async fn by_polling<K: Keys>(place: Place<K>, name: &str) {
    let _turn = alone().await;
    let poll = POLL.as_millis().to_string();
    let settings =
        [("MESSAGES", "off"), ("POLL_MILLISECONDS", &poll), ("MAX_STALE_MILLISECONDS", "36000000")];
    let all = hear_all(place, &settings, name).await;
    assert!(all[all.len() / 2] <= POLL + Duration::from_millis(200), "{all:?}");
    assert!(all[all.len() - 1] <= POLL + LATEST, "{all:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_is_heard_with_the_messages_of_postgres() {
    by_messages(Place::in_postgres().await, "postgres, by messages").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_is_heard_with_the_messages_of_redis() {
    by_messages(Place::in_redis().await, "redis, by messages").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_is_seen_by_polling_postgres() {
    by_polling(Place::in_postgres().await, "postgres, by polling every 200 ms").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_is_seen_by_polling_redis() {
    by_polling(Place::in_redis().await, "redis, by polling every 200 ms").await;
}
