//! What users may do by their roles.

use axum::Router;
use axum::routing::{MethodRouter, get as route, post, put};
use portcullis::api_key::{ApiKeyAuthenticator, ApiKeyCarrier, KeyShape};
use portcullis::directory::{RolesExt, WithRoles};
use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{
    AdminError, Enabled, IssuedKey, NewKey, OwnerRef, Privilege, RoleAdmin, RoleStore, StoreError,
    StoredPrincipal, UserRights,
};
use portcullis::tower::AuthLayer;
use portcullis::x_auth::{XAuthAuthenticator, XAuthSigner};
use portcullis::{
    Authenticator, AuthenticatorExt, GroupId, KeyAdmin, Principal, RoleId, Scheme, Scope, Scopes, UserId,
};
use tower::ServiceExt;

use crate::jwt;
use crate::kit::{Answer, Calls, Down, Kit, NOW, answer, get, request, send, send_counted};

impl RoleStore for Down {
    async fn rights_of(&self, _: &str) -> Result<Option<UserRights>, StoreError> {
        Err(StoreError::unavailable("the directory is down"))
    }
}

fn text(key: &IssuedKey) -> String {
    key.secret.expose_text().expect("text").to_owned()
}

fn word(name: &str) -> Scope {
    Scope::new(name).expect("a word")
}

/// Gives a user these privileges, through a role and a group of the user's name.
async fn give(store: &MemoryKeyStore, user: &str, privileges: &[&str]) {
    let (role, group) = (RoleId::from(user), GroupId::from(user));
    store.add_group(&group).await.expect("group");
    store.add_role(&role).await.expect("role");
    store.give_role_to_group(&role, &group).await.expect("given");
    store.add_user_to_group(&UserId::from(user), &group).await.expect("member");
    for name in privileges {
        match store.add_privilege(&Privilege::new(word(name))).await {
            Ok(()) | Err(AdminError::Duplicate) => {}
            Err(error) => panic!("{error}"),
        }
        store.give_privilege_to_role(&word(name), &role).await.expect("given");
    }
}

async fn ask(router: &Router, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    answer(router.clone().oneshot(request(method, path, headers, b"")).await.expect("infallible")).await
}

/// `PhixFlow`: a low-code platform whose users have roles and raw keys.
mod phixflow {
    use super::*;

    type Users = WithRoles<ApiKeyAuthenticator<MemoryKeyStore>, MemoryKeyStore>;

    fn users(kit: &Kit) -> AuthLayer<Users> {
        let keys = ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any());
        let raw = keys.with_carriers([ApiKeyCarrier::RawAuthorization]);
        kit.layer(raw.with_roles(kit.keys.clone()))
    }

    /// An endpoint as it is today, and as older versions have it; and one with the switch
    /// for anonymous connections, and one without.
    fn platform(kit: &Kit) -> Router {
        let auth = users(kit);
        let today: MethodRouter =
            post(async || "ran").layer(auth.require_scopes(["use-api-key", "run-actions"]));
        let older = ["use-api-key", "run-actions", "view-table-actions"];
        let older: MethodRouter = post(async || "ran").layer(auth.require_scopes(older));
        Router::new()
            .route("/action/today", today.layer(auth.clone()))
            .route("/action/older", older.layer(auth.clone()))
            .route("/switch/on", route(async || "open").layer(auth.clone().allow_anonymous()))
            .route("/switch/off", route(async || "closed").layer(auth))
    }

    /// The three privileges, as operators write them; and a role that has none yet.
    async fn operators(kit: &Kit) -> [Privilege; 3] {
        let labels = ["Use API Key", "Run Actions", "View Table Actions"];
        let privileges = labels.map(|label| Privilege::labelled(label).expect("a label"));
        for privilege in &privileges {
            kit.keys.add_privilege(privilege).await.expect("privilege");
        }
        give(&kit.keys, "ada", &[]).await;
        privileges
    }

    async fn run(platform: &Router, path: &str, key: &str) -> u16 {
        ask(platform, "POST", path, &[("authorization", key)]).await.status.as_u16()
    }

    async fn key_of_ada(kit: &Kit) -> String {
        text(&kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada())).await)
    }

    #[tokio::test]
    async fn a_raw_key_needs_the_privilege_to_use_it_and_what_the_endpoint_asks() {
        let kit = Kit::new().await;
        let (key, platform, role) = (key_of_ada(&kit).await, platform(&kit), RoleId::from("ada"));
        let [use_key, run_actions, _] = operators(&kit).await;
        for (held, status) in
            [(&[][..], 403), (&[&use_key], 403), (&[&run_actions], 403), (&[&use_key, &run_actions], 200)]
        {
            for privilege in held {
                kit.keys.give_privilege_to_role(privilege.name(), &role).await.expect("given");
            }
            assert_eq!(run(&platform, "/action/today", &key).await, status, "{held:?}");
            for privilege in held {
                kit.keys.take_privilege_from_role(privilege.name(), &role).await.expect("taken");
            }
        }
    }

    #[tokio::test]
    async fn changed_roles_hold_from_the_next_request_with_the_same_key() {
        let kit = Kit::new().await;
        let (key, platform, ada) = (key_of_ada(&kit).await, platform(&kit), UserId::from("ada"));
        let (group, role) = (GroupId::from("ada"), RoleId::from("ada"));
        let [use_key, run_actions, _] = operators(&kit).await;
        for privilege in [&use_key, &run_actions] {
            kit.keys.give_privilege_to_role(privilege.name(), &role).await.expect("given");
        }
        let works = async || run(&platform, "/action/today", &key).await;
        assert_eq!(works().await, 200);
        kit.keys.remove_user_from_group(&ada, &group).await.expect("removed");
        assert_eq!(works().await, 403, "not in the group");
        kit.keys.add_user_to_group(&ada, &group).await.expect("added");
        assert_eq!(works().await, 200);
        kit.keys.take_role_from_group(&role, &group).await.expect("taken");
        assert_eq!(works().await, 403, "the group has not the role");
        kit.keys.give_role_to_group(&role, &group).await.expect("given");
        assert_eq!(works().await, 200);
        kit.keys.take_privilege_from_role(run_actions.name(), &role).await.expect("taken");
        assert_eq!(works().await, 403, "the role has not the privilege");
    }

    #[tokio::test]
    async fn older_versions_want_a_third_privilege_and_that_is_data() {
        let kit = Kit::new().await;
        let (key, platform) = (key_of_ada(&kit).await, platform(&kit));
        let [use_key, run_actions, view] = operators(&kit).await;
        for privilege in [&use_key, &run_actions] {
            kit.keys.give_privilege_to_role(privilege.name(), &RoleId::from("ada")).await.expect("given");
        }
        assert_eq!(run(&platform, "/action/today", &key).await, 200);
        assert_eq!(run(&platform, "/action/older", &key).await, 403);
        kit.keys.give_privilege_to_role(view.name(), &RoleId::from("ada")).await.expect("given");
        assert_eq!(run(&platform, "/action/older", &key).await, 200);
    }

    #[tokio::test]
    async fn the_key_of_a_disabled_user_looks_like_an_unknown_one() {
        let kit = Kit::new().await;
        let (key, platform) = (key_of_ada(&kit).await, platform(&kit));
        let [use_key, run_actions, _] = operators(&kit).await;
        for privilege in [&use_key, &run_actions] {
            kit.keys.give_privilege_to_role(privilege.name(), &RoleId::from("ada")).await.expect("given");
        }
        assert_eq!(run(&platform, "/action/today", &key).await, 200);
        kit.deactivate(OwnerRef::User(UserId::from("ada"))).await;
        let of_disabled = ask(&platform, "POST", "/action/today", &[("authorization", &key)]).await;
        let unknown = "a-key-that-nobody-ever-was-given";
        let of_nobody = ask(&platform, "POST", "/action/today", &[("authorization", unknown)]).await;
        assert_eq!((of_disabled.status.as_u16(), &of_disabled), (401, &of_nobody));
    }

    #[tokio::test]
    async fn the_switch_lets_in_who_has_no_key_and_nobody_whose_key_is_wrong() {
        let kit = Kit::new().await;
        let (key, platform) = (key_of_ada(&kit).await, platform(&kit));
        give(&kit.keys, "ada", &[]).await;
        let bearer = format!("Bearer {key}");
        for (value, on, off) in [
            (None, 200, 401),
            (Some(key.as_str()), 200, 200),
            (Some("a-key-that-nobody-ever-was-given"), 401, 401),
            (Some("short"), 401, 401),
            (Some(&bearer), 401, 401),
        ] {
            let headers = value.map(|value| ("authorization", value));
            for (path, status) in [("/switch/on", on), ("/switch/off", off)] {
                let answer = ask(&platform, "GET", path, headers.as_slice()).await;
                assert_eq!(answer.status, status, "{path} {value:?}");
            }
        }
    }

    #[tokio::test]
    async fn the_handler_sees_the_user_who_runs_it() {
        let kit = Kit::new().await;
        let key = key_of_ada(&kit).await;
        give(&kit.keys, "ada", &["use-api-key"]).await;
        let layer = users(&kit).allow_anonymous();
        assert_eq!(send(&layer, get("/", &[("authorization", &key)])).await.body, "ada|");
        assert_eq!(send(&layer, get("/", &[])).await.body, "anonymous|");
    }
}

/// `WispHub`: five permissions of a key, and nothing besides.
mod wisphub {
    use super::*;

    const PERMISSIONS: [&str; 5] = ["clients:read", "clients:update", "plans:read", "tickets", "tasks:read"];

    /// Method, path, and the permission that it needs.
    const CALLS: [(&str, &str, &str); 6] = [
        ("GET", "/api/clientes/", "clients:read"),
        ("PUT", "/api/clientes/17/perfil/", "clients:update"),
        ("GET", "/api/plan-internet/", "plans:read"),
        ("GET", "/api/tickets/", "tickets"),
        ("POST", "/api/tickets/", "tickets"),
        ("GET", "/api/tasks/", "tasks:read"),
    ];

    async fn ok() -> &'static str {
        "ok"
    }

    fn upstream(kit: &Kit) -> Router {
        let keys = ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any());
        let auth = kit.layer(keys.with_carriers([ApiKeyCarrier::ApiKey]).with_roles(kit.keys.clone()));
        let needs = |methods: MethodRouter, permission| methods.layer(auth.require_scopes([permission]));
        Router::new()
            .route("/api/clientes/", needs(route(ok), "clients:read"))
            .route("/api/clientes/{id}/perfil/", needs(put(ok), "clients:update"))
            .route("/api/plan-internet/", needs(route(ok), "plans:read"))
            .route("/api/tickets/", needs(route(ok).post(ok), "tickets"))
            .route("/api/tasks/", needs(route(ok), "tasks:read"))
            .layer(auth)
    }

    /// A key of a user with this permission, by a role or as a scope of the key itself.
    async fn key(kit: &Kit, user: &str, by_role: Option<&str>, by_scope: Option<&str>) -> String {
        kit.keys.add_user(&UserId::from(user), None).await.expect("user");
        give(&kit.keys, user, by_role.as_slice()).await;
        let scopes = Scopes::new(by_scope).expect("scopes");
        let owner = portcullis::store::KeyOwner::user(user);
        text(&kit.issue(NewKey::new(Scheme::ApiKey, owner).with_scopes(scopes)).await)
    }

    #[tokio::test]
    async fn each_permission_allows_its_own_calls_and_no_others() {
        let kit = Kit::new().await;
        let upstream = upstream(&kit);
        let mut allowed = 0;
        for permission in PERMISSIONS.map(Some).into_iter().chain([None]) {
            let name = permission.unwrap_or("none");
            let keys = [
                key(&kit, &format!("{name}-by-role"), permission, None).await,
                key(&kit, &format!("{name}-by-scope"), None, permission).await,
            ];
            for value in keys.map(|key| format!("Api-Key {key}")) {
                for (method, path, needed) in CALLS {
                    let status = ask(&upstream, method, path, &[("authorization", &value)]).await.status;
                    let expected = if permission == Some(needed) { 200 } else { 403 };
                    assert_eq!(status, expected, "{name}: {method} {path}");
                    allowed += usize::from(status == 200);
                }
            }
        }
        assert_eq!(allowed, 2 * CALLS.len());
        for (method, path, _) in CALLS {
            assert_eq!(ask(&upstream, method, path, &[]).await.status, 401, "without a key");
        }
    }
}

/// Every scheme there is, around one directory.
fn chain<R: RoleStore>(kit: &Kit, roles: R) -> impl Authenticator<Principal = StoredPrincipal> + use<R> {
    ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::prefix("igny8_"))
        .or(jwt::jwt())
        .or(XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone()))
        .with_roles(roles)
}

/// A request by ada under each scheme.
async fn by_each_scheme(kit: &Kit) -> [(&'static str, http::Request<http_body_util::Full<bytes::Bytes>>); 3] {
    let key = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada()).with_prefix("igny8_")).await;
    let signing = kit.issue(NewKey::new(Scheme::XAuth, Kit::ada())).await;
    let mut signed = request("POST", "/", &[], b"{}");
    let headers = XAuthSigner::new(signing.id.clone(), &signing.secret).sign(b"{}", NOW).expect("signed");
    headers.insert_into(signed.headers_mut()).expect("headers");
    [
        ("api-key", get("/", &[("x-api-key", &text(&key))])),
        ("jwt", get("/", &[("authorization", &format!("Bearer {}", jwt::good()))])),
        ("x-auth", signed),
    ]
}

/// What a request through this layer and to a route that needs `run-actions` gives.
async fn runs<A>(layer: &AuthLayer<A>, sent: http::Request<http_body_util::Full<bytes::Bytes>>) -> u16
where
    A: Authenticator<Principal = StoredPrincipal>,
{
    let guarded = route(async || "ran").post(async || "ran").layer(layer.require_scopes(["run-actions"]));
    let router = Router::new().route("/", guarded).layer(layer.clone());
    router.oneshot(sent.map(axum::body::Body::new)).await.expect("infallible").status().as_u16()
}

#[tokio::test]
async fn roles_work_with_every_scheme() {
    let kit = Kit::new().await;
    give(&kit.keys, "ada", &["run-actions"]).await;
    let layer = kit.layer(chain(&kit, kit.keys.clone()));
    for (scheme, sent) in by_each_scheme(&kit).await {
        assert_eq!(runs(&layer, sent).await, 200, "{scheme}");
    }
    kit.keys.remove_group(&GroupId::from("ada")).await.expect("removed");
    for (scheme, sent) in by_each_scheme(&kit).await {
        assert_eq!(runs(&layer, sent).await, 403, "{scheme}");
    }
}

#[tokio::test]
async fn a_user_who_is_switched_off_in_the_directory_is_401_under_every_scheme() {
    let kit = Kit::new().await;
    // The keys' own store knows nothing of it.
    let directory: MemoryKeyStore = MemoryKeyStore::new();
    directory.add_user(&UserId::from("ada"), None).await.expect("user");
    let layer = kit.layer(chain(&kit, directory.clone())).allow_anonymous();
    for (enabled, status, calls) in [(Enabled::Yes, 200, 1), (Enabled::No, 401, 0)] {
        directory.set_owner_active(&OwnerRef::User(UserId::from("ada")), enabled).await.expect("switched");
        for (scheme, sent) in by_each_scheme(&kit).await {
            let counted = Calls::default();
            let answer = send_counted(&layer, sent, &counted).await;
            assert_eq!((answer.status.as_u16(), counted.count()), (status, calls), "{scheme}");
            assert_eq!(answer.header("www-authenticate").is_empty(), status == 200, "{scheme}");
        }
    }
}

#[tokio::test]
async fn a_directory_that_is_down_is_503_and_never_a_user_without_roles() {
    let kit = Kit::new().await;
    let layer = kit.layer(chain(&kit, Down)).allow_anonymous();
    for (scheme, sent) in by_each_scheme(&kit).await {
        let calls = Calls::default();
        let answer = send_counted(&layer, sent, &calls).await;
        assert_eq!((answer.status.as_u16(), calls.count()), (503, 0), "{scheme}");
        assert!(!answer.body.contains("directory"), "{}", answer.body);
    }
}

#[tokio::test]
async fn nobody_is_looked_up_for_a_request_without_a_credential_or_with_a_wrong_one() {
    let kit = Kit::new().await;
    let layer = kit.layer(chain(&kit, Down)).allow_anonymous();
    assert_eq!(send(&layer, get("/", &[])).await.body, "anonymous|");
    for value in ["Bearer igny8_00000000000000000000", "Bearer e30.e30.AAAA", "Basic eDp5"] {
        assert_eq!(send(&layer, get("/", &[("authorization", value)])).await.status, 401, "{value}");
    }
}

#[tokio::test]
async fn a_user_whom_the_directory_does_not_know_has_what_its_credential_has() {
    let kit = Kit::new().await;
    let stranger = || jwt::token(jwt::HEADER, jwt::but(r#""sub":"ada""#, r#""sub":"Ada""#));
    let token = || get("/", &[("authorization", &format!("Bearer {}", stranger()))]);
    give(&kit.keys, "ada", &["run-actions"]).await;
    let layer = kit.layer(chain(&kit, kit.keys.clone()));
    assert_eq!(send(&layer, token()).await.body, "Ada|", "another case is another user");
    assert_eq!(runs(&layer, token()).await, 403);

    let scoped = jwt::jwt().map_principal(|me: StoredPrincipal| {
        let builder = Principal::builder(me.user().clone()).account(None).site(None);
        builder.scopes(Scopes::from_iter([word("run-actions")])).build()
    });
    assert_eq!(runs(&kit.layer(scoped.with_roles(kit.keys.clone())), token()).await, 200);
}

#[tokio::test]
async fn a_principal_without_a_user_is_left_as_it_is() {
    let kit = Kit::new().await;
    let key = NewKey::new(Scheme::ApiKey, portcullis::store::KeyOwner::account("acme"));
    let key =
        kit.issue(key.with_prefix("igny8_").with_scopes(Scopes::from_iter([word("run-actions")]))).await;
    let layer = kit.layer(chain(&kit, Down));
    let sent = || get("/", &[("x-api-key", &text(&key))]);
    assert_eq!(send(&layer, sent()).await.body, "nobody|");
    assert_eq!(runs(&layer, sent()).await, 200);
}
