//! What a row says: what is sent, and what must come back.

use crate::battery::app::{Setup, echoed};
use crate::battery::client::{Answer, Ask, Body};

/// A case, with an application of its own.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) setup: Setup,
    pub(crate) steps: Vec<Step>,
    pub(crate) over_grpc: OverGrpc,
}

/// Whether what a row says can be said of a gRPC call: its credentials are in headers, and it
/// depends on no method, target, framing or style.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OverGrpc {
    Runs,
    CannotBeSaid,
}

/// One request of a case, and what must become of it.
pub(crate) struct Step {
    pub(crate) ask: Ask,
    pub(crate) expected: Expected,
    /// What a framework answers itself, before the layer is asked: its name, why, and the status.
    own: Vec<(&'static str, &'static str, u16)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) answer: Answer,
    /// How often the handler is called.
    pub(crate) calls: usize,
    /// What an echo says before the body, so that it can be said again of a gRPC call.
    pub(crate) echo: Option<Echo>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Echo {
    pub(crate) who: &'static str,
    pub(crate) scheme: &'static str,
    pub(crate) names: Vec<String>,
}

impl Row {
    pub(crate) fn new(name: &'static str, steps: impl IntoIterator<Item = Step>) -> Self {
        let steps = steps.into_iter().collect();
        Self { name, setup: Setup::Plain, steps, over_grpc: OverGrpc::CannotBeSaid }
    }

    pub(crate) fn on(mut self, setup: Setup) -> Self {
        self.setup = setup;
        self
    }

    pub(crate) fn also_over_grpc(mut self) -> Self {
        self.over_grpc = OverGrpc::Runs;
        self
    }
}

impl Step {
    /// Says that `framework` answers `status` by itself, and why.
    pub(crate) fn but(mut self, framework: &'static str, why: &'static str, status: u16) -> Self {
        assert!(!why.is_empty());
        self.own.push((framework, why, status));
        self
    }

    /// The same of every framework: the servers refuse it in words of their own.
    pub(crate) fn but_everywhere(self, why: &'static str, status: u16) -> Self {
        ["tower", "axum", "actix"].into_iter().fold(self, |step, name| step.but(name, why, status))
    }

    /// The status that `framework` answers by itself.
    pub(crate) fn own(&self, framework: &str) -> Option<u16> {
        self.own.iter().find(|(name, _, _)| *name == framework).map(|(_, _, status)| *status)
    }
}

impl Ask {
    /// It is refused, as the default style words it.
    pub(crate) fn refused(self, status: u16) -> Step {
        let title = match status {
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            413 => "Content Too Large",
            429 => "Too Many Requests",
            503 => "Service Unavailable",
            _ => "Internal Server Error",
        };
        let body = format!(r#"{{"type":"about:blank","title":"{title}","status":{status}}}"#);
        self.refused_as(status, "application/problem+json", &body)
    }

    /// It is refused, in these words.
    pub(crate) fn refused_as(self, status: u16, content_type: &str, body: &str) -> Step {
        let mut headers = vec![("cache-control", "no-store"), ("content-type", content_type)];
        if status == 503 {
            headers.push(("retry-after", "5"));
        }
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let body = if self.method == "HEAD" { Vec::new() } else { body.as_bytes().to_vec() };
        let answer = Answer { status, headers: headers.collect(), body };
        Step { ask: self, expected: Expected { answer, calls: 0, echo: None }, own: Vec::new() }
    }

    /// It is a 401 with these challenges, in this order.
    pub(crate) fn unauthorized(self, challenges: &[&str]) -> Step {
        challenges.iter().fold(self.refused(401), |step, value| step.with("www-authenticate", value))
    }

    /// A handler echoes it, for this user, and the answer says to caches what it must.
    pub(crate) fn echoes(self, who: &'static str, scheme: &'static str) -> Step {
        let names = self.lines.iter().map(|(name, _)| name.clone()).collect();
        self.echoes_as(Echo { who, scheme, names }, None)
    }

    /// The same, where the handler sees another target or other lines.
    pub(crate) fn echoes_as(self, echo: Echo, target: Option<&str>) -> Step {
        let sent = self.target.strip_prefix("http://battery.example").unwrap_or(&self.target);
        let target = target.unwrap_or(sent);
        let text = echoed(echo.who, echo.scheme, self.method, target, &echo.names);
        let mut body = [text.into_bytes(), self.body.bytes()].concat();
        let mut headers = vec![("content-type".to_owned(), "text/plain".to_owned())];
        if matches!(self.method, "GET" | "HEAD") {
            headers.push(("vary".to_owned(), VARY.to_owned()));
            if echo.who != "anonymous" && !self.has("authorization") {
                headers.insert(0, ("cache-control".to_owned(), "no-store".to_owned()));
            }
        }
        if self.method == "HEAD" {
            body.clear();
        }
        let answer = Answer { status: 200, headers, body };
        Step { ask: self, expected: Expected { answer, calls: 1, echo: Some(echo) }, own: Vec::new() }
    }

    /// A handler that has no layer answers it.
    pub(crate) fn comes_to(self, status: u16, headers: &[(&str, &str)], body: &str, calls: usize) -> Step {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let answer = Answer { status, headers, body: body.as_bytes().to_vec() };
        Step { ask: self, expected: Expected { answer, calls, echo: None }, own: Vec::new() }
    }
}

/// The headers that answers depend on.
pub(crate) const VARY: &str =
    "authorization, x-api-key, x-auth-iss, x-auth-exp, x-auth-nbf, x-auth-signature";

impl Step {
    /// One header more.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        let headers = &mut self.expected.answer.headers;
        headers.push((name.to_owned(), value.to_owned()));
        headers.sort_by(|one, other| one.0.cmp(&other.0));
        self
    }

    /// Another value of a header, or none.
    pub(crate) fn instead(mut self, name: &str, value: Option<&str>) -> Self {
        self.expected.answer.headers.retain(|(held, _)| held != name);
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The handler reads nothing of the body.
    pub(crate) fn without_body(mut self) -> Self {
        let length = self.ask.body.bytes().len();
        let body = &mut self.expected.answer.body;
        body.truncate(body.len() - length);
        self
    }
}

/// A GET.
pub(crate) fn get(target: impl Into<String>) -> Ask {
    Ask::new("GET", target)
}

/// A POST with a whole body.
pub(crate) fn post(target: impl Into<String>, body: impl AsRef<[u8]>) -> Ask {
    Ask::new("POST", target).with_body(Body::Whole(body.as_ref().to_vec()))
}
