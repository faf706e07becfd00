//! A router that knows how each of its routes is guarded.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use ::axum::Router;
use ::axum::routing::MethodRouter;

use crate::Authenticator;
use crate::HasScopes;
use crate::store::{Declared, EntryPoint, InvalidRoutes};
use crate::tower::AuthLayer;

/// Routes that each say, where they are declared, what they are called and who may call
/// them.
///
/// It makes an axum [`Router`], in which every route but the open ones is inside the
/// layer, which knows the name of the route: keys can be limited to it. The names, with
/// the patterns, are a list that one call saves into a store; the open routes are another,
/// for a test to look at.
///
/// ```
/// use axum::routing::{get, post};
/// use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
/// use portcullis::axum::Routes;
/// use portcullis::store::{EntryPointStore, memory::MemoryKeyStore};
/// use portcullis::tower::AuthLayer;
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys: MemoryKeyStore = MemoryKeyStore::new();
/// let auth = AuthLayer::new(ApiKeyAuthenticator::new(keys.clone(), KeyShape::prefix("igny8_")));
/// let orders = Routes::new(auth.clone())
///     .guarded("orders.read", "/orders/{id}", get(async || "an order"))
///     .scoped("orders.create", "/orders", ["orders:write"], post(async || "created"));
/// let routes = Routes::new(auth)
///     .anonymous("feed", "/feed", get(async || "for everybody"))
///     .open("/health", get(async || "ok"))
///     .nest("/api", orders);
///
/// keys.sync_entry_points(&routes.entry_points()?).await?;
/// assert_eq!(keys.entry_points().await?[1].entry_point.name(), "orders.create");
/// assert_eq!(routes.open_routes(), ["/health"]);
/// let app: axum::Router = routes.into_router()?;
/// # Ok(())
/// # }
/// ```
///
/// A guard covers a path also where none of its methods is the one that was sent: that 405
/// is for those who may call the route. Where one path has several routes, it is the guard
/// of the last.
///
/// # Panics
/// As [`Router::route`], [`Router::nest`] and [`Router::merge`] do: where a pattern is none,
/// or two routes have the same method and pattern.
#[must_use]
pub struct Routes<A: Authenticator, S = ()> {
    auth: AuthLayer<A>,
    declared: Declared,
    router: Router<S>,
}

impl<A, S> Routes<A, S>
where
    A: Authenticator,
    S: Clone + Send + Sync + 'static,
{
    /// No routes yet. Those that are added are inside `auth`, each in a clone of its own.
    pub fn new(auth: AuthLayer<A>) -> Self {
        Self { auth, declared: Declared::default(), router: Router::new() }
    }

    /// A route for whoever the layer lets through. A key that is limited to entry points
    /// needs this `name`.
    ///
    /// What else the route wants is layered on it first: `auth.require_tenant(..)`, a limit.
    pub fn guarded(self, name: impl Into<Arc<str>>, path: &str, route: MethodRouter<S>) -> Self {
        let name = name.into();
        let auth = self.auth.clone().at_entry_point(Arc::clone(&name));
        self.named(name, path, route.layer(auth))
    }

    /// The same, and the principal needs every one of `scopes` too.
    pub fn scoped<T>(
        self,
        name: impl Into<Arc<str>>,
        path: &str,
        scopes: impl IntoIterator<Item = T>,
        route: MethodRouter<S>,
    ) -> Self
    where
        T: Into<Cow<'static, str>>,
        A::Principal: HasScopes,
    {
        let name = name.into();
        let auth = self.auth.clone().at_entry_point(Arc::clone(&name));
        let route: MethodRouter<S> = route.layer(auth.require_scopes(scopes));
        self.named(name, path, route.layer(auth))
    }

    /// A route that can be called without a credential; a wrong one is refused all the
    /// same, and so is a key that is limited to other entry points.
    pub fn anonymous(self, name: impl Into<Arc<str>>, path: &str, route: MethodRouter<S>) -> Self {
        let name = name.into();
        let auth = self.auth.clone().allow_anonymous().at_entry_point(Arc::clone(&name));
        self.named(name, path, route.layer(auth))
    }

    /// A guarded route that is named by its pattern, as the router that matches it says it.
    /// Where these routes go below a prefix, [`nest`](Self::nest) keeps the list right;
    /// another router would change the pattern behind its back.
    pub fn unnamed(mut self, path: &str, route: MethodRouter<S>) -> Self {
        self.declared.add_unnamed(path);
        let route = route.layer(self.auth.clone());
        self.router = self.router.route(path, route);
        self
    }

    /// A route outside the layer: nobody looks at credentials there.
    pub fn open(mut self, path: &str, route: MethodRouter<S>) -> Self {
        self.declared.add_open(path);
        self.router = self.router.route(path, route);
        self
    }

    /// Adds the routes of `inner` under `prefix`, as [`Router::nest`] does. They keep their
    /// names and their layer; the prefix becomes a part of their patterns.
    #[doc(alias = "scope")]
    pub fn nest<B: Authenticator>(mut self, prefix: &str, inner: Routes<B, S>) -> Self {
        self.declared.add_all(inner.declared, |path| whole(prefix, path));
        self.router = self.router.nest(prefix, inner.router);
        self
    }

    /// Adds the routes of `other`, as [`Router::merge`] does. They keep their layer.
    pub fn merge<B: Authenticator>(mut self, other: Routes<B, S>) -> Self {
        self.declared.add_all(other.declared, |path| path);
        self.router = self.router.merge(other.router);
        self
    }

    /// Every entry point: name and whole pattern of each route that is not open, in the
    /// order of the declarations.
    ///
    /// # Errors
    /// When a name is used twice, or a name or a pattern is none.
    pub fn entry_points(&self) -> Result<Vec<EntryPoint>, InvalidRoutes> {
        self.declared.entry_points()
    }

    /// The whole patterns of the routes that no guard covers. A test that compares them
    /// with a list sees when somebody adds one.
    #[must_use]
    pub fn open_routes(&self) -> Vec<&str> {
        self.declared.open()
    }

    /// The router. What is added to it from here on is in neither list, and not guarded.
    ///
    /// # Errors
    /// As for [`entry_points`](Self::entry_points): no router has routes whose names are
    /// mistaken.
    pub fn into_router(self) -> Result<Router<S>, InvalidRoutes> {
        self.entry_points()?;
        Ok(self.router)
    }

    fn named(mut self, name: Arc<str>, path: &str, guarded: MethodRouter<S>) -> Self {
        self.declared.add_named(name, path);
        self.router = self.router.route(path, guarded);
        self
    }
}

/// A pattern under a prefix, as axum's own matched path says it.
fn whole(prefix: &str, path: String) -> String {
    match (prefix.strip_suffix('/'), path.as_str()) {
        (None, "/") => prefix.to_owned(),
        (None, _) => format!("{prefix}{path}"),
        (Some(_), _) => format!("{prefix}{}", path.trim_start_matches('/')),
    }
}

impl<A: Authenticator, S> fmt::Debug for Routes<A, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").field("declared", &self.declared).finish_non_exhaustive()
    }
}
