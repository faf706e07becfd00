//! Structured fields (RFC 8941) without their one leniency: what is named twice is refused,
//! where the RFC lets the last of two win.

use sfv::visitor::{
    DictionaryVisitor, EntryVisitor, InnerListVisitor, ItemVisitor, ListVisitor, ParameterVisitor,
};
use sfv::{
    BareItemFromInput, Dictionary, InnerList, Item, KeyRef, List, ListEntry, Parameters, Parser, Version,
};

/// A name is there twice in one dictionary, or in the parameters of one value.
#[derive(Debug, thiserror::Error)]
#[error("a name is there twice")]
struct Repeated;

/// Reads a dictionary.
pub(super) fn dictionary(text: &[u8], version: Version) -> Option<Dictionary> {
    let mut members = Members(Dictionary::new());
    Parser::new(text).with_version(version).parse_dictionary_with_visitor(&mut members).ok()?;
    Some(members.0)
}

/// The members of a dictionary that can be read, as they are written. A comma in quotes separates
/// none.
pub(super) fn members(text: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    let separates = move |character: char| {
        let is_escaped = std::mem::take(&mut escaped);
        match character {
            '\\' => escaped = quoted && !is_escaped,
            '"' if !is_escaped => quoted = !quoted,
            _ => {}
        }
        character == ',' && !quoted
    };
    text.split(separates).map(|member| member.trim_matches([' ', '\t']))
}

/// Reads a list.
pub(super) fn list(text: &[u8], version: Version) -> Option<List> {
    let mut members = Listed(List::new());
    Parser::new(text).with_version(version).parse_list_with_visitor(&mut members).ok()?;
    Some(members.0)
}

/// Reads an item.
pub(super) fn item(text: &[u8], version: Version) -> Option<Item> {
    let mut found = None;
    let entry = Entry(|entry| found = Some(entry));
    Parser::new(text).with_version(version).parse_item_with_visitor(entry).ok()?;
    match found {
        Some(ListEntry::Item(item)) => Some(item),
        _ => None,
    }
}

struct Members(Dictionary);

impl<'de> DictionaryVisitor<'de> for Members {
    type Error = Repeated;

    fn entry(&mut self, key: &'de KeyRef) -> Result<impl EntryVisitor<'de>, Repeated> {
        if self.0.contains_key(key) {
            return Err(Repeated);
        }
        Ok(Entry(|entry| {
            self.0.insert(key.to_owned(), entry);
        }))
    }
}

struct Listed(List);

impl<'de> ListVisitor<'de> for Listed {
    type Error = Repeated;

    fn entry(&mut self) -> Result<impl EntryVisitor<'de>, Repeated> {
        Ok(Entry(|entry| self.0.push(entry)))
    }
}

/// A member that is handed to `F` once it is whole.
struct Entry<F>(F);

impl<'de, F: FnOnce(ListEntry)> ItemVisitor<'de> for Entry<F> {
    type Error = Repeated;

    fn bare_item(self, bare: BareItemFromInput<'de>) -> Result<impl ParameterVisitor<'de>, Repeated> {
        let sink = |item: Item| (self.0)(item.into());
        Ok(ItemParameters { item: Item::new(bare), sink })
    }
}

impl<'de, F: FnOnce(ListEntry)> EntryVisitor<'de> for Entry<F> {
    fn inner_list(self) -> Result<impl InnerListVisitor<'de>, Repeated> {
        Ok(Inner { list: InnerList::default(), sink: self.0 })
    }
}

struct Inner<F> {
    list: InnerList,
    sink: F,
}

impl<'de, F: FnOnce(ListEntry)> InnerListVisitor<'de> for Inner<F> {
    type Error = Repeated;

    fn item(&mut self) -> Result<impl ItemVisitor<'de>, Repeated> {
        Ok(InnerItem(&mut self.list.items))
    }

    fn finish(self) -> Result<impl ParameterVisitor<'de>, Repeated> {
        Ok(ListParameters { list: self.list, sink: self.sink })
    }
}

struct InnerItem<'a>(&'a mut Vec<Item>);

impl<'de> ItemVisitor<'de> for InnerItem<'_> {
    type Error = Repeated;

    fn bare_item(self, bare: BareItemFromInput<'de>) -> Result<impl ParameterVisitor<'de>, Repeated> {
        Ok(ItemParameters { item: Item::new(bare), sink: |item| self.0.push(item) })
    }
}

struct ItemParameters<F> {
    item: Item,
    sink: F,
}

impl<'de, F: FnOnce(Item)> ParameterVisitor<'de> for ItemParameters<F> {
    type Error = Repeated;

    fn parameter(&mut self, key: &'de KeyRef, value: BareItemFromInput<'de>) -> Result<(), Repeated> {
        add(&mut self.item.params, key, value)
    }

    fn finish(self) -> Result<(), Repeated> {
        (self.sink)(self.item);
        Ok(())
    }
}

struct ListParameters<F> {
    list: InnerList,
    sink: F,
}

impl<'de, F: FnOnce(ListEntry)> ParameterVisitor<'de> for ListParameters<F> {
    type Error = Repeated;

    fn parameter(&mut self, key: &'de KeyRef, value: BareItemFromInput<'de>) -> Result<(), Repeated> {
        add(&mut self.list.params, key, value)
    }

    fn finish(self) -> Result<(), Repeated> {
        (self.sink)(self.list.into());
        Ok(())
    }
}

fn add(parameters: &mut Parameters, key: &KeyRef, value: BareItemFromInput<'_>) -> Result<(), Repeated> {
    match parameters.insert(key.to_owned(), value.into()) {
        None => Ok(()),
        Some(_) => Err(Repeated),
    }
}

#[cfg(test)]
mod tests {
    use sfv::FieldType;

    use super::*;

    #[test]
    fn a_name_that_is_there_twice_is_refused() {
        let read = |text: &str| dictionary(text.as_bytes(), Version::Rfc8941);
        for bad in ["a=1, a=1", "a;x=1;x=1", "a=(1;x;x)", "a=(1 2);x=1;x=2", "a, b, a"] {
            assert!(read(bad).is_none(), "{bad}");
        }
        let good = "a=1;x=1, b=(1;x 2;x);x";
        assert_eq!(read(good).and_then(|dictionary| dictionary.serialize()).as_deref(), Some(good));
        assert!(list(b"a;x;x", Version::Rfc8941).is_none() && item(b"a;x;x", Version::Rfc8941).is_none());
        assert_eq!(list(b"a, (b c)", Version::Rfc8941).map(|list| list.len()), Some(2));
        assert_eq!(item(b"a;x", Version::Rfc8941).map(|item| item.params.len()), Some(1));
    }

    #[test]
    fn what_is_no_structured_field_is_refused() {
        for bad in
            ["a=1,", "a b", "A=1", "a=(1", "a=\"\n\"", "a=:!:", "a=\u{e9}", "a=%\"x\"", "a=@1", "a=1 , ,b"]
        {
            assert!(dictionary(bad.as_bytes(), Version::Rfc8941).is_none(), "{bad}");
        }
    }
}
