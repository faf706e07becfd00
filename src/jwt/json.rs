//! JSON read strictly: every name once, also after its escapes are read and at every
//! depth; nesting bounded; numbers finite.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// How deeply objects and lists may lie in one another.
const DEEPEST: u8 = 32;

/// Reads a text that is one object and nothing else.
pub(super) fn read<'de, V: Visitor<'de>>(text: &'de str, visitor: V) -> Result<V::Value, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = reader.deserialize_map(visitor)?;
    reader.end()?;
    Ok(value)
}

/// So many names of an object are kept without allocating.
const FEW: usize = 8;

/// The names of one object so far.
pub(super) struct Names<'de> {
    few: [Cow<'de, str>; FEW],
    count: usize,
    more: Option<HashSet<Cow<'de, str>>>,
}

impl<'de> Names<'de> {
    pub(super) const fn new() -> Self {
        Self { few: [const { Cow::Borrowed("") }; FEW], count: 0, more: None }
    }

    /// Takes down a name, which must not have been there before.
    pub(super) fn add<E: Error>(&mut self, name: Cow<'de, str>) -> Result<(), E> {
        if self.few.iter().take(self.count).any(|held| *held == name) {
            return Err(twice());
        }
        if let Some(free) = self.few.get_mut(self.count) {
            *free = name;
            self.count += 1;
        } else if !self.more.get_or_insert_default().insert(name) {
            return Err(twice());
        }
        Ok(())
    }

    /// Whether `name` was taken down.
    pub(super) fn has(&self, name: &str) -> bool {
        self.few.iter().take(self.count).any(|held| *held == name)
            || self.more.as_ref().is_some_and(|more| more.contains(name))
    }
}

/// Keeps the value of a member that has a place of its own.
pub(super) fn once<T, E: Error>(place: &mut Option<T>, value: T) -> Result<(), E> {
    if place.is_some() {
        return Err(twice());
    }
    *place = Some(value);
    Ok(())
}

fn twice<E: Error>() -> E {
    E::custom("a name is there twice")
}

/// Reads a string and nothing else.
pub(super) struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// A string that was read from a document: a place in it, or a copy where it was
/// written with escapes.
#[derive(Clone)]
pub(super) enum Part {
    Range(Range<usize>),
    Copy(Box<str>),
}

impl Part {
    /// Keeps `text`, which was read from `document`.
    pub(super) fn of(document: &str, text: Cow<'_, str>) -> Self {
        if let Cow::Borrowed(text) = text {
            let start = text.as_ptr().addr().wrapping_sub(document.as_ptr().addr());
            let range = start..start.wrapping_add(text.len());
            // The document holds what lies between its ends.
            if document.get(range.clone()).is_some() {
                return Self::Range(range);
            }
        }
        Self::Copy(text.into())
    }

    pub(super) fn text<'t>(&'t self, document: &'t str) -> &'t str {
        match self {
            Self::Range(range) => document.get(range.clone()).unwrap_or_default(),
            Self::Copy(text) => text,
        }
    }
}

/// What kind of value was passed over.
#[derive(PartialEq, Eq)]
pub(super) enum Passed {
    Null,
    Text,
    Other,
}

/// Passes over a value of any kind, as strictly as if it mattered.
pub(super) struct PassOver {
    deeper: u8,
}

impl PassOver {
    /// For the members of the outermost object.
    pub(super) const fn member() -> Self {
        Self { deeper: DEEPEST - 1 }
    }

    fn inner<E: Error>(&self) -> Result<Self, E> {
        let deeper = self.deeper.checked_sub(1).ok_or_else(|| E::custom("nested too deeply"))?;
        Ok(Self { deeper })
    }
}

impl<'de> DeserializeSeed<'de> for PassOver {
    type Value = Passed;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Passed, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PassOver {
    type Value = Passed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Passed, E> {
        Ok(Passed::Null)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Passed, E> {
        Ok(Passed::Other)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Passed, E> {
        Ok(Passed::Other)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Passed, E> {
        Ok(Passed::Other)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Passed, E> {
        if number.is_finite() { Ok(Passed::Other) } else { Err(E::custom("a number is not finite")) }
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Passed, E> {
        Ok(Passed::Text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Passed, A::Error> {
        while list.next_element_seed(self.inner()?)?.is_some() {}
        Ok(Passed::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Passed, A::Error> {
        let mut names = Names::new();
        while let Some(name) = map.next_key_seed(Text)? {
            names.add(name)?;
            map.next_value_seed(self.inner()?)?;
        }
        Ok(Passed::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(text: &str) -> bool {
        read(text, PassOver { deeper: DEEPEST }).is_ok()
    }

    #[test]
    fn every_name_is_there_once_at_every_depth() {
        assert!(passes(r#"{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}"#));
        for bad in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":1}"#,
            r#"{"b":{"a":1,"a":1}}"#,
            r#"{"b":[[{"a":null,"a":null}]]}"#,
        ] {
            assert!(!passes(bad), "{bad}");
        }
        let many = |last: usize| {
            let members: Vec<_> = (0..40).chain([last]).map(|n| format!(r#""m{n}":0"#)).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(passes(&many(40)));
        assert!((0..40).all(|last| !passes(&many(last))));
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| format!(r#"{{"a":{}1{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert!(passes(&nested(usize::from(DEEPEST) - 1)));
        assert!(!passes(&nested(usize::from(DEEPEST))));
        assert!(!passes(&nested(100_000)));
        assert!(!passes(&r#"{"a":"#.repeat(100_000)));
    }

    #[test]
    fn what_is_not_one_json_object_is_refused() {
        for bad in [
            "",
            "1",
            "[]",
            "null",
            "\"a\"",
            "{",
            "{}{}",
            "{} x",
            "\u{feff}{}",
            r#"{"a":NaN}"#,
            r#"{"a":1e400}"#,
            r#"{"a":01}"#,
            r#"{"a":1,}"#,
            r#"{'a':1}"#,
            r#"{"a":"\ud800"}"#,
            "{\"a\":\"\n\"}",
            "{}\0",
            r#"{"a":-}"#,
        ] {
            assert!(!passes(bad), "{bad:?}");
        }
        assert!(passes(" {\t} \n"));
    }
}
