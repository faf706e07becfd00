//! Keys that keys mint.

use ipnet::IpNet;

use crate::store::{
    AdminError, EntryPoints, IssuedKey, KeyAdmin, KeyOwner, KeyRef, KeySecret, KeyStatus, KeySummary,
    Networks, NewKey, SignatureForms,
};
use crate::{Limits, Realm, Scheme, Scopes, Timestamp};

const REVOKED: &str = "its minter was withdrawn or narrowed while it was minted";

pub(super) async fn mint<S: KeyAdmin + ?Sized>(
    store: &S,
    minter: &KeyRef,
    mut key: NewKey,
    now: Timestamp,
) -> Result<IssuedKey, AdminError> {
    if matches!(key.secret, KeySecret::Import(_)) {
        return Err(AdminError::Invalid("the secret of a minted key is generated"));
    }
    let held = store.find_key(minter).await?.ok_or(AdminError::UnknownKey)?;
    // To name the minter's account only narrows: a site or a user of another is refused.
    if key.owner.account.is_none() {
        key.owner.account.clone_from(&held.owner.account);
    }
    let asked = Asked {
        realm: key.realm.clone(),
        owner: key.owner.clone(),
        scopes: key.scopes.clone(),
        entry_points: key.entry_points.clone(),
        networks: key.networks.clone(),
        limits: key.limits.clone(),
        scheme: key.scheme,
        signature_forms: key.signature_forms,
        expires_at: key.expires_at,
    };
    asked.check(&held, now)?;
    let issued = store.issue(key, now).await?;
    // Until here nobody knows the secret. Whatever goes wrong below, nobody ever will.
    let held = store.find_key(minter).await?;
    if held.is_none_or(|held| asked.check(&held, now).is_err()) {
        store.revoke(&KeyRef { realm: asked.realm, id: issued.id }, REVOKED, now).await?;
        return Err(AdminError::ExceedsMinter);
    }
    Ok(issued)
}

/// What a minter must have, too.
struct Asked {
    realm: Realm,
    owner: KeyOwner,
    scopes: Scopes,
    entry_points: EntryPoints,
    networks: Networks,
    limits: Limits,
    scheme: Scheme,
    signature_forms: SignatureForms,
    expires_at: Option<Timestamp>,
}

impl Asked {
    fn check(&self, minter: &KeySummary, now: Timestamp) -> Result<(), AdminError> {
        let within = minter.status_at(now) == KeyStatus::Active
            && self.realm == minter.realm
            && owner(&self.owner, &minter.owner)
            && minter.scopes.contains_all(&self.scopes)
            && entry_points(&self.entry_points, &minter.entry_points)
            && networks(&self.networks, &minter.networks)
            && limits(&self.limits, &minter.limits)
            && self.keeps_to_forms(minter)
            && minter.expires_at.is_none_or(|end| self.expires_at.is_some_and(|asked| asked <= end));
        if within { Ok(()) } else { Err(AdminError::ExceedsMinter) }
    }

    /// A key with the strict form alone mints no other key with the compatible one.
    fn keeps_to_forms(&self, minter: &KeySummary) -> bool {
        minter.signature_forms == SignatureForms::Any
            || self.signature_forms == SignatureForms::StrictOnly
            || !SignatureForms::has_choice(self.scheme)
    }
}

/// The same parts. Only the sites of an account may be chosen among, where the minter stands
/// for the whole account; the store refuses a site of another.
fn owner(asked: &KeyOwner, minter: &KeyOwner) -> bool {
    let site = asked.site == minter.site || (minter.site.is_none() && minter.account.is_some());
    asked.user == minter.user && asked.account == minter.account && site
}

fn entry_points(asked: &EntryPoints, minter: &EntryPoints) -> bool {
    match asked.names() {
        Some(mut names) => names.all(|name| minter.allow(name)),
        None => minter.names().is_none(),
    }
}

fn networks(asked: &Networks, minter: &Networks) -> bool {
    let covered = |network: &IpNet, by: &[IpNet]| by.iter().any(|wider| wider.contains(network));
    let allowed = match (minter.allowed(), asked.allowed()) {
        ([], _) => true,
        (_, []) => false,
        (wide, narrow) => narrow.iter().all(|network| covered(network, wide)),
    };
    allowed && minter.denied().iter().all(|network| covered(network, asked.denied()))
}

fn limits(asked: &Limits, minter: &Limits) -> bool {
    minter.iter().all(|held| {
        asked.iter().any(|asked| asked.period() == held.period() && asked.count() <= held.count())
    })
}

#[cfg(test)]
#[cfg(feature = "memory")]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::memory::MemoryKeyStore;
    use crate::store::{
        Enabled, KeyAdminExt, KeyEdit, KeyQuery, KeyState, OwnerRef, StoreError, StoredPrincipal, forward,
        forward_keys,
    };
    use crate::{AccountId, ErrorKind, KeyId, Reason, Scheme, Secret, SiteId, UserId};

    type Store = MemoryKeyStore<StoredPrincipal>;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn key(owner: KeyOwner) -> NewKey {
        NewKey::new(Scheme::ApiKey, owner)
    }

    fn nobody() -> NewKey {
        key(KeyOwner::default())
    }

    fn named(id: &str) -> KeyRef {
        KeyRef { realm: Realm::default(), id: KeyId::from(id) }
    }

    /// Two accounts, each with a user and two sites, and a user of no account.
    async fn store() -> Store {
        let store = Store::new();
        for account in ["a", "b"] {
            let account = AccountId::from(account);
            store.add_account(&account).await.expect("added");
            store.add_user(&UserId::from(format!("u{account}")), Some(&account)).await.expect("added");
            for number in 1..3 {
                let site = SiteId::from(format!("s{account}{number}"));
                store.add_site(&site, &account).await.expect("added");
            }
        }
        store.add_user(&UserId::from("free"), None).await.expect("added");
        store
    }

    /// Whether a minter of `minter` mints `asked` at second 50; what is refused leaves nothing.
    async fn mints(minter: NewKey, asked: NewKey) -> bool {
        let store = store().await;
        drop(store.issue(minter.with_id("minter"), at(0)).await.expect("issued"));
        let answer = store.mint(&named("minter"), asked, at(50)).await;
        let keys = store.list_all(KeyQuery::new(Realm::default()), at(50)).await.expect("a list");
        match answer {
            Ok(minted) => keys.len() == 2 && keys.iter().any(|key| key.id == minted.id),
            Err(AdminError::ExceedsMinter | AdminError::ForeignOwner) if keys.len() == 1 => false,
            Err(error) => panic!("{error:?}, and {keys:?}"),
        }
    }

    #[tokio::test]
    async fn a_minted_key_has_no_scope_that_its_minter_lacks() {
        let of = |scopes: &str| nobody().with_scopes(Scopes::parse(scopes).expect("scopes"));
        for (minter, asked, minted) in [
            ("read mint", "read", true),
            ("read mint", "", true),
            ("read", "read", true),
            ("read", "admin", false),
            ("read", "read admin", false),
            ("", "read", false),
            ("read", "Read", false),
        ] {
            assert_eq!(mints(of(minter), of(asked)).await, minted, "{minter} mints {asked}");
        }
    }

    #[tokio::test]
    async fn a_minted_key_stands_for_nobody_that_its_minter_does_not_stand_for() {
        let none = KeyOwner::default;
        let (user, account) = (|id: &str| KeyOwner::user(id), |id: &str| KeyOwner::account(id));
        for (minter, asked, minted) in [
            (none(), none(), true),
            (none(), account("a"), false),
            (none(), user("free"), false),
            (none(), none().for_site("sa1"), false),
            (account("a"), account("a"), true),
            (account("a"), none(), true),
            (account("a"), account("b"), false),
            (account("a"), user("ua"), false),
            (account("a"), user("free"), false),
            (account("a"), none().for_site("sa2"), true),
            (account("a"), none().for_site("sb1"), false),
            (account("a"), account("b").for_site("sb1"), false),
            (none().for_site("sa1"), none().for_site("sa1"), true),
            (none().for_site("sa1"), none().for_site("sa2"), false),
            (none().for_site("sa1"), account("a"), false),
            (user("ua"), user("ua"), true),
            (user("ua"), none(), false),
            (user("ua"), user("ub"), false),
            (user("ua"), user("free"), false),
            (user("ua"), user("ua").for_site("sa1"), true),
            (user("ua"), user("ua").for_site("sb1"), false),
            (user("free"), user("free"), true),
            (user("free"), user("free").of_account("a"), false),
            (user("free").of_account("a"), user("free"), true),
        ] {
            let case = format!("{minter:?} mints for {asked:?}");
            assert_eq!(mints(key(minter), key(asked)).await, minted, "{case}");
        }
    }

    #[tokio::test]
    async fn where_no_account_is_named_a_minted_key_is_of_the_minters() {
        let store = store().await;
        drop(store.issue(key(KeyOwner::account("a")).with_id("minter"), at(0)).await.expect("issued"));
        let minted = store.mint(&named("minter"), nobody(), at(0)).await.expect("minted");
        let held = store.find_key(&named(minted.id.as_str())).await.expect("an answer").expect("the key");
        assert_eq!(held.owner, KeyOwner::account("a"));
    }

    #[test]
    fn a_minted_key_calls_no_entry_point_that_its_minter_may_not() {
        let of = |names: Option<&[&str]>| match names {
            Some(names) => {
                nobody().with_entry_points(EntryPoints::only(names.iter().copied()).expect("names"))
            }
            None => nobody(),
        };
        let names = [Some(["a", "b"].as_slice()), Some(&["a"]), Some(&[]), None];
        for (minter, expected) in [
            (Some(["a", "b"].as_slice()), [true, true, true, false]),
            (Some(&["a"]), [false, true, true, false]),
            (Some(&[]), [false, false, true, false]),
            (None, [true; 4]),
        ] {
            for (asked, minted) in names.into_iter().zip(expected) {
                let (minter, asked) = (of(minter), of(asked));
                assert_eq!(entry_points(&asked.entry_points, &minter.entry_points), minted);
            }
        }
    }

    #[tokio::test]
    async fn a_minted_key_is_used_from_no_network_that_its_minter_may_not_be_used_from() {
        let of = |allowed: &[&str], denied: &[&str]| {
            let networks = Networks::any().with_allowed(allowed.iter().copied()).expect("networks");
            nobody().with_networks(networks.with_denied(denied.iter().copied()).expect("networks"))
        };
        type Lists<'a> = (&'a [&'a str], &'a [&'a str]);
        let cases: [(Lists<'_>, Lists<'_>, bool); 12] = [
            ((&[], &[]), (&[], &[]), true),
            ((&[], &[]), (&["192.0.2.0/24"], &[]), true),
            ((&["192.0.2.0/24"], &[]), (&["192.0.2.0/24"], &[]), true),
            ((&["192.0.2.0/24"], &[]), (&["192.0.2.0/25", "192.0.2.200"], &[]), true),
            ((&["192.0.2.0/24"], &[]), (&[], &[]), false),
            ((&["192.0.2.0/24"], &[]), (&[], &["192.0.2.0/24"]), false),
            ((&["192.0.2.0/24"], &[]), (&["192.0.2.0/23"], &[]), false),
            ((&["192.0.2.0/24"], &[]), (&["192.0.2.0/25", "198.51.100.1"], &[]), false),
            ((&["0.0.0.0/0"], &[]), (&["::/0"], &[]), false),
            ((&[], &["192.0.2.7"]), (&[], &["192.0.2.0/24"]), true),
            ((&[], &["192.0.2.7"]), (&["192.0.2.0/24"], &[]), false),
            ((&[], &["192.0.2.0/24"]), (&[], &["192.0.2.7"]), false),
        ];
        for (minter, asked, minted) in cases {
            let answer = mints(of(minter.0, minter.1), of(asked.0, asked.1)).await;
            assert_eq!(answer, minted, "{minter:?} mints {asked:?}");
        }
    }

    #[tokio::test]
    async fn a_minted_key_is_limited_at_least_as_its_minter_is() {
        let of = |limits: &str| nobody().with_limits(limits.parse().expect("limits"));
        for (minter, asked, minted) in [
            ("", "", true),
            ("", "9/60", true),
            ("9/60", "9/60", true),
            ("9/60", "8/60 1/3600", true),
            ("9/60", "", false),
            ("9/60", "10/60", false),
            ("9/60", "9/59", false),
            ("9/60", "1/3600", false),
            ("9/60 20/3600", "9/60", false),
        ] {
            assert_eq!(mints(of(minter), of(asked)).await, minted, "{minter} mints {asked}");
        }
    }

    #[tokio::test]
    async fn a_minted_key_does_not_outlive_its_minter() {
        let until = |end| nobody().with_expires_at(at(end));
        assert!(mints(until(100), until(100)).await && mints(nobody(), until(999)).await);
        assert!(!mints(until(100), until(101)).await && !mints(until(100), nobody()).await);
    }

    #[tokio::test]
    async fn a_minter_that_is_not_active_or_of_another_realm_mints_nothing() {
        assert!(!mints(nobody().with_expires_at(at(50)), nobody().with_expires_at(at(50))).await);
        assert!(!mints(nobody().with_not_before(at(51)), nobody()).await);
        assert!(!mints(nobody(), nobody().with_realm(Realm::from("other"))).await);

        let store = store().await;
        drop(store.issue(key(KeyOwner::account("a")).with_id("minter"), at(0)).await.expect("issued"));
        let minter = named("minter");
        let refused =
            || async { matches!(store.mint(&minter, nobody(), at(1)).await, Err(AdminError::ExceedsMinter)) };
        assert!(!refused().await);
        let account = OwnerRef::Account(AccountId::from("a"));
        store.set_owner_active(&account, Enabled::No).await.expect("off");
        assert!(refused().await);
        store.set_owner_active(&account, Enabled::Yes).await.expect("on");
        store.set_enabled(&minter, Enabled::No).await.expect("off");
        assert!(refused().await);
        store.revoke(&minter, "lost", at(1)).await.expect("revoked");
        assert!(refused().await);
        let unknown = store.mint(&named("unknown"), nobody(), at(1)).await;
        assert!(matches!(unknown, Err(AdminError::UnknownKey)));
    }

    #[tokio::test]
    async fn the_secret_of_a_minted_key_is_not_chosen() {
        let store = store().await;
        drop(store.issue(nobody().with_id("minter"), at(0)).await.expect("issued"));
        let chosen = nobody().with_secret(Secret::from("a key that is known already"));
        let answer = store.mint(&named("minter"), chosen, at(1)).await;
        assert!(matches!(answer, Err(AdminError::Invalid(_))));
    }

    /// A store in which the key `minter` loses its scopes the moment that another is issued.
    struct Overtaken<S>(S);

    forward_keys!(Overtaken, self => self.0);

    impl<S: KeyAdmin> KeyAdmin for Overtaken<S> {
        async fn issue(&self, key: NewKey, now: Timestamp) -> Result<IssuedKey, AdminError> {
            self.0.edit(&named("minter"), KeyEdit::new().scopes(Scopes::none())).await?;
            self.0.issue(key, now).await
        }

        forward! { self => self.0;
            add_account add_user add_site set_site_url set_owner_limits list_owners set_owner_active issue_all
            rotate revoke set_enabled edit assign_networks record_uses find_key list
        }
    }

    #[tokio::test]
    async fn a_minter_that_is_narrowed_meanwhile_leaves_a_revoked_key_that_nobody_has_seen() {
        let store = store().await;
        let of = |scopes: &str| nobody().with_scopes(Scopes::parse(scopes).expect("scopes"));
        drop(store.issue(of("read").with_id("minter"), at(0)).await.expect("issued"));
        let overtaken = Overtaken(store.clone());
        let answer = overtaken.mint(&named("minter"), of("read").with_id("minted"), at(1)).await;
        assert!(matches!(answer, Err(AdminError::ExceedsMinter)));
        let minted = store.find_key(&named("minted")).await.expect("an answer").expect("the key");
        assert_eq!(minted.state, KeyState::Revoked);
    }

    #[test]
    fn a_refusal_is_403_an_outage_503_and_all_else_no_refusal() {
        let kind = |error: AdminError| error.refusal().map(|error| error.kind());
        assert!(matches!(kind(AdminError::ExceedsMinter), Ok(ErrorKind::Forbidden)));
        assert!(matches!(kind(AdminError::OwnerNotAllowed), Ok(ErrorKind::Forbidden)));
        let down = StoreError::unavailable(std::io::Error::other("down"));
        assert!(matches!(kind(down.into()), Ok(ErrorKind::Unavailable)));
        for error in [AdminError::UnknownKey, AdminError::Revoked, AdminError::Duplicate] {
            assert!(error.refusal().is_err());
        }
        assert_eq!(Reason::ExceedsMinter.kind(), ErrorKind::Forbidden);
    }

    #[tokio::test]
    async fn rotation_leaves_what_a_minted_key_is_limited_to() {
        let store = store().await;
        drop(store.issue(nobody().with_id("minter").with_expires_at(at(100)), at(0)).await.expect("issued"));
        let minted =
            store.mint(&named("minter"), nobody().with_expires_at(at(90)), at(1)).await.expect("minted");
        let minted = named(minted.id.as_str());
        drop(store.rotate(&minted, Duration::from_secs(10_000), at(2)).await.expect("rotated"));
        let held = store.find_key(&minted).await.expect("an answer").expect("the key");
        assert_eq!((held.expires_at, held.previous_until), (Some(at(90)), Some(at(90))));
    }
}
