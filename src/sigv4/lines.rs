//! The header lines of a request that came in.

use std::cell::Cell;

use super::canonical::HeaderLines;
use super::{DATE, PAYLOAD, TOKEN, signed_headers};
use crate::request::{RequestView, printable};
use crate::{AuthError, Reason};

/// As many as most requests have: they are collected without an allocation. A mask below has a
/// bit for each.
const FEW: usize = 16;

type Line<'a> = (&'a str, &'a [u8]);

/// All header lines of a request, and its authority in the place of a `Host` that is missing
/// (HTTP/2 has `:authority`). They are looked at once: for what the scheme itself reads, for
/// what is signed, and for what should have been.
pub(super) struct RequestLines<'a> {
    few: [Line<'a>; FEW],
    count: usize,
    more: Vec<Line<'a>>,
    /// Those of the few that were read as signed.
    signed: Cell<u16>,
    own: OwnLines<'a>,
}

/// The headers that the scheme reads itself.
#[derive(Default)]
struct OwnLines<'a> {
    authorization: Option<&'a [u8]>,
    date: Option<&'a [u8]>,
    payload: Option<&'a [u8]>,
    token: Option<&'a [u8]>,
    host: Option<&'a [u8]>,
    are_repeated: bool,
}

/// The same, as text.
pub(super) struct OwnValues<'a> {
    pub(super) authorization: Option<&'a str>,
    pub(super) date: Option<&'a str>,
    pub(super) payload: Option<&'a str>,
    pub(super) token: Option<&'a str>,
}

impl<'a> RequestLines<'a> {
    /// One look at a request.
    pub(super) fn of(request: &RequestView<'a>) -> Self {
        let (few, own) = ([("", &[][..]); FEW], OwnLines::default());
        let mut lines = Self { few, count: 0, more: Vec::new(), signed: Cell::new(0), own };
        request.for_each_header(|name, value| {
            let slot = match name {
                "authorization" => Some(&mut lines.own.authorization),
                "host" => Some(&mut lines.own.host),
                DATE => Some(&mut lines.own.date),
                PAYLOAD => Some(&mut lines.own.payload),
                TOKEN => Some(&mut lines.own.token),
                _ => None,
            };
            lines.own.are_repeated |= slot.is_some_and(|slot| slot.replace(value).is_some());
            lines.add((name, value));
        });
        if let Some(authority) = request.target_authority().filter(|_| lines.own.host.is_none()) {
            lines.add(("host", authority.as_bytes()));
        }
        lines
    }

    fn add(&mut self, line: Line<'a>) {
        match self.few.get_mut(self.count) {
            Some(place) => {
                *place = line;
                self.count += 1;
            }
            None => self.more.push(line),
        }
    }

    fn few(&self) -> &[Line<'a>] {
        self.few.get(..self.count).unwrap_or_default()
    }

    /// What the scheme reads itself, by the rules of [`RequestView::unique_header`]. `Host` is
    /// there once too.
    pub(super) fn own(&self) -> Result<OwnValues<'a>, AuthError> {
        let OwnLines { authorization, date, payload, token, are_repeated, .. } = self.own;
        if are_repeated {
            return Err(AuthError::new(Reason::RepeatedHeader));
        }
        let text = |value: Option<&'a [u8]>| value.map(printable).transpose();
        Ok(OwnValues {
            authorization: text(authorization)?,
            date: text(date)?,
            payload: text(payload)?,
            token: text(token)?,
        })
    }

    /// Whether every header that is `needed` was read as signed, or is in the list.
    pub(super) fn are_covered(&self, list: &str, needed: impl Fn(&str) -> bool) -> bool {
        let signed = self.signed.get();
        let few = self.few().iter().enumerate().all(|(place, (name, _))| {
            signed & (1 << place) != 0 || !needed(name) || signed_headers::has(list, name)
        });
        few && self.more.iter().all(|(name, _)| !needed(name) || signed_headers::has(list, name))
    }
}

impl HeaderLines for RequestLines<'_> {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let few = self.few().iter().enumerate().filter(move |(place, (held, _))| {
            let is_signed = *held == name;
            self.signed.set(self.signed.get() | u16::from(is_signed) << place);
            is_signed
        });
        let more = self.more.iter().filter(move |(held, _)| *held == name);
        few.map(|(_, (_, value))| *value).chain(more.map(|(_, value)| *value))
    }
}
