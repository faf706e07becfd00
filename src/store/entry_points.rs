//! Which routes a key may call.

use std::sync::Arc;

/// The routes that a key may call: every one, or those that a list of patterns matches.
///
/// A pattern is a path (the leading `/` may be left out) in which `{name}` stands for
/// one whole segment and a final `{*name}` for all the rest. Matching is on the path as
/// sent: what is spelled otherwise, with dot segments or needless escapes, is another
/// path and does not match.
///
/// ```
/// use portcullis::store::EntryPoints;
/// let allowed = EntryPoints::only(["api/hello/", "/api/orders/{id}"])?;
/// assert!(allowed.allow("/api/hello/") && allowed.allow("/api/orders/7"));
/// assert!(!allowed.allow("/api/hello") && !allowed.allow("/api/orders/7/items"));
/// # Ok::<(), portcullis::store::InvalidPattern>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryPoints(Option<Arc<[Pattern]>>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    text: String,
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    One,
    Rest,
}

/// The text is no route pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a route pattern is a path of literals, {{name}} and a final {{*name}}")]
pub struct InvalidPattern;

impl EntryPoints {
    /// Every route.
    #[must_use]
    pub const fn any() -> Self {
        Self(None)
    }

    /// Only the routes that one of `patterns` matches; an empty list allows none.
    ///
    /// # Errors
    /// When a pattern cannot be read.
    pub fn only<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidPattern> {
        Ok(Self(Some(patterns.into_iter().map(Pattern::parse).collect::<Result<_, _>>()?)))
    }

    /// Whether a request for `path`, as sent, is allowed.
    #[must_use]
    pub fn allow(&self, path: &str) -> bool {
        self.0.as_deref().is_none_or(|patterns| patterns.iter().any(|pattern| pattern.matches(path)))
    }

    /// The patterns as they were written; none where every route is allowed.
    pub fn patterns(&self) -> Option<impl Iterator<Item = &str>> {
        self.0.as_deref().map(|patterns| patterns.iter().map(|pattern| pattern.text.as_str()))
    }
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, InvalidPattern> {
        let readable = text.bytes().all(|byte| matches!(byte, b'!'..=b'~') && !b"?#".contains(&byte));
        let path = text.strip_prefix('/').unwrap_or(text);
        let segments = path.split('/').map(Segment::parse).collect::<Result<Vec<_>, _>>()?;
        let rest_is_last = segments.iter().rev().skip(1).all(|segment| *segment != Segment::Rest);
        (readable && rest_is_last).then(|| Self { text: text.to_owned(), segments }).ok_or(InvalidPattern)
    }

    fn matches(&self, path: &str) -> bool {
        let Some(path) = path.strip_prefix('/') else { return false };
        let mut sent = path.split('/');
        for segment in &self.segments {
            match segment {
                Segment::Rest => return sent.all(is_plain) && !path.is_empty(),
                Segment::One if sent.next().is_some_and(is_plain) => {}
                Segment::Literal(literal) if sent.next() == Some(literal) => {}
                Segment::One | Segment::Literal(_) => return false,
            }
        }
        sent.next().is_none()
    }
}

impl Segment {
    fn parse(text: &str) -> Result<Self, InvalidPattern> {
        match text.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) {
            Some(name) if name.starts_with('*') && name.len() > 1 => Ok(Self::Rest),
            Some(name) if !name.is_empty() && !name.contains(['*', '{', '}']) => Ok(Self::One),
            None if !text.contains(['{', '}']) => Ok(Self::Literal(text.to_owned())),
            _ => Err(InvalidPattern),
        }
    }
}

/// Whether a segment that a wildcard stands for cannot be read as something else further
/// on: no dot segment, no escaped slash, back slash, dot or percent sign.
fn is_plain(segment: &str) -> bool {
    let lower = segment.to_ascii_lowercase();
    let disguised = ["%2f", "%5c", "%2e", "%25"].iter().any(|escape| lower.contains(escape));
    !segment.is_empty() && segment != "." && segment != ".." && !segment.contains(['\\', ';']) && !disguised
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_match_to_the_letter() {
        let only = EntryPoints::only(["api/hello/"]).expect("pattern");
        assert!(only.allow("/api/hello/"));
        for other in
            ["/api/hello", "/api/Hello/", "//api/hello/", "/api/./hello/", "/api/%68ello/", "api/hello/", ""]
        {
            assert!(!only.allow(other), "{other}");
        }
    }

    #[test]
    fn wildcards_do_not_match_what_could_be_another_path() {
        let only = EntryPoints::only(["/a/{id}", "/files/{*rest}"]).expect("patterns");
        for path in ["/a/1", "/a/x-y", "/files/a", "/files/a/b"] {
            assert!(only.allow(path), "{path}");
        }
        for path in
            ["/a/", "/a/..", "/a/1%2f2", "/a/1;b", "/files/", "/files/../a", "/files/a//b", "/files/%2E%2e/a"]
        {
            assert!(!only.allow(path), "{path}");
        }
    }

    #[test]
    fn an_empty_list_allows_nothing_and_no_list_everything() {
        assert!(!EntryPoints::only([]).expect("none").allow("/"));
        assert!(EntryPoints::any().allow("/"));
    }

    #[test]
    fn patterns_that_cannot_be_read_are_refused() {
        for bad in ["/{", "/{}", "/{*}", "/{*a}/b", "/a{b}", "/a?b", "/a b", "/é"] {
            assert!(EntryPoints::only([bad]).is_err(), "{bad}");
        }
    }
}
