//! A console over a store in memory, with users of every privilege, and a browser that keeps
//! cookies and fills forms in.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::audit::RecentEvents;
use portcullis::console::{Console, Service};
use portcullis::password::{PasswordHash, PasswordUsers, UserVerifier};
use portcullis::request::{BodyGate, RequestTarget, RequestView};
use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{
    EntryPoint, EntryPointStore, IssuedKey, KeyAdmin, KeyOwner, KeyRef, KeySummary, NewKey, Privilege,
    RoleAdmin, StoredPrincipal,
};
use portcullis::{
    AccountId, Authenticator, FrozenClock, GroupId, Outcome, Realm, RoleId, Scheme, Scope, SiteId, Timestamp,
    UserId,
};
use regex::Regex;
use tower::ServiceExt;

pub(crate) const BASE: &str = "/admin/keys";
pub(crate) const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);
/// The password of everybody.
pub(crate) const PASSWORD: &str = "correct horse";
const AUTHORITY: &str = "keys.example";

pub(crate) type Store = MemoryKeyStore<StoredPrincipal>;

/// Who can log in: `grace` may see and change, `ada` may only see, `eve` has no privilege.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) clock: FrozenClock,
    pub(crate) events: RecentEvents,
    pub(crate) router: Router,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|console| console).await
    }

    /// A world whose console is set up further.
    pub(crate) async fn with(set_up: impl FnOnce(Console) -> Console) -> Self {
        let (store, clock, events) = (Store::new(), FrozenClock::at(NOW), RecentEvents::default());
        fill(&store).await;
        let console = set_up(console(&store, &clock, &events));
        Self { store, clock, events, router: console.into_router() }
    }

    /// A browser of somebody who is not logged in.
    pub(crate) fn browser(&self) -> Browser {
        Browser {
            router: self.router.clone(),
            cookies: HashMap::new(),
            origin: Some(format!("https://{AUTHORITY}")),
            peer: None,
        }
    }

    /// A browser in which `user` is logged in.
    pub(crate) async fn logged_in(&self, user: &str) -> Browser {
        let mut browser = self.browser();
        let page = browser.get("/").await;
        let answer = browser.submit(&page, "/log-in", &[("name", user), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        browser
    }

    /// Issues a key of the account `acme`.
    pub(crate) async fn issue(&self, key: NewKey) -> IssuedKey {
        self.store.issue(key, NOW).await.expect("issued")
    }

    /// An API key of `acme`.
    pub(crate) fn api_key(id: &str) -> NewKey {
        NewKey::new(Scheme::ApiKey, KeyOwner::account("acme")).with_id(id)
    }

    /// Whether a service lets this API key in, at `orders.read` and from 192.0.2.8.
    pub(crate) async fn opens(&self, secret: &str) -> bool {
        let chain = ApiKeyAuthenticator::new(self.store.clone(), KeyShape::any());
        let headers = vec![("authorization".to_owned(), format!("Bearer {secret}").into_bytes())];
        let gate = BodyGate::new();
        let target = RequestTarget::new("GET", "/", None);
        let request = RequestView::new(target, &headers, &gate, portcullis::Clock::now(&self.clock))
            .with_peer(Some([192, 0, 2, 8].into()))
            .with_entry_point(Some("orders.read"));
        matches!(chain.authenticate(&request).await, Ok(Outcome::Authenticated(_)))
    }

    pub(crate) async fn key(&self, id: &str) -> KeySummary {
        let key = KeyRef { realm: Realm::default(), id: id.into() };
        self.store.find_key(&key).await.expect("a store").expect("the key")
    }
}

/// The console that tests look at, before it is a router.
pub(crate) fn console(store: &Store, clock: &FrozenClock, events: &RecentEvents) -> Console {
    let hash = PasswordHash::bcrypt(&PASSWORD.into(), 4).expect("a hash");
    let users: HashMap<UserId, PasswordHash> =
        ["grace", "ada", "eve", "gone"].map(|name| (UserId::from(name), hash.clone())).into();
    let users = UserVerifier::new(PasswordUsers::new(users), &hash).expect("a verifier");
    let schemes =
        [Scheme::ApiKey, Scheme::QuerySignature, Scheme::XAuth, Scheme::SigV4, Scheme::MessageSignature];
    Console::new(BASE, store.clone(), users)
        .expect("a console")
        .with_schemes(schemes)
        .with_service(Service::at("https://api.example/whoami").with_sigv4("eu-central-1", "orders"))
        .with_audit(events.clone())
        .with_clock(clock.clone())
}

/// Two accounts with sites, the users and their privileges, and entry points.
async fn fill(store: &Store) {
    for account in ["acme", "globex"] {
        let account = AccountId::from(account);
        store.add_account(&account).await.expect("added");
        for number in 1..4 {
            let site = SiteId::from(format!("{account}-{number}"));
            store.add_site(&site, &account).await.expect("added");
            let url = format!("https://{number}.{account}.example");
            store.set_site_url(&site, Some(&url)).await.expect("set");
        }
    }
    for (user, privileges) in [
        ("grace", ["keys:see", "keys:change"].as_slice()),
        ("ada", &["keys:see"]),
        ("eve", &[]),
        ("gone", &["keys:see", "keys:change"]),
    ] {
        let (user, group, role) =
            (UserId::from(user), GroupId::from(format!("{user}s")), RoleId::from(format!("{user}-role")));
        store.add_user(&user, None).await.expect("added");
        store.add_group(&group).await.expect("added");
        store.add_role(&role).await.expect("added");
        store.add_user_to_group(&user, &group).await.expect("added");
        store.give_role_to_group(&role, &group).await.expect("given");
        for name in privileges {
            let privilege = Privilege::new(Scope::new(name).expect("a scope"));
            // The second user has it already.
            let _ = store.add_privilege(&privilege).await;
            store.give_privilege_to_role(privilege.name(), &role).await.expect("given");
        }
    }
    let declared = [
        EntryPoint::new("orders.read", "/orders/{id}").expect("names"),
        EntryPoint::new("orders.create", "/orders").expect("names"),
    ];
    store.sync_entry_points(&declared).await.expect("saved");
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// Where it leads to, within the console.
    pub(crate) fn leads_to(&self) -> &str {
        let place = self.header(LOCATION);
        place.and_then(|place| place.strip_prefix(BASE)).unwrap_or_else(|| panic!("leads nowhere: {self:?}"))
    }

    /// The only line of a header, as text.
    pub(crate) fn header(&self, name: http::HeaderName) -> Option<&str> {
        let mut lines = self.headers.get_all(&name).iter();
        let first = lines.next().and_then(|value| value.to_str().ok());
        assert!(lines.next().is_none(), "{name} is there twice");
        first
    }

    pub(crate) fn has(&self, text: &str) -> bool {
        self.text.contains(text)
    }

    /// The value of a field, where the page has it.
    pub(crate) fn value(&self, field: &str) -> Option<String> {
        let pattern = format!(r#"<input[^>]* id="{field}"[^>]* value="([^"]*)""#);
        let found = Regex::new(&pattern).expect("a pattern").captures(&self.text)?;
        found.get(1).map(|value| unescaped(value.as_str()))
    }

    /// The hidden fields of the form that is sent to `path`.
    pub(crate) fn hidden(&self, path: &str) -> Vec<(String, String)> {
        let action = format!(r#"action="{BASE}{path}""#);
        let form = self.text.split("<form").find(|form| form.contains(&action));
        let form = form.unwrap_or_else(|| panic!("no form for {path}: {}", self.text));
        let form = form.split("</form").next().unwrap_or_default();
        let pattern = Regex::new(r#"type="hidden" name="([^"]*)" value="([^"]*)""#).expect("a pattern");
        let fields = pattern.captures_iter(form).map(|found| (found[1].to_owned(), unescaped(&found[2])));
        fields.collect()
    }
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Keeps cookies, and says where its forms come from.
pub(crate) struct Browser {
    router: Router,
    pub(crate) cookies: HashMap<String, String>,
    /// The origin of the pages that it shows.
    pub(crate) origin: Option<String>,
    /// The address that it comes from, where the server knows it.
    pub(crate) peer: Option<IpAddr>,
}

impl Browser {
    /// Asks for a page of the console.
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &HeaderMap::new(), None).await
    }

    /// Sends fields.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Method::POST, path, &HeaderMap::new(), Some(form)).await
    }

    /// Fills the form of `page` that is for `path` in, and sends it with its hidden fields.
    pub(crate) async fn submit(&mut self, page: &Answer, path: &str, fields: &[(&str, &str)]) -> Answer {
        let hidden = page.hidden(path);
        let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let all: Vec<_> = hidden.chain(fields.iter().copied()).collect();
        self.post(path, &all).await
    }

    /// Follows an answer that leads on.
    pub(crate) async fn follow(&mut self, answer: &Answer) -> Answer {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        let place = answer.leads_to().to_owned();
        self.get(&place).await
    }

    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &HeaderMap,
        form: Option<String>,
    ) -> Answer {
        let mut request =
            Request::builder().method(method).uri(format!("{BASE}{path}")).header(HOST, AUTHORITY);
        if !self.cookies.is_empty() {
            let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            request = request.header(COOKIE, cookies.collect::<Vec<_>>().join("; "));
        }
        if let (Some(origin), true) = (&self.origin, form.is_some()) {
            request = request.header(ORIGIN, origin);
        }
        if form.is_some() {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let mut request = request.body(Body::from(form.unwrap_or_default())).expect("a request");
        request.headers_mut().extend(headers.clone());
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::from((peer, 4_711))));
        }
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        for line in parts.headers.get_all(SET_COOKIE) {
            let pair = line.to_str().expect("text").split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let bytes = body.collect().await.expect("a body").to_bytes();
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        Answer { status: parts.status, headers: parts.headers, text }
    }
}

/// Everything that was recorded, as text: for looking for what must not be there.
pub(crate) fn recorded(events: &RecentEvents) -> String {
    let query = portcullis::audit::ActivityQuery::new().with_limit(1_000);
    let events: Vec<Arc<_>> = events.find(&query).into_iter().map(|found| found.event).collect();
    format!("{events:?}")
}
