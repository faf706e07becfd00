//! What stands around a chain, each added to the row of the API key.

use std::net::IpAddr;

use http::Request;
use http_body_util::Full;
use portcullis::api_key::{ApiKeyAuthenticator, ApiKeyCarrier, KeyShape};
use portcullis::audit::{JsonLines, RecentEvents};
use portcullis::directory::RolesExt;
use portcullis::store::memory::{MemoryAddresses, MemoryKeyStore};
use portcullis::store::{EntryPoints, KeyOwner, Networks, NewKey, Privilege, RoleAdmin};
use portcullis::tenancy::{Tenancy, TenantSource};
use portcullis::tower::AuthLayer;
use portcullis::{
    AccountId, AuthenticatorExt, FrozenClock, GroupId, KeyAdmin, RoleId, Scheme, Secret, UserId, all,
};
use tower::Layer;

use super::{Bench, Inner, NOW, Sent, bearer, jwt, now, store, token};

/// A store with one limited key among others, and that key.
fn limited() -> (MemoryKeyStore, Secret) {
    let (keys, _) = store(Scheme::ApiKey);
    let account = AccountId::from("acme");
    now(keys.add_account(&account)).expect("account");
    let networks = Networks::any().with_allowed(["192.0.2.0/24", "2001:db8::/32"]).expect("networks");
    let key = NewKey::new(Scheme::ApiKey, KeyOwner::user("ada").of_account("acme"))
        .with_prefix("igny8_")
        .with_networks(networks)
        .with_entry_points(EntryPoints::only(["/orders", "/feed", "/whoami"]).expect("names"));
    let issued = now(keys.issue(key, NOW)).expect("issued");
    let (group, role) = (GroupId::from("staff"), RoleId::from("writer"));
    let privilege = Privilege::labelled("Write Orders").expect("a word");
    now(async {
        keys.add_group(&group).await?;
        keys.add_role(&role).await?;
        keys.add_privilege(&privilege).await?;
        keys.add_user_to_group(&UserId::from("ada"), &group).await?;
        keys.give_role_to_group(&role, &group).await?;
        keys.give_privilege_to_role(privilege.name(), &role).await
    })
    .expect("a directory");
    (keys, issued.secret.into_secret())
}

fn peer(_: &http::Extensions) -> Option<IpAddr> {
    Some(IpAddr::from([192, 0, 2, 7]))
}

/// As a browser behind a proxy sends it.
fn with_more_headers(sent: &Sent) -> Sent {
    let mut more = sent.clone();
    for name in [
        "accept",
        "accept-encoding",
        "accept-language",
        "cache-control",
        "content-type",
        "host",
        "origin",
        "referer",
        "sec-fetch-mode",
        "sec-fetch-site",
        "user-agent",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-request-id",
    ] {
        more.headers_mut().insert(name, http::HeaderValue::from_static("localhost"));
    }
    more
}

pub fn rows() -> Vec<Bench> {
    let (keys, secret) = limited();
    let clock = FrozenClock::at(NOW);
    let chain = || {
        ApiKeyAuthenticator::new(keys.clone(), KeyShape::prefix("igny8_"))
            .with_carriers([ApiKeyCarrier::Bearer])
    };
    let layer = || AuthLayer::new(chain()).with_clock(clock.clone()).with_peer(peer);
    let sent = bearer(secret.expose_text().expect("text"));
    let made = || {
        let sent = sent.clone();
        move || sent.clone()
    };
    let more = with_more_headers(&sent);
    let roles = AuthLayer::new(chain().with_roles(keys.clone())).with_clock(clock.clone()).with_peer(peer);
    let audited = layer().with_audit(JsonLines::new(std::io::sink()));
    let tenancy = Tenancy::new(TenantSource::header_account("x-account"));
    let tenants = layer().require_tenant(tenancy);
    let guarded =
        layer().layer(tenants.layer(Inner::<portcullis::store::StoredPrincipal>(Default::default())));
    let mut of_acme = sent.clone();
    of_acme.headers_mut().insert("x-account", http::HeaderValue::from_static("acme"));
    vec![
        Bench::of("api key, limited to 3 entry points and 2 networks", layer(), made()),
        Bench::of("the same, 14 headers more", layer(), move || more.clone()),
        Bench::of("the same, roles of its user", roles, made()),
        Bench::of("the same, audited as json", audited, made()),
        Bench::of("the same, audited in memory", layer().with_audit(RecentEvents::default()), made()),
        Bench::of("the same, known addresses", layer().with_known_addresses(MemoryAddresses::new()), made()),
        Bench::serving("the same, tenant of a header", guarded, move || of_acme.clone()),
        both(&clock),
    ]
}

/// An API key and a token of one account.
fn both(clock: &FrozenClock) -> Bench {
    let (keys, secret) = limited();
    let key = ApiKeyAuthenticator::new(keys, KeyShape::prefix("igny8_"))
        .with_carriers([ApiKeyCarrier::header("x-api-key")]);
    let acme =
        |user: &UserId| portcullis::Principal::builder(user.clone()).account("acme".to_owned()).build();
    let token_of_acme = jwt().map_principal(move |me| acme(me.user()));
    let layer = AuthLayer::new(all(key, token_of_acme)).with_clock(clock.clone()).with_peer(peer);
    let sent = Request::get("/orders")
        .header("x-api-key", secret.expose_text().expect("text"))
        .header("authorization", format!("Bearer {}", token()))
        .body(Full::default())
        .expect("request");
    Bench::of("all of api key and jwt", layer, move || sent.clone())
}
