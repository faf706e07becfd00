//! Logging in and out.

use std::sync::Arc;

use ::axum::extract::{Request, State};
use ::axum::middleware::Next;
use ::axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue, StatusCode};
use maud::{Markup, html};

use super::Shared;
use super::gate::origin::unique;
use super::gate::token::Tokens;
use super::gate::{Administrator, COOKIE};
use super::layout::{bare, sentence};
use super::reply::{Answer, Failure, Notice, Reply};
use super::visit::{Change, read_form, see};
use crate::axum::Authenticated;
use crate::guard::{Refusal, Rendered, ResponseStyle};
use crate::{ErrorKind, Reason};

/// The page of the console that a log-in leads to.
#[derive(Clone)]
struct WayBack(Option<String>);

/// Refuses log-in forms that no page of the console has sent, before anybody looks at the
/// password.
pub(super) async fn check_log_in(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let now = shared.clock.now();
    let Ok(form) = read_form(&shared.settings, &parts, body).await else { return foreign(&shared) };
    if !form.unique("token").is_some_and(|token| shared.tokens.is_of_log_in(token, now)) {
        return foreign(&shared);
    }
    let body = form.query_without(&["token"]).into();
    let mut request = Request::from_parts(parts, body);
    let back = form.unique("next").filter(|next| is_inside(&shared.settings.base, next));
    request.extensions_mut().insert(WayBack(back.map(str::to_owned)));
    request.headers_mut().remove(http::header::CONTENT_LENGTH);
    next.run(request).await
}

/// Begins a session.
pub(super) async fn log_in(
    State(shared): State<Arc<Shared>>,
    Authenticated(me): Authenticated<Administrator>,
    request: Request,
) -> Response {
    let Some(sessions) = &shared.sessions else { return StatusCode::NOT_FOUND.into_response() };
    let base = &*shared.settings.base;
    let next = request.extensions().get::<WayBack>().and_then(|WayBack(next)| next.clone());
    let mut response = see(&next.unwrap_or_else(|| format!("{base}/")));
    let Ok(id) = sessions.begin(me.user().clone(), shared.clock.now()) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let seconds = sessions.longest().as_secs();
    let id = id.expose_text().unwrap_or_default();
    let is_secure = match &shared.settings.origin {
        Some(origin) => origin.is_https(),
        None => !is_local(request.headers()),
    };
    let cookie = cookie(base, is_secure, &format!("{COOKIE}={id}; Max-Age={seconds}"));
    response.headers_mut().append(SET_COOKIE, cookie);
    response
}

/// Ends the session.
pub(super) async fn log_out(change: Change) -> Answer {
    let shared = &change.visit.shared;
    if let (Some(sessions), Some(name)) = (&shared.sessions, change.visit.me.session()) {
        sessions.end(name);
    }
    Ok(Reply::done("/", Notice::LoggedOut))
}

/// The cookie of a session: for the console alone, out of reach of scripts, never sent by other
/// sites (RFC 6265bis, section 5.6), and over TLS alone, except on this machine.
fn cookie(base: &str, is_secure: bool, value: &str) -> HeaderValue {
    let path = if base.is_empty() { "/" } else { base };
    let secure = if is_secure { "; Secure" } else { "" };
    let text = format!("{value}; Path={path}; HttpOnly; SameSite=Strict{secure}");
    let mut cookie = HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""));
    cookie.set_sensitive(true);
    cookie
}

/// What proxies add to requests, of which `Host` may be theirs.
const OF_PROXIES: [&str; 5] =
    ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"];

/// Whether a browser on this machine has sent this, without a proxy between.
fn is_local(headers: &HeaderMap) -> bool {
    if OF_PROXIES.iter().any(|name| headers.contains_key(*name)) {
        return false;
    }
    let host = unique(headers, http::header::HOST.as_str()).ok().flatten().unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host }
    });
    ["localhost", "127.0.0.1", "[::1]"].contains(&name)
}

/// Whether an address leads to a page of the console, and nowhere else.
fn is_inside(base: &str, address: &str) -> bool {
    let below = address.strip_prefix(base).and_then(|rest| rest.strip_prefix('/'));
    below.is_some_and(|rest| !rest.starts_with(['/', '\\']))
        && address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

fn foreign(shared: &Shared) -> Response {
    let base = &*shared.settings.base;
    let text = sentence(&Failure::Foreign.to_string());
    let token = shared.tokens.of_log_in(shared.clock.now());
    let inside = html! { p.error role="alert" { (text) } (form(base, &token, None)) };
    (StatusCode::FORBIDDEN, Html(bare(base, "Log in", &inside).into_string())).into_response()
}

fn form(base: &str, token: &str, next: Option<&str>) -> Markup {
    html! {
        form.panel method="post" action=(format!("{base}/log-in")) {
            input type="hidden" name="token" value=(token);
            @if let Some(next) = next { input type="hidden" name="next" value=(next); }
            p { label for="name" { "User" } input #name name="name" required autocomplete="username" autocapitalize="none" spellcheck="false"; }
            p { label for="password" { "Password" } input #password name="password" type="password" required autocomplete="current-password"; }
            p { button type="submit" { "Log in" } }
        }
    }
}

/// Refusals as pages: whoever is not logged in is shown the log-in form.
pub(super) struct PageStyle {
    pub(super) base: Arc<str>,
    pub(super) tokens: Arc<Tokens>,
    pub(super) has_form: bool,
}

impl ResponseStyle for PageStyle {
    fn render(&self, refusal: &Refusal<'_>) -> Rendered {
        let request = refusal.request();
        let is_log_in = request.path().ends_with("/log-in");
        let (title, text) = match (refusal.kind(), refusal.reason()) {
            (ErrorKind::Unauthenticated, Reason::MissingCredential) => ("Log in", None),
            (ErrorKind::Unauthenticated, _) if is_log_in => {
                ("Log in", Some("The user or the password is wrong."))
            }
            (ErrorKind::Malformed, _) if is_log_in => ("Log in", Some("Fill in the user and the password.")),
            (ErrorKind::Unauthenticated, _) if self.has_form => ("Log in", Some("Your session has ended.")),
            (ErrorKind::Unauthenticated, _) => ("Log in", Some("The user or the password is wrong.")),
            (ErrorKind::Forbidden, _) => ("Forbidden", Some("Your user may not do that.")),
            (ErrorKind::NotFound, _) => ("Not found", Some("There is no such page.")),
            (ErrorKind::TooManyRequests, _) => ("Too many requests", Some("Wait a while, then try again.")),
            (ErrorKind::Unavailable, _) => ("Unavailable", Some("The store cannot answer. Try again soon.")),
            (ErrorKind::Internal, _) => ("Error", Some("Something went wrong here; the log says what.")),
            (ErrorKind::Malformed | ErrorKind::Timeout | ErrorKind::BodyTooLarge, _) => {
                ("Refused", Some("The request cannot be understood."))
            }
        };
        let asks = is_log_in || matches!(refusal.kind(), ErrorKind::Unauthenticated | ErrorKind::Forbidden);
        let whole = [request.path(), request.query().unwrap_or_default()];
        let next = if whole[1].is_empty() { whole[0].to_owned() } else { whole.join("?") };
        let is_page = request.method() == "GET" && is_inside(&self.base, &next);
        let token = self.tokens.of_log_in(request.received_at());
        let inside = html! {
            @if let Some(text) = text { p.error role="alert" { (text) } }
            @if asks && self.has_form { (form(&self.base, &token, is_page.then_some(next.as_str()))) }
            @else { p { a href=(format!("{}/", self.base)) { "Back to the keys" } } }
        };
        let page = bare(&self.base, title, &inside).into_string();
        Rendered::new(refusal, "text/html; charset=utf-8", Bytes::from(page))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_leads_to_pages_of_the_console_alone() {
        for inside in ["/admin/keys/", "/admin/keys/key?id=a%20b", "/admin/keys/users"] {
            assert!(is_inside("/admin/keys", inside), "{inside}");
        }
        for outside in [
            "",
            "/",
            "//evil.example",
            "/admin",
            "/admin/keysx",
            "/admin/keys//evil.example",
            "https://evil.example",
        ] {
            assert!(!is_inside("/admin/keys", outside), "{outside}");
        }
        assert!(is_inside("", "/users"));
        for outside in ["//evil.example", "/\\evil.example", "/a\nb", "evil.example", "/a b"] {
            assert!(!is_inside("", outside), "{outside}");
        }
    }

    #[test]
    fn a_cookie_goes_over_tls_except_on_this_machine() {
        let of = |host: &'static str| {
            let headers = HeaderMap::from_iter([(http::header::HOST, HeaderValue::from_static(host))]);
            cookie("/keys", !is_local(&headers), "a=b").to_str().expect("text").to_owned()
        };
        for host in ["localhost", "localhost:3000", "127.0.0.1:8080", "[::1]:80", "[::1]"] {
            assert_eq!(of(host), "a=b; Path=/keys; HttpOnly; SameSite=Strict", "{host}");
        }
        let mut headers = HeaderMap::from_iter([(http::header::HOST, HeaderValue::from_static("localhost"))]);
        assert!(is_local(&headers));
        headers.insert("x-forwarded-for", HeaderValue::from_static("192.0.2.7"));
        assert!(!is_local(&headers), "a proxy has sent it");
        for host in ["keys.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "", "[::2]:80"] {
            assert!(of(host).ends_with("; Secure"), "{host}");
        }
    }
}
