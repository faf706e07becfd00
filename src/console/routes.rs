//! Which pages there are, and who may ask for them.

use std::future::Future;
use std::sync::Arc;

use ::axum::Router;
use ::axum::body::Body;
use ::axum::extract::{RawQuery, Request, State};
use ::axum::routing::{MethodRouter, get, post};
use http::Method;

use super::Shared;
use super::gate::Administrator;
use super::reply::Answer;
use super::visit::{Change, Visit};
use crate::axum::Authenticated;
use crate::tower::AuthLayer;
use crate::{Authenticator, Scope};

/// What a route of the console asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Asks {
    /// Nothing: style sheet, script and log-in.
    Nothing,
    /// A user who is logged in.
    LogIn,
    /// The privilege to see.
    See,
    /// The privilege to change.
    Change,
    /// The privilege to change the directory, beside the one to change: of a console that asks
    /// for [one more](super::Console::with_directory_privilege).
    Directory,
}

/// A route of the console: for tests of applications that look at all they serve.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConsoleRoute {
    /// The method. Everything but GET is refused without the token of a form, and from another
    /// origin.
    pub method: Method,
    /// The whole path.
    pub path: String,
    /// Who may ask for it.
    pub asks: Asks,
}

/// Routes, each behind the gate.
pub(super) struct Routes<A: Authenticator<Principal = Administrator>> {
    pub(super) router: Router<Arc<Shared>>,
    pub(super) listed: Vec<ConsoleRoute>,
    pub(super) base: Arc<str>,
    pub(super) auth: AuthLayer<A>,
    pub(super) see: Scope,
    pub(super) change: Scope,
    /// None where the one to change is enough for the directory.
    pub(super) directory: Option<Scope>,
}

impl<A: Authenticator<Principal = Administrator>> Routes<A> {
    /// A page.
    pub(super) fn page<H, F>(self, path: &str, handler: H) -> Self
    where
        H: Fn(Visit) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Answer> + Send + 'static,
    {
        let route = get(
            async move |State(shared): State<Arc<Shared>>,
                        Authenticated(me): Authenticated<Administrator>,
                        RawQuery(query): RawQuery| {
                let visit = Visit::new(shared, me, query.as_deref());
                visit.answer(handler(visit.clone())).await
            },
        );
        self.add(Method::GET, path, Asks::See, route)
    }

    /// A form that changes something.
    pub(super) fn change<H, F>(self, path: &str, handler: H) -> Self
    where
        H: Fn(Change) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Answer> + Send + 'static,
    {
        self.form(path, Asks::Change, handler)
    }

    /// A form that changes the directory.
    pub(super) fn directory<H, F>(self, path: &str, handler: H) -> Self
    where
        H: Fn(Change) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Answer> + Send + 'static,
    {
        let asks = if self.directory.is_some() { Asks::Directory } else { Asks::Change };
        self.form(path, asks, handler)
    }

    /// A form that changes nothing that is kept.
    pub(super) fn form<H, F>(self, path: &str, asks: Asks, handler: H) -> Self
    where
        H: Fn(Change) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Answer> + Send + 'static,
    {
        let route = post(
            async move |State(shared): State<Arc<Shared>>,
                        Authenticated(me): Authenticated<Administrator>,
                        request: Request<Body>| {
                let (parts, body) = request.into_parts();
                let visit = Visit::new(shared, me, parts.uri.query());
                let answer = async { handler(Change::read(&visit, &parts, body).await?).await };
                visit.answer(answer).await
            },
        );
        self.add(Method::POST, path, asks, route)
    }

    /// A route that nobody guards.
    pub(super) fn open(mut self, method: Method, path: &str, route: MethodRouter<Arc<Shared>>) -> Self {
        let whole = self.list(method, path, Asks::Nothing);
        self.router = self.router.route(&whole, route);
        self
    }

    fn add(mut self, method: Method, path: &str, asks: Asks, route: MethodRouter<Arc<Shared>>) -> Self {
        let route = match asks {
            Asks::See => route.layer(self.auth.require_scopes([self.see.as_str().to_owned()])),
            Asks::Change => {
                let needed = [&self.see, &self.change].map(|scope| scope.as_str().to_owned());
                route.layer(self.auth.require_scopes(needed))
            }
            Asks::Directory => {
                let needed = [&self.see, &self.change].into_iter().chain(&self.directory);
                route.layer(self.auth.require_scopes(needed.map(|scope| scope.as_str().to_owned())))
            }
            Asks::LogIn | Asks::Nothing => route,
        };
        let whole = self.list(method, path, asks);
        self.router = self.router.route(&whole, route.layer(self.auth.clone()));
        self
    }

    /// Lists a route, and says what its whole path is.
    fn list(&mut self, method: Method, path: &str, asks: Asks) -> String {
        let path = format!("{}{path}", self.base);
        self.listed.push(ConsoleRoute { method, path: path.clone(), asks });
        path
    }
}
