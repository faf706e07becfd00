//! What users may do.

use crate::store::{
    AdminError, Enabled, GroupSummary, KeyAdmin, KeyOwner, OwnerRef, Privilege, RoleAdmin, RoleSummary,
    UserRights,
};
use crate::{AccountId, GroupId, Reason, RoleId, Scope, Scopes, UserId};

use super::fixtures::*;

fn group(name: &str) -> GroupId {
    GroupId::from(name)
}

fn role(name: &str) -> RoleId {
    RoleId::from(name)
}

fn user(name: &str) -> UserId {
    UserId::from(name)
}

fn word(name: &str) -> Scope {
    Scope::new(name).expect("a word")
}

fn active(privileges: &str) -> Option<UserRights> {
    Some(UserRights::Active(Scopes::parse(privileges).expect("scopes")))
}

async fn rights(store: &(impl RoleAdmin + KeyAdmin), user: &str) -> Option<UserRights> {
    store.rights_of(user).await.expect("an answer")
}

/// ada is in two groups, eve in one of them and bob in none:
///
/// * staff: reader (read), writer (read, write)
/// * admins: owner (own), writer
async fn directory(store: &(impl RoleAdmin + KeyAdmin)) {
    for name in ["ada", "eve", "bob"] {
        store.add_user(&user(name), None).await.expect("added");
    }
    for name in ["read", "write", "own"] {
        store.add_privilege(&Privilege::new(word(name))).await.expect("added");
    }
    for (name, privileges) in
        [("reader", &["read"][..]), ("writer", &["write", "read"]), ("owner", &["own"]), ("idle", &[])]
    {
        store.add_role(&role(name)).await.expect("added");
        for privilege in privileges {
            store.give_privilege_to_role(&word(privilege), &role(name)).await.expect("given");
        }
    }
    for (name, roles, users) in [
        ("staff", &["writer", "reader"][..], &["eve", "ada"][..]),
        ("admins", &["owner", "writer"], &["ada"]),
        ("empty", &["owner"], &[]),
    ] {
        store.add_group(&group(name)).await.expect("added");
        for held in roles {
            store.give_role_to_group(&role(held), &group(name)).await.expect("given");
        }
        for member in users {
            store.add_user_to_group(&user(member), &group(name)).await.expect("added");
        }
    }
}

/// A user may do what any role of any of its groups may do.
pub async fn a_user_has_the_privileges_of_all_roles_of_all_its_groups(store: &(impl RoleAdmin + KeyAdmin)) {
    directory(store).await;
    assert_eq!(rights(store, "ada").await, active("own read write"));
    assert_eq!(rights(store, "eve").await, active("read write"));
}

/// A user without groups, or with roles that hold nothing, has the rights of nobody; an unknown
/// user has none, which is another answer.
pub async fn a_user_without_groups_has_no_privilege_and_an_unknown_one_no_rights(
    store: &(impl RoleAdmin + KeyAdmin),
) {
    directory(store).await;
    assert_eq!(rights(store, "bob").await, active(""));
    store.add_group(&group("idlers")).await.expect("added");
    store.give_role_to_group(&role("idle"), &group("idlers")).await.expect("given");
    store.add_user_to_group(&user("bob"), &group("idlers")).await.expect("added");
    assert_eq!(rights(store, "bob").await, active(""));
    for absent in ["mallory", "", "staff", "writer", "ada' OR '1'='1"] {
        assert_eq!(rights(store, absent).await, None, "{absent}");
    }
}

/// Users are compared byte by byte: not folded, not trimmed, not cut at a zero byte.
pub async fn a_user_id_in_another_case_is_unknown(store: &(impl RoleAdmin + KeyAdmin)) {
    directory(store).await;
    for other in ["Ada", "ADA", "ada ", "ada\0"] {
        assert_eq!(rights(store, other).await, None, "{other:?}");
    }
}

/// Whatever is given or taken holds at the next look-up.
pub async fn what_is_taken_is_gone_at_the_next_look_up(store: &(impl RoleAdmin + KeyAdmin)) {
    directory(store).await;
    store.take_privilege_from_role(&word("own"), &role("owner")).await.expect("taken");
    assert_eq!(rights(store, "ada").await, active("read write"));
    store.give_privilege_to_role(&word("own"), &role("owner")).await.expect("given");
    assert_eq!(rights(store, "ada").await, active("own read write"));
    store.take_role_from_group(&role("owner"), &group("admins")).await.expect("taken");
    assert_eq!(rights(store, "ada").await, active("read write"));
    store.give_role_to_group(&role("owner"), &group("staff")).await.expect("given");
    assert_eq!(rights(store, "eve").await, active("own read write"));
    store.remove_user_from_group(&user("eve"), &group("staff")).await.expect("removed");
    assert_eq!(rights(store, "eve").await, active(""));
}

/// What one role or group loses, a user keeps through another.
pub async fn what_another_role_or_group_gives_stays(store: &(impl RoleAdmin + KeyAdmin)) {
    directory(store).await;
    store.take_privilege_from_role(&word("read"), &role("writer")).await.expect("taken");
    assert_eq!(rights(store, "eve").await, active("read write"), "by the role reader");
    store.take_role_from_group(&role("writer"), &group("staff")).await.expect("taken");
    assert_eq!(rights(store, "eve").await, active("read"));
    assert_eq!(rights(store, "ada").await, active("own read write"), "by the group admins");
    store.remove_user_from_group(&user("ada"), &group("admins")).await.expect("removed");
    assert_eq!(rights(store, "ada").await, active("read"));
}

/// A deleted privilege, role or group is gone from all that had it.
pub async fn what_is_deleted_is_gone_from_everywhere(store: &(impl RoleAdmin + KeyAdmin)) {
    directory(store).await;
    store.remove_privilege(&word("write")).await.expect("removed");
    assert_eq!(rights(store, "ada").await, active("own read"));
    store.remove_role(&role("writer")).await.expect("removed");
    store.remove_role(&role("reader")).await.expect("removed");
    assert_eq!(rights(store, "ada").await, active("own"));
    store.remove_group(&group("admins")).await.expect("removed");
    assert_eq!(rights(store, "ada").await, active(""));
    let groups = store.list_groups().await.expect("a list");
    let ids: Vec<_> = groups.iter().map(|line| (line.id.as_str(), line.roles.len())).collect();
    assert_eq!(ids, [("empty", 1), ("staff", 0)]);
    assert_eq!(store.list_groups_of_user(&user("ada")).await.expect("a list"), [group("staff")]);
}

/// A name that is deleted and added again has nothing of what it had.
pub async fn a_deleted_name_that_is_added_again_has_nothing(store: &(impl RoleAdmin + KeyAdmin)) {
    directory(store).await;
    store.remove_privilege(&word("own")).await.expect("removed");
    store.add_privilege(&Privilege::new(word("own"))).await.expect("added");
    assert_eq!(rights(store, "ada").await, active("read write"));
    store.remove_role(&role("writer")).await.expect("removed");
    store.add_role(&role("writer")).await.expect("added");
    let roles = store.list_roles().await.expect("a list");
    assert!(roles.iter().any(|line| line.id == role("writer") && line.privileges == Scopes::default()));
    store.give_privilege_to_role(&word("own"), &role("writer")).await.expect("given");
    assert_eq!(rights(store, "ada").await, active("read"));
    store.remove_group(&group("staff")).await.expect("removed");
    store.add_group(&group("staff")).await.expect("added");
    let groups = store.list_groups().await.expect("a list");
    assert!(groups.iter().any(|line| line.id == group("staff") && line.roles.is_empty()));
    store.give_role_to_group(&role("reader"), &group("staff")).await.expect("given");
    assert_eq!(rights(store, "ada").await, active(""));
    assert!(store.list_users_of_group(&group("staff"), None, 9).await.expect("a list").is_empty());
}

/// A user who is switched off has no rights, and its keys do not work; others keep theirs.
pub async fn a_user_who_is_switched_off_has_neither_rights_nor_keys(store: &(impl RoleAdmin + KeyAdmin)) {
    directory(store).await;
    let ada = OwnerRef::User(user("ada"));
    let mut key = api_key();
    key.owner = KeyOwner::user("ada");
    let issued = issue(store, key).await;
    store.set_owner_active(&ada, Enabled::No).await.expect("switched");
    assert_eq!(rights(store, "ada").await, Some(UserRights::Inactive));
    let found = find_key(store, &issued.secret).await.expect("found");
    assert_eq!(refusal(&found, at(0)), Some(Reason::OwnerInactive));
    assert_eq!(rights(store, "eve").await, active("read write"));
    store.set_owner_active(&ada, Enabled::Yes).await.expect("switched");
    assert_eq!(rights(store, "ada").await, active("own read write"));
}

/// An account that is switched off takes the rights of its users with it.
pub async fn a_user_of_an_account_that_is_switched_off_has_no_rights(store: &(impl RoleAdmin + KeyAdmin)) {
    directory(store).await;
    let acme = AccountId::from("acme");
    store.add_account(&acme).await.expect("added");
    store.add_user(&user("kim"), Some(&acme)).await.expect("added");
    store.add_user_to_group(&user("kim"), &group("staff")).await.expect("added");
    assert_eq!(rights(store, "kim").await, active("read write"));
    store.set_owner_active(&OwnerRef::Account(acme), Enabled::No).await.expect("switched");
    assert_eq!(rights(store, "kim").await, Some(UserRights::Inactive));
    assert_eq!(rights(store, "eve").await, active("read write"));
}

/// To give what is given and to take what is not there changes nothing and is no error.
pub async fn to_give_twice_or_to_take_twice_is_no_error(store: &(impl RoleAdmin + KeyAdmin)) {
    directory(store).await;
    for _ in 0..2 {
        store.add_user_to_group(&user("bob"), &group("staff")).await.expect("added");
        store.give_role_to_group(&role("owner"), &group("staff")).await.expect("given");
        store.give_privilege_to_role(&word("own"), &role("reader")).await.expect("given");
    }
    assert_eq!(rights(store, "bob").await, active("own read write"));
    for _ in 0..2 {
        store.take_privilege_from_role(&word("own"), &role("reader")).await.expect("taken");
        store.take_role_from_group(&role("owner"), &group("staff")).await.expect("taken");
        assert_eq!(rights(store, "bob").await, active("read write"));
        store.remove_user_from_group(&user("eve"), &group("staff")).await.expect("removed");
    }
    assert_eq!(rights(store, "eve").await, active(""));
}

/// Asserts that every one of these is refused for the same reason.
macro_rules! refused {
    ($store:ident, $error:ident: $($method:ident($($argument:expr),*)),+ $(,)?) => {$(
        let answer = $store.$method($($argument),*).await.map(drop);
        assert!(matches!(answer, Err(AdminError::$error)), "{}: {answer:?}", stringify!($method));
    )+};
}

/// Each unknown name is refused for what it is: a user, a group, a role or a privilege.
pub async fn unknown_names_are_refused(store: &(impl RoleAdmin + KeyAdmin)) {
    directory(store).await;
    let (staff, writer, write) = (&group("staff"), &role("writer"), &word("write"));
    let (no_user, no_group, no_role, no_word) = (&user("x"), &group("Staff"), &role("read"), &word("Write"));
    refused! { store, UnknownOwner:
        add_user_to_group(no_user, staff), remove_user_from_group(no_user, staff), list_groups_of_user(no_user),
    }
    refused! { store, UnknownGroup:
        add_user_to_group(&user("ada"), no_group), remove_user_from_group(&user("ada"), no_group),
        give_role_to_group(writer, no_group), take_role_from_group(writer, no_group),
        remove_group(no_group), list_users_of_group(no_group, None, 9),
    }
    refused! { store, UnknownRole:
        give_role_to_group(no_role, staff), take_role_from_group(no_role, staff), remove_role(no_role),
        give_privilege_to_role(write, no_role), take_privilege_from_role(write, no_role),
    }
    refused! { store, UnknownPrivilege:
        give_privilege_to_role(no_word, writer), take_privilege_from_role(no_word, writer),
        remove_privilege(no_word),
    }
    assert_eq!(rights(store, "ada").await, active("own read write"));
}

/// A name of a group, role or privilege that is in use is a duplicate; in another case it is
/// another name.
pub async fn names_are_given_once(store: &(impl RoleAdmin + KeyAdmin)) {
    directory(store).await;
    refused! { store, Duplicate:
        add_group(&group("staff")), add_role(&role("writer")), add_privilege(&Privilege::new(word("own"))),
    }
    assert_eq!(rights(store, "ada").await, active("own read write"));
    store.add_group(&group("Staff")).await.expect("another case is another name");
}

/// Labels that come to the same word are the same privilege, and the first label stays.
pub async fn privileges_of_the_same_word_are_duplicates(store: &(impl RoleAdmin + KeyAdmin)) {
    let labelled = |label| Privilege::labelled(label).expect("a label");
    store.add_privilege(&labelled("Use API Key")).await.expect("added");
    refused! { store, Duplicate:
        add_privilege(&labelled("use api-key")), add_privilege(&Privilege::new(word("use-api-key"))),
    }
    let listed = store.list_privileges().await.expect("a list");
    assert_eq!(listed, [labelled("Use API Key")], "the first label stays");
}

/// Names of groups and roles are text of 1 to 255 bytes without control characters, in any script.
pub async fn names_of_a_wrong_form_are_refused(store: &(impl RoleAdmin + KeyAdmin)) {
    for bad in ["", "a\nb", "a\0", &"a".repeat(256)] {
        for answer in [store.add_group(&group(bad)).await, store.add_role(&role(bad)).await] {
            assert!(matches!(answer, Err(AdminError::Invalid(_))), "{bad:?}");
        }
    }
    let longest = "a".repeat(255);
    for good in ["Field service, north", "größe", &longest] {
        store.add_group(&group(good)).await.expect("added");
        store.add_role(&role(good)).await.expect("added");
    }
}

/// Groups, roles and privileges are listed with what they have, in the order of their names.
pub async fn lists_tell_who_has_what(store: &(impl RoleAdmin + KeyAdmin)) {
    directory(store).await;
    store.add_privilege(&Privilege::labelled("Run Actions").expect("a label")).await.expect("added");
    let line = |name, roles: &[&str]| GroupSummary {
        id: group(name),
        roles: roles.iter().map(|name| role(name)).collect(),
    };
    let expected = [
        line("admins", &["owner", "writer"]),
        line("empty", &["owner"]),
        line("staff", &["reader", "writer"]),
    ];
    assert_eq!(store.list_groups().await.expect("a list"), expected);

    let line = |name, held| RoleSummary { id: role(name), privileges: Scopes::parse(held).expect("scopes") };
    let expected =
        [line("idle", ""), line("owner", "own"), line("reader", "read"), line("writer", "read write")];
    assert_eq!(store.list_roles().await.expect("a list"), expected);

    let listed = store.list_privileges().await.expect("a list");
    let listed: Vec<_> = listed.iter().map(|line| (line.name().as_str(), line.label())).collect();
    let expected = [("own", "own"), ("read", "read"), ("run-actions", "Run Actions"), ("write", "write")];
    assert_eq!(listed, expected);

    let of_user = store.list_groups_of_user(&user("ada")).await.expect("a list");
    assert_eq!(of_user, [group("admins"), group("staff")]);
    assert!(store.list_groups_of_user(&user("bob")).await.expect("a list").is_empty());
}

/// Pages have every user of a group once, in the order of the bytes of their ids, and end; a page of none is empty.
pub async fn paging_lists_every_user_of_a_group_once(store: &(impl RoleAdmin + KeyAdmin)) {
    directory(store).await;
    let staff = group("staff");
    for name in ["user-0", "user-1", "user-2", "user-3", "user-4", "User-0", "Eve", "é"] {
        let name = user(name);
        store.add_user(&name, None).await.expect("added");
        store.add_user_to_group(&name, &staff).await.expect("added");
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store.list_users_of_group(&staff, after.as_ref(), 4).await.expect("a page");
        assert!(page.len() <= 4);
        let Some(last) = page.last().cloned() else { break };
        after = Some(last);
        seen.extend(page);
    }
    let expected = ["Eve", "User-0", "ada", "eve", "user-0", "user-1", "user-2", "user-3", "user-4", "é"];
    assert_eq!(seen, expected.map(user));
    assert!(store.list_users_of_group(&staff, None, 0).await.expect("a page").is_empty());
}
