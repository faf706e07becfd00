//! The line of the canonical request that the query becomes.

use std::borrow::Cow;

use super::presigned::SIGNATURE;
use crate::canonical::percent;
use crate::canonical::query::{self, Plus};
use crate::{AuthError, Reason};

/// How the query becomes a line of the canonical request. Empty parts are dropped, the rest is
/// sorted by name and value, and has an `=` always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueryForm {
    /// Names and values decoded and encoded again: the rule.
    Rule,
    /// The same, with `+` for a space.
    PlusAsSpace,
    /// Names and values as they were sent.
    Raw,
}

/// Feeds the line, without the signature of a presigned URL.
pub(super) fn feed_query(text: &str, form: QueryForm, mut sink: impl FnMut(&[u8])) -> Result<(), AuthError> {
    if text.is_empty() {
        return Ok(());
    }
    let mut pairs: Vec<(Cow<'_, [u8]>, Cow<'_, [u8]>)> = Vec::with_capacity(8);
    for pair in query::pairs(text).filter(|pair| !pair.raw.is_empty() && pair.name != SIGNATURE) {
        let (name, value) = (part(pair.name, form)?, part(pair.value.unwrap_or_default(), form)?);
        pairs.push((name, value));
    }
    // Equal pairs are the same bytes: their order makes no difference.
    pairs.sort_unstable();
    for (number, (name, value)) in pairs.iter().enumerate() {
        if number > 0 {
            sink(b"&");
        }
        sink(name);
        sink(b"=");
        sink(value);
    }
    Ok(())
}

fn part(text: &str, form: QueryForm) -> Result<Cow<'_, [u8]>, AuthError> {
    let part = match form {
        QueryForm::Rule => percent::component(text, Plus::Literal),
        QueryForm::PlusAsSpace => percent::component(text, Plus::Space),
        QueryForm::Raw => Some(Cow::Borrowed(text.as_bytes())),
    };
    part.ok_or(AuthError::new(Reason::UnreadableQuery))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(query: &str, form: QueryForm) -> Result<String, Reason> {
        let mut text = Vec::new();
        feed_query(query, form, |piece| text.extend_from_slice(piece)).map_err(|error| error.reason())?;
        Ok(String::from_utf8(text).expect("text"))
    }

    #[test]
    fn pairs_are_sorted_by_name_and_then_by_value() {
        for (query, expected) in [
            ("", ""),
            ("&&", ""),
            ("b=2&a=1", "a=1&b=2"),
            ("a-b=1&a=2", "a=2&a-b=1"),
            ("a=2&a=1&a", "a=&a=1&a=2"),
            ("flag", "flag="),
            ("=v", "=v"),
            ("a=b=c", "a=b%3Dc"),
            ("q=a+b", "q=a%2Bb"),
            ("a=1;b=2", "a=1%3Bb%3D2"),
            ("%61=%7e%2f", "a=~%2F"),
            ("a=1&X-Amz-Signature=s&b", "a=1&b="),
        ] {
            assert_eq!(line(query, QueryForm::Rule).as_deref(), Ok(expected), "{query}");
        }
        assert_eq!(line("a=%zz", QueryForm::Rule), Err(Reason::UnreadableQuery));
    }

    #[test]
    fn the_other_forms_differ_in_the_plus_and_the_spelling() {
        assert_eq!(line("q=a+b&%61=~", QueryForm::PlusAsSpace).as_deref(), Ok("a=~&q=a%20b"));
        assert_eq!(line("q=a+b&%61=~&f", QueryForm::Raw).as_deref(), Ok("%61=~&f=&q=a+b"));
    }
}
