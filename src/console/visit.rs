//! A request for a page, and one that changes something.

use std::future::Future;
use std::sync::Arc;

use ::axum::body::{Body, to_bytes};
use ::axum::response::{Html, IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use maud::html;

use super::Shared;
use super::form::Fields;
use super::gate::{Administrator, origin};
use super::layout::{self, Section};
use super::reply::{Answer, Failure, Notice, Page, Reply};
use super::settings::Settings;
use super::store::Store;
use crate::{HasScopes, Timestamp};

/// The most bytes of a form: a list of some ten thousand sites.
const LONGEST_FORM: usize = 1024 * 1024;
const FORM: &str = "application/x-www-form-urlencoded";

/// A request for a page, of a user who may see it.
#[derive(Clone)]
pub(super) struct Visit {
    pub(super) shared: Arc<Shared>,
    pub(super) me: Administrator,
    pub(super) now: Timestamp,
    pub(super) query: Fields,
}

impl Visit {
    pub(super) fn new(shared: Arc<Shared>, me: Administrator, query: Option<&str>) -> Self {
        let (now, query) = (shared.clock.now(), Fields::parse(query.unwrap_or_default().as_bytes()));
        Self { shared, me, now, query }
    }

    /// The address of a page of the console.
    pub(super) fn link(&self, path: &str) -> String {
        format!("{}{path}", self.shared.settings.base)
    }

    /// Whether this user may change anything: what it may not do is not offered.
    pub(super) fn may_change(&self) -> bool {
        self.me.scopes().contains(self.shared.settings.change.as_str())
    }

    /// Whether this user may change the directory.
    pub(super) fn may_change_directory(&self) -> bool {
        let further = self.shared.settings.directory.as_ref();
        self.may_change() && further.is_none_or(|scope| self.me.scopes().contains(scope.as_str()))
    }

    pub(super) fn store(&self) -> &Store {
        &self.shared.store
    }

    /// Asks a handler, and makes its answer one of HTTP.
    pub(super) async fn answer(&self, handler: impl Future<Output = Answer>) -> Response {
        let reply = match self.query.check_unique() {
            Ok(()) => handler.await,
            Err(failure) => Err(failure),
        };
        let reply = reply.unwrap_or_else(|failure| self.failed(&failure).into());
        match reply {
            Reply::Page(page) => self.render(&page),
            Reply::See(path, notice) => {
                let sign = if path.contains('?') { '&' } else { '?' };
                let done = notice.map(|notice| format!("{sign}done={}", notice.word())).unwrap_or_default();
                see(&self.link(&format!("{path}{done}")))
            }
            Reply::File { name, content_type, content } => {
                let place = format!("attachment; filename=\"{name}\"");
                let headers = [(CONTENT_TYPE, content_type.to_owned()), (CONTENT_DISPOSITION, place)];
                (headers, content).into_response()
            }
        }
    }

    /// The page of what could not be done.
    fn failed(&self, failure: &Failure) -> Page {
        let body = html! { p { a href=(self.link("/")) { "Back to the keys" } } };
        let title = failure.status().canonical_reason().unwrap_or("Refused");
        Page::new(Section::None, title, body).with_error(failure)
    }

    fn render(&self, page: &Page) -> Response {
        let notice = self.query.unique("done").and_then(Notice::of_word);
        let notice = notice.filter(|_| page.error.is_none());
        let has_sessions = self.shared.sessions.is_some();
        let whole = layout::whole(&self.shared.settings.base, &self.me, has_sessions, notice, page);
        (page.status, Html(whole.into_string())).into_response()
    }
}

/// Another page, to be asked for with GET.
pub(super) fn see(address: &str) -> Response {
    match HeaderValue::try_from(address) {
        Ok(address) => (StatusCode::SEE_OTHER, [(LOCATION, address)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A form that a page of the console has sent, of a user who may do what it asks for.
pub(super) struct Change {
    pub(super) visit: Visit,
    pub(super) form: Fields,
    /// The store; what is changed here is recorded under the name of the user.
    pub(super) store: Store,
}

impl Change {
    /// Reads the form, and refuses what did not come from a page of the console.
    pub(super) async fn read(visit: &Visit, parts: &Parts, body: Body) -> Result<Self, Failure> {
        let form = read_form(&visit.shared.settings, parts, body).await?;
        if !form.unique("token").is_some_and(|token| visit.me.has_token(token)) {
            return Err(Failure::Foreign);
        }
        form.check_unique()?;
        let shared = &visit.shared;
        let store = match &shared.sink {
            Some(sink) => {
                let (user, clock) = (visit.me.user().as_str(), Arc::clone(&shared.clock));
                shared.store.acting_as(user, Arc::clone(sink), clock)
            }
            None => Store::clone(&shared.store),
        };
        Ok(Self { visit: visit.clone(), form, store })
    }
}

/// The fields of a form that a page of the same origin has sent.
pub(super) async fn read_form(settings: &Settings, parts: &Parts, body: Body) -> Result<Fields, Failure> {
    let authority = parts.uri.authority().map(http::uri::Authority::as_str);
    let mut types = parts.headers.get_all(CONTENT_TYPE).iter();
    let is_form = |value: &HeaderValue| {
        let value = value.to_str().unwrap_or_default();
        value.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(FORM))
    };
    if !origin::is_same(&parts.headers, authority, settings.origin.as_ref())
        || !types.next().is_some_and(is_form)
        || types.next().is_some()
    {
        return Err(Failure::Foreign);
    }
    let body = to_bytes(body, LONGEST_FORM).await;
    let body = body.map_err(|_| Failure::invalid("the form is longer than 1 MiB, or did not come whole"))?;
    Ok(Fields::parse(&body))
}
