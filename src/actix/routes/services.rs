//! Routes on their way to actix-web's router.

use std::sync::Arc;

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::{HttpResponse, Resource, Route, web};

use crate::Authenticator;
use crate::actix::AuthMiddleware;

/// Paths with their routes, in the order in which actix-web tries them.
#[derive(Default)]
pub(super) struct Services(Vec<(String, Vec<Guarded>)>);

/// A route, its name, and what is to be put around it.
struct Guarded {
    name: Option<Arc<str>>,
    route: Route,
    guard: Option<Box<dyn Cover>>,
}

impl Services {
    pub(super) fn add(
        &mut self,
        path: String,
        name: Option<Arc<str>>,
        route: Route,
        guard: Option<Box<dyn Cover>>,
    ) {
        self.add_path(path, vec![Guarded { name, route, guard }]);
    }

    /// Adds those of another, whose paths become what `whole` makes of them.
    pub(super) fn add_all(&mut self, other: Self, whole: impl Fn(String) -> String) {
        other.0.into_iter().for_each(|(path, routes)| self.add_path(whole(path), routes));
    }

    /// actix-web asks only the first resource that has a path, so routes of one path are one
    /// resource.
    fn add_path(&mut self, path: String, added: Vec<Guarded>) {
        match self.0.iter_mut().find(|(held, _)| *held == path) {
            Some((_, routes)) => routes.extend(added),
            None => self.0.push((path, added)),
        }
    }

    /// The same paths, and an error at each.
    pub(super) fn broken(self) -> Self {
        let mut broken = Self::default();
        for (path, _) in self.0 {
            broken.add(path, None, web::route().to(HttpResponse::InternalServerError), None);
        }
        broken
    }

    pub(super) fn register(self, config: &mut AppService) {
        self.0.into_iter().for_each(|(path, routes)| register(web::resource(path), routes, config));
    }
}

/// Registers the routes of one path: one of them with its guard around the whole resource,
/// several each inside its own.
fn register(resource: Resource, mut routes: Vec<Guarded>, config: &mut AppService) {
    match routes.pop() {
        Some(Guarded { name, route, guard }) if routes.is_empty() => {
            let resource = match name {
                Some(name) => resource.name(&name),
                None => resource,
            };
            let resource = resource.route(route);
            match guard {
                Some(guard) => guard.register(resource, config),
                None => resource.register(config),
            }
        }
        last => {
            let covered = routes.into_iter().chain(last).map(|one| match one.guard {
                Some(guard) => guard.around(one.route),
                None => one.route,
            });
            covered.fold(resource, Resource::route).register(config);
        }
    }
}

/// A middleware, whatever its authenticator.
pub(super) trait Cover {
    fn around(self: Box<Self>, route: Route) -> Route;
    fn register(self: Box<Self>, resource: Resource, config: &mut AppService);
}

impl<A: Authenticator> Cover for AuthMiddleware<A> {
    fn around(self: Box<Self>, route: Route) -> Route {
        route.wrap(*self)
    }

    fn register(self: Box<Self>, resource: Resource, config: &mut AppService) {
        resource.wrap(*self).register(config);
    }
}
