//! Where the members of a chain look for credentials.

use std::borrow::Cow;

use super::NameFilter;
use super::RequestView;
use super::companions::Companions;

/// The places that a chain reads credentials from, declared once when it is built.
///
/// A *carrier* is one place: a header, a query parameter, a cookie, or a group of headers
/// that belong together. The guard asks it three things: whether a request presents
/// credentials in two places at once (refused, unless [`all`](crate::authenticator::all)
/// reads both), whether a credential is there that nobody claimed (refused, never
/// anonymous), and which headers to mark as sensitive.
/// `Authorization` is a carrier always, whether a member reads it or not.
///
/// ```
/// use portcullis::request::Carriers;
/// let mut carriers = Carriers::new();
/// carriers.add_header("x-api-key");
/// assert_eq!(carriers.headers().collect::<Vec<_>>(), ["authorization", "x-api-key"]);
/// ```
#[derive(Clone, Debug)]
pub struct Carriers(
    pub(super) Vec<Carrier>,
    pub(super) Companions,
    pub(super) NameFilter,
    /// Headers and parameters with secrets that are no carriers.
    pub(super) Vec<Cow<'static, str>>,
);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    Headers(Vec<Cow<'static, str>>),
    Parameter(Cow<'static, str>),
    Cookie(Cow<'static, str>),
}

impl Default for Carriers {
    fn default() -> Self {
        Self::new()
    }
}

impl Carriers {
    /// `Authorization` alone.
    #[must_use]
    pub fn new() -> Self {
        let mut carriers = Self::none();
        carriers.place(Carrier::Headers(vec![Cow::Borrowed("authorization")]));
        carriers
    }

    /// No carrier, not even `Authorization`.
    pub(crate) fn none() -> Self {
        Self(Vec::new(), Companions::default(), NameFilter::default(), Vec::new())
    }

    /// Declares a header; `name` in lower case.
    pub fn add_header(&mut self, name: impl Into<Cow<'static, str>>) {
        self.add(Carrier::Headers(vec![name.into()]));
    }

    /// Declares headers that are the parts of one credential. If one of them is in a
    /// carrier already, such as `authorization`, the others join it there.
    pub fn add_header_group(&mut self, names: &[&'static str]) {
        self.add(Carrier::Headers(names.iter().map(|name| Cow::Borrowed(*name)).collect()));
    }

    /// Declares a query parameter. For a credential of several parameters, declare the
    /// one that no other kind of request has (`signature`, not `timestamp`).
    pub fn add_parameter(&mut self, name: impl Into<Cow<'static, str>>) {
        self.add(Carrier::Parameter(name.into()));
    }

    /// Declares a cookie; `name` to the letter. Only a cookie of this name is in use: what
    /// else a browser puts into `Cookie` is no credential.
    ///
    /// ```
    /// let mut carriers = portcullis::request::Carriers::new();
    /// carriers.add_cookie("sessionid");
    /// assert_eq!(carriers.headers().collect::<Vec<_>>(), ["authorization", "cookie"]);
    /// ```
    pub fn add_cookie(&mut self, name: impl Into<Cow<'static, str>>) {
        self.add(Carrier::Cookie(name.into()));
    }

    /// Declares a header (`name` in lower case) or a query parameter (to the letter) whose value is
    /// a secret that goes with a credential, and is none by itself: a session token. It is marked
    /// and removed as carriers are, but its presence says nothing.
    ///
    /// ```
    /// let mut carriers = portcullis::request::Carriers::new();
    /// carriers.add_secret("x-amz-security-token");
    /// assert_eq!(carriers.headers().collect::<Vec<_>>(), ["authorization"]);
    /// ```
    pub fn add_secret(&mut self, name: impl Into<Cow<'static, str>>) {
        let name = name.into();
        self.2.add(&name);
        if !self.3.contains(&name) {
            self.3.push(name);
        }
    }

    /// The names of all headers that are carriers, in lower case.
    pub fn headers(&self) -> impl Iterator<Item = &str> {
        const COOKIE: &[Cow<'static, str>] = &[Cow::Borrowed("cookie")];
        self.0
            .iter()
            .flat_map(|carrier| match carrier {
                Carrier::Headers(names) => names.as_slice(),
                Carrier::Parameter(_) => &[],
                Carrier::Cookie(_) => COOKIE,
            })
            .map(AsRef::as_ref)
    }

    /// Whether a header of this name, in lower case, carries credentials, or a secret with one.
    pub(crate) fn has_header(&self, name: &str) -> bool {
        self.2.may_be(name) && (self.headers().any(|held| held == name) || self.is_secret(name))
    }

    /// Whether a query parameter of this name carries credentials, or a secret with one.
    pub(crate) fn has_parameter(&self, name: &str) -> bool {
        self.parameters().any(|held| held == name) || self.is_secret(name)
    }

    fn is_secret(&self, name: &str) -> bool {
        self.3.iter().any(|held| held == name)
    }

    /// The names of all query parameters that are carriers.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|carrier| match carrier {
            Carrier::Headers(_) | Carrier::Cookie(_) => None,
            Carrier::Parameter(name) => Some(name.as_ref()),
        })
    }

    fn add(&mut self, carrier: Carrier) {
        let place = self.place(carrier);
        self.1.read_alone(place);
    }

    /// Where the carrier is in the list; headers join one that has some of them.
    pub(super) fn place(&mut self, carrier: Carrier) -> usize {
        let shares = |held: &Carrier| match (held, &carrier) {
            (Carrier::Headers(held), Carrier::Headers(new)) => new.iter().any(|name| held.contains(name)),
            (held, new) => held == new,
        };
        match &carrier {
            Carrier::Headers(names) => names.iter().for_each(|name| self.2.add(name)),
            Carrier::Cookie(_) => self.2.add("cookie"),
            Carrier::Parameter(_) => {}
        }
        let place = self.0.iter().position(shares).unwrap_or(self.0.len());
        match (self.0.get_mut(place), carrier) {
            (Some(Carrier::Headers(held)), Carrier::Headers(mut new)) => {
                new.retain(|name| !held.contains(name));
                held.extend(new);
            }
            (Some(_), _) => {}
            (None, carrier) => self.0.push(carrier),
        }
        place
    }

    /// Whether more than one of the carriers is in use, whichever they are.
    pub(crate) fn several_in(&self, request: &RequestView<'_>) -> bool {
        if self.0.len() < 2 {
            return false;
        }
        let headers = self.headers_in(request);
        // Where the others cannot make it two, query and cookies are not read.
        let others = self.0.iter().filter(|carrier| !matches!(carrier, Carrier::Headers(_))).count();
        headers > 1 || (headers + others > 1 && headers + self.others_in(request) > 1)
    }

    /// Whether any of the carriers is in use.
    pub(crate) fn any_in(&self, request: &RequestView<'_>) -> bool {
        self.headers_in(request) > 0 || self.others_in(request) > 0
    }

    /// How many carriers of headers are in use. The parts of a group count once, as long
    /// as no other carrier's header stands between them; it is only asked whether there
    /// are several.
    fn headers_in(&self, request: &RequestView<'_>) -> usize {
        let mut last = None;
        let mut count = 0;
        request.for_each_header(|name, _| {
            let carrier = self.of_header(name);
            if carrier.is_some() && carrier != last {
                last = carrier;
                count += 1;
            }
        });
        count
    }

    /// Which carrier the header belongs to.
    pub(super) fn of_header(&self, name: &str) -> Option<usize> {
        if !self.2.may_be(name) {
            return None;
        }
        self.0.iter().position(|carrier| match carrier {
            Carrier::Headers(names) => names.iter().any(|held| held == name),
            Carrier::Parameter(_) | Carrier::Cookie(_) => false,
        })
    }

    /// How many carriers of parameters and cookies are in use.
    fn others_in(&self, request: &RequestView<'_>) -> usize {
        self.0.iter().filter(|carrier| carrier.is_used_beside_headers(request)).count()
    }
}

impl Carrier {
    /// Whether this is a parameter or a cookie, and in use. An unreadable or repeated one is
    /// in use: its scheme will refuse it.
    pub(super) fn is_used_beside_headers(&self, request: &RequestView<'_>) -> bool {
        match self {
            Self::Headers(_) => false,
            Self::Parameter(_) if request.query().is_none() => false,
            Self::Parameter(name) => !matches!(request.unique_parameter(name), Ok(None)),
            Self::Cookie(name) => !matches!(request.unique_cookie(name), Ok(None)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use crate::request::{BodyGate, RequestTarget};

    fn check(query: Option<&str>, headers: &[&str]) -> (bool, bool) {
        let mut carriers = Carriers::new();
        carriers.add_header_group(&["x-auth-iss", "x-auth-signature"]);
        carriers.add_parameter("signature");
        carriers.add_header("authorization");
        let headers: Vec<(String, Vec<u8>)> =
            headers.iter().map(|name| ((*name).to_owned(), b"v".to_vec())).collect();
        let gate = BodyGate::new();
        let target = RequestTarget::new("GET", "/", query);
        let view = RequestView::new(target, &headers, &gate, Timestamp::from_unix_seconds(0));
        (carriers.any_in(&view), carriers.several_in(&view))
    }

    #[test]
    fn the_parts_of_one_credential_are_one_carrier() {
        assert_eq!(check(None, &[]), (false, false));
        assert_eq!(check(Some("page=1"), &[]), (false, false));
        assert_eq!(check(None, &["x-auth-iss", "x-auth-signature"]), (true, false));
        assert_eq!(check(Some("signature=s"), &[]), (true, false));
    }

    #[test]
    fn a_group_with_a_header_that_is_declared_already_is_one_carrier_with_it() {
        let mut carriers = Carriers::new();
        carriers.add_header_group(&["authorization", "x-date"]);
        let headers: Vec<(String, Vec<u8>)> =
            ["authorization", "x-date"].map(|name| (name.to_owned(), b"v".to_vec())).into();
        let gate = BodyGate::new();
        let target = RequestTarget::new("GET", "/", None);
        let view = RequestView::new(target, &headers, &gate, Timestamp::from_unix_seconds(0));
        assert!(carriers.any_in(&view) && !carriers.several_in(&view));
        assert_eq!(carriers.headers().count(), 2);
    }

    #[test]
    fn two_places_are_several_carriers() {
        assert_eq!(check(None, &["authorization", "x-auth-iss"]), (true, true));
        assert_eq!(check(Some("a&signature"), &["authorization"]), (true, true));
    }

    #[test]
    fn a_cookie_header_is_in_use_only_by_the_cookie_that_was_declared() {
        let mut carriers = Carriers::new();
        carriers.add_cookie("id");
        assert_eq!(carriers.headers().collect::<Vec<_>>(), ["authorization", "cookie"]);
        let gate = BodyGate::new();
        let target = RequestTarget::new("GET", "/", None);
        for (cookie, any, several) in [
            ("a=1; ids=2", false, false),
            ("a=1; id=2", true, false),
            ("id=1; id=2", true, false),
            ("id=", true, false),
        ] {
            let mut headers = vec![("cookie".to_owned(), cookie.as_bytes().to_vec())];
            let view = RequestView::new(target, &headers, &gate, Timestamp::from_unix_seconds(0));
            assert_eq!((carriers.any_in(&view), carriers.several_in(&view)), (any, several), "{cookie}");
            headers.push(("authorization".to_owned(), b"v".to_vec()));
            let view = RequestView::new(target, &headers, &gate, Timestamp::from_unix_seconds(0));
            assert_eq!((carriers.any_in(&view), carriers.several_in(&view)), (true, any), "{cookie}");
        }
    }
}
