//! Finding one owner in a store that lists them.

use crate::console::reply::Failure;
use crate::console::store::Store;
use crate::store::{OwnerRef, OwnerSummary};

/// The longest id of an owner.
const LONGEST: usize = 255;

/// What is known of an owner: the list from just before its id has it first.
pub(super) async fn find(store: &Store, owner: &OwnerRef) -> Result<Option<OwnerSummary>, Failure> {
    let Some(before) = just_before(owner.id()) else { return Ok(None) };
    let listed = store.list_owners(owner.kind(), Some(&before), 1).await?;
    Ok(listed.into_iter().find(|held| held.owner == *owner))
}

/// A text that is before `id` in the order of bytes, with no id between the two: what is
/// between them is longer than an id can be. None of what is no id.
fn just_before(id: &str) -> Option<String> {
    if id.len() > LONGEST || id.contains(char::is_control) {
        return None;
    }
    let last = id.chars().next_back()?;
    let before = match last {
        // What is between the two stands for halves of UTF-16.
        '\u{e000}' => '\u{d7ff}',
        _ => char::from_u32(u32::from(last).checked_sub(1)?)?,
    };
    let mut text = format!("{}{before}", id.strip_suffix(last)?);
    while text.len() < LONGEST {
        text.push(char::MAX);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_is_between_an_id_and_what_is_just_before_it() {
        let most = |text: &str| {
            let mut text = text.to_owned();
            while text.len() + char::MAX.len_utf8() <= LONGEST {
                text.push(char::MAX);
            }
            text
        };
        for (id, smaller) in [
            ("b", most("a")),
            ("ada", most("ad`")),
            ("é", most("è")),
            ("\u{e000}", most("\u{d7ff}")),
            ("a ", "a".to_owned()),
            ("aa", most("a`")),
        ] {
            let before = just_before(id).expect("an id");
            assert!(before.as_str() < id && before.len() >= LONGEST, "{id}");
            assert!(smaller <= before, "{id}");
        }
        for bad in ["", "a\n", "\u{1}", &"a".repeat(LONGEST + 1)] {
            assert_eq!(just_before(bad), None, "{bad:?}");
        }
        assert!(just_before(&"a".repeat(LONGEST)).is_some());
    }
}
