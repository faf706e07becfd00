//! Where the members of a chain look for credentials.

use std::borrow::Cow;

use super::RequestView;

/// The places that a chain reads credentials from, declared once when it is built.
///
/// A *carrier* is one place: a header, a query parameter, or a group of headers that
/// belong together. The guard asks it three things: whether a request presents
/// credentials in two places at once (refused), whether a credential is there that
/// nobody claimed (refused, never anonymous), and which headers to mark as sensitive.
/// `Authorization` is a carrier always, whether a member reads it or not.
///
/// ```
/// use portcullis::request::Carriers;
/// let mut carriers = Carriers::new();
/// carriers.add_header("x-api-key");
/// assert_eq!(carriers.headers().collect::<Vec<_>>(), ["authorization", "x-api-key"]);
/// ```
#[derive(Clone, Debug)]
pub struct Carriers(Vec<Carrier>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Carrier {
    Headers(Vec<Cow<'static, str>>),
    Parameter(Cow<'static, str>),
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
        Self(vec![Carrier::Headers(vec![Cow::Borrowed("authorization")])])
    }

    /// Declares a header; `name` in lower case.
    pub fn add_header(&mut self, name: impl Into<Cow<'static, str>>) {
        self.add(Carrier::Headers(vec![name.into()]));
    }

    /// Declares headers that are the parts of one credential. If one of them is in a
    /// carrier already, such as `authorization`, the others join it there.
    pub fn add_header_group(&mut self, names: &[&'static str]) {
        let group = || names.iter().map(|name| Cow::Borrowed(*name));
        let holds_one = |carrier: &&mut Carrier| match carrier {
            Carrier::Headers(held) => group().any(|name| held.contains(&name)),
            Carrier::Parameter(_) => false,
        };
        match self.0.iter_mut().find(holds_one) {
            Some(Carrier::Headers(held)) => {
                let new: Vec<_> = group().filter(|name| !held.contains(name)).collect();
                held.extend(new);
            }
            _ => self.add(Carrier::Headers(group().collect())),
        }
    }

    /// Declares a query parameter. For a credential of several parameters, declare the
    /// one that no other kind of request has (`signature`, not `timestamp`).
    pub fn add_parameter(&mut self, name: impl Into<Cow<'static, str>>) {
        self.add(Carrier::Parameter(name.into()));
    }

    /// The names of all headers that are carriers, in lower case.
    pub fn headers(&self) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .flat_map(|carrier| match carrier {
                Carrier::Headers(names) => names.as_slice(),
                Carrier::Parameter(_) => &[],
            })
            .map(AsRef::as_ref)
    }

    /// The names of all query parameters that are carriers.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|carrier| match carrier {
            Carrier::Headers(_) => None,
            Carrier::Parameter(name) => Some(name.as_ref()),
        })
    }

    /// The headers of each carrier: more than one where they belong together.
    #[cfg(feature = "openapi")]
    pub(crate) fn header_groups(&self) -> impl Iterator<Item = &[Cow<'static, str>]> {
        self.0.iter().filter_map(|carrier| match carrier {
            Carrier::Headers(names) => Some(names.as_slice()),
            Carrier::Parameter(_) => None,
        })
    }

    fn add(&mut self, carrier: Carrier) {
        if !self.0.contains(&carrier) {
            self.0.push(carrier);
        }
    }

    /// Whether more than one of the carriers is in use.
    pub(crate) fn several_in(&self, request: &RequestView<'_>) -> bool {
        if self.0.len() < 2 {
            return false;
        }
        let headers = self.headers_in(request);
        // Where the parameters cannot make it two, the query is not read.
        let parameters = self.0.iter().filter(|carrier| matches!(carrier, Carrier::Parameter(_))).count();
        headers > 1 || (headers + parameters > 1 && headers + self.parameters_in(request) > 1)
    }

    /// Whether any of the carriers is in use.
    pub(crate) fn any_in(&self, request: &RequestView<'_>) -> bool {
        self.headers_in(request) > 0 || self.parameters_in(request) > 0
    }

    /// How many carriers of headers are in use. The parts of a group count once, as long
    /// as no other carrier's header stands between them; it is only asked whether there
    /// are several.
    fn headers_in(&self, request: &RequestView<'_>) -> usize {
        let mut last = None;
        let mut count = 0;
        request.for_each_header(|name, _| {
            let carrier = self.0.iter().position(|carrier| match carrier {
                Carrier::Headers(names) => names.iter().any(|held| held == name),
                Carrier::Parameter(_) => false,
            });
            if carrier.is_some() && carrier != last {
                last = carrier;
                count += 1;
            }
        });
        count
    }

    /// How many carriers of parameters are in use. An unreadable or repeated one counts:
    /// its scheme will refuse it.
    fn parameters_in(&self, request: &RequestView<'_>) -> usize {
        if request.query().is_none() {
            return 0;
        }
        let in_use = |carrier: &&Carrier| match carrier {
            Carrier::Headers(_) => false,
            Carrier::Parameter(name) => !matches!(request.unique_parameter(name), Ok(None)),
        };
        self.0.iter().filter(in_use).count()
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
}
