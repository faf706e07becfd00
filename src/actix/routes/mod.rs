//! Routes that know how each of them is guarded.

mod services;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use actix_web::Route;
use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::web::ServiceConfig;

use self::services::Services;
use super::AuthMiddleware;
use crate::store::{Declared, EntryPoint, InvalidRoutes};
use crate::trace::event;
use crate::{Authenticator, HasScopes};

/// Routes that each say, where they are declared, what they are called and who may call
/// them: a service of an `App` or of a scope.
///
/// Every route but the open ones is inside the middleware, which knows the name of the
/// route: keys can be limited to it. The names, with the patterns, are a list that one call
/// saves into a store; the open routes are another, for a test to look at.
///
/// ```
/// use actix_web::{App, HttpResponse, web};
/// use portcullis::actix::{AuthMiddleware, Routes};
/// use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
/// use portcullis::store::{EntryPointStore, StoredPrincipal, memory::MemoryKeyStore};
/// use portcullis::Authenticator;
///
/// async fn ok() -> HttpResponse {
///     HttpResponse::Ok().finish()
/// }
///
/// fn routes<A>(auth: &AuthMiddleware<A>) -> Routes<A>
/// where
///     A: Authenticator<Principal = StoredPrincipal>,
/// {
///     let orders = Routes::new(auth.clone())
///         .guarded("orders.read", "/orders/{id}", web::get().to(ok))
///         .scoped("orders.create", "/orders", ["orders:write"], web::post().to(ok));
///     Routes::new(auth.clone())
///         .anonymous("feed", "/feed", web::get().to(ok))
///         .open("/health", web::get().to(ok))
///         .nest("/api", orders)
/// }
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys: MemoryKeyStore = MemoryKeyStore::new();
/// let auth = AuthMiddleware::new(ApiKeyAuthenticator::new(keys.clone(), KeyShape::prefix("igny8_")));
/// let declared = routes(&auth);
/// keys.sync_entry_points(&declared.entry_points()?).await?;
/// assert_eq!(keys.entry_points().await?[1].entry_point.pattern(), "/api/orders");
/// assert_eq!(declared.open_routes(), ["/health"]);
///
/// // actix-web makes an `App` for each of its workers.
/// let app = move || App::new().configure(routes(&auth).into_config());
/// # let _ = app();
/// # Ok(())
/// # }
/// ```
///
/// The name is that of actix-web's resource too, for `url_for`. Only where one path has
/// several routes the resource has no name. There a request with another method is answered
/// with 405 before any guard; elsewhere that 405 is for those who may call the route.
///
/// As a service cannot fail to be registered, the routes of a list with a mistake (see
/// [`entry_points`](Self::entry_points)) are all a 500, and the log says why.
#[must_use]
pub struct Routes<A: Authenticator> {
    auth: AuthMiddleware<A>,
    declared: Declared,
    services: Services,
}

impl<A: Authenticator> Routes<A> {
    /// No routes yet. Those that are added are inside `auth`, each in a clone of its own.
    pub fn new(auth: AuthMiddleware<A>) -> Self {
        Self { auth, declared: Declared::default(), services: Services::default() }
    }

    /// A route for whoever the middleware lets through. A key that is limited to entry
    /// points needs this `name`.
    ///
    /// What else the route wants is wrapped around it first: `auth.require_tenant(..)`, a limit.
    pub fn guarded(self, name: impl Into<Arc<str>>, path: &str, route: Route) -> Self {
        let auth = self.auth.clone();
        self.named(name.into(), path, route, auth)
    }

    /// The same, and the principal needs every one of `scopes` too.
    pub fn scoped<T>(
        self,
        name: impl Into<Arc<str>>,
        path: &str,
        scopes: impl IntoIterator<Item = T>,
        route: Route,
    ) -> Self
    where
        T: Into<Cow<'static, str>>,
        A::Principal: HasScopes,
    {
        let (name, auth) = (name.into(), self.auth.clone());
        let inside = auth.clone().at_entry_point(Arc::clone(&name)).require_scopes(scopes);
        self.named(name, path, route.wrap(inside), auth)
    }

    /// A route that can be called without a credential; a wrong one is refused all the
    /// same, and so is a key that is limited to other entry points.
    pub fn anonymous(self, name: impl Into<Arc<str>>, path: &str, route: Route) -> Self {
        let auth = self.auth.clone().allow_anonymous();
        self.named(name.into(), path, route, auth)
    }

    /// A guarded route that is named by its pattern, as the router that matches it says it.
    /// Where these routes go below a prefix, [`nest`](Self::nest) keeps the list right;
    /// a scope would change the pattern behind its back.
    pub fn unnamed(mut self, path: &str, route: Route) -> Self {
        let path = slashed(path);
        self.declared.add_unnamed(&path);
        self.services.add(path, None, route, Some(Box::new(self.auth.clone())));
        self
    }

    /// A route outside the middleware: nobody looks at credentials there.
    pub fn open(mut self, path: &str, route: Route) -> Self {
        let path = slashed(path);
        self.declared.add_open(&path);
        self.services.add(path, None, route, None);
        self
    }

    /// Adds the routes of `inner` under `prefix`, which becomes a part of their patterns. They
    /// keep their names and their middleware. Unlike a scope of actix-web, this does not take
    /// what else begins with the prefix.
    #[doc(alias = "scope")]
    pub fn nest<B: Authenticator>(mut self, prefix: &str, inner: Routes<B>) -> Self {
        let prefix = slashed(prefix);
        self.declared.add_all(inner.declared, |path| format!("{prefix}{path}"));
        self.services.add_all(inner.services, |path| format!("{prefix}{path}"));
        self
    }

    /// Adds the routes of `other` beside these. They keep their middleware.
    pub fn merge<B: Authenticator>(mut self, other: Routes<B>) -> Self {
        self.declared.add_all(other.declared, |path| path);
        self.services.add_all(other.services, |path| path);
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

    /// What `App::configure` takes; the same as to hand the routes to `App::service`.
    pub fn into_config(self) -> impl FnOnce(&mut ServiceConfig) {
        move |config| {
            config.service(self);
        }
    }

    fn named(mut self, name: Arc<str>, path: &str, route: Route, auth: AuthMiddleware<A>) -> Self {
        let path = slashed(path);
        self.declared.add_named(Arc::clone(&name), &path);
        let auth = Box::new(auth.at_entry_point(Arc::clone(&name)));
        self.services.add(path, Some(name), route, Some(auth));
        self
    }
}

impl<A: Authenticator> HttpServiceFactory for Routes<A> {
    fn register(self, config: &mut AppService) {
        let services = match self.entry_points() {
            Ok(_) => self.services,
            Err(error) => {
                event!(error, %error, "the routes are none: each of them is a 500");
                self.services.broken()
            }
        };
        services.register(config);
    }
}

/// A path or prefix with the slash that actix-web puts before it.
fn slashed(path: &str) -> String {
    if path.is_empty() || path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

impl<A: Authenticator> fmt::Debug for Routes<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").field("declared", &self.declared).finish_non_exhaustive()
    }
}
