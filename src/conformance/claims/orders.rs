//! Lists of keys in every order.

use crate::store::{AdminError, Direction, KeyAdmin, KeyQuery, KeySort, KeyStatus};
use crate::{Realm, Timestamp};

use super::fixtures::*;

/// Each order and the ids in it.
const ORDERS: [(KeySort, [&str; 6]); 6] = [
    (KeySort::Id, ["B", "a", "b", "c", "d", "e"]),
    (KeySort::Label, ["b", "d", "B", "a", "c", "e"]),
    (KeySort::Created, ["e", "c", "B", "a", "b", "d"]),
    (KeySort::Renewed, ["c", "B", "a", "b", "d", "e"]),
    (KeySort::Expires, ["d", "B", "b", "c", "a", "e"]),
    (KeySort::LastUsed, ["b", "d", "B", "c", "a", "e"]),
];

/// Keys with equal labels and moments, and with none.
async fn populate(store: &impl KeyAdmin) {
    let other = api_key().with_realm(Realm::from("elsewhere")).with_id("c").with_label("zz");
    keep(store, other).await;
    for (id, label, created, end, used) in [
        ("d", "B", 9, Some(50), None),
        ("a", "b", 5, None, Some(30)),
        ("c", "b", 3, Some(100), Some(10)),
        ("e", "é", 1, None, Some(30)),
        ("b", "", 5, Some(100), None),
        ("B", "a", 5, Some(100), Some(10)),
    ] {
        let mut key = api_key().with_id(id).with_label(label);
        key.expires_at = end.map(at);
        let issued = store.issue(key, at(created)).await.expect("issued");
        let used: Option<Timestamp> = used.map(at);
        let uses: Vec<_> = used.into_iter().map(|used| (default_realm(&issued.id), used)).collect();
        store.record_uses(&uses).await.expect("written");
    }
    drop(store.rotate(&default_realm(&"e".into()), seconds(1), at(20)).await.expect("rotated"));
}

fn sorted(sort: KeySort, direction: Direction) -> KeyQuery {
    KeyQuery::new(Realm::default()).sorted_by(sort, direction)
}

/// A list that is read in pages of `limit`.
pub(super) async fn paged(store: &impl KeyAdmin, query: &KeyQuery, limit: usize) -> Vec<String> {
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = query.clone().with_limit(limit).after(after.take());
        let page = store.list(&page, at(40)).await.expect("a page");
        assert!(page.len() <= limit);
        seen.extend(page.iter().map(|key| key.id.as_str().to_owned()));
        assert!(seen.len() < 100, "the list has an end");
        if page.len() < limit {
            return seen;
        }
        after = page.last().map(|key| key.id.clone());
    }
}

/// A list is in the order of what is asked for, and then of the ids; what never ends comes last and
/// what was never used first. Descending, it is the whole list backwards.
pub async fn a_list_is_in_the_order_that_is_asked_for(store: &impl KeyAdmin) {
    populate(store).await;
    for (sort, mut expected) in ORDERS {
        assert_eq!(paged(store, &sorted(sort, Direction::Ascending), 50).await, expected, "{sort:?}");
        expected.reverse();
        assert_eq!(paged(store, &sorted(sort, Direction::Descending), 50).await, expected, "{sort:?}");
    }
}

/// Pages of any size have every key once, in the order that is asked for; also where not every key
/// is selected.
pub async fn pages_of_every_order_have_each_key_once(store: &impl KeyAdmin) {
    populate(store).await;
    for (sort, mut expected) in ORDERS {
        for direction in [Direction::Ascending, Direction::Descending] {
            for limit in [1, 2, 3] {
                let pages = paged(store, &sorted(sort, direction), limit).await;
                assert_eq!(pages, expected, "{sort:?}, {direction:?}, {limit} at once");
            }
            let active = sorted(sort, direction).with_status(KeyStatus::Active).expires_before(at(101));
            let some: Vec<_> = expected.iter().filter(|id| ["b", "c", "d", "B"].contains(id)).collect();
            assert_eq!(
                paged(store, &active, 1).await.iter().collect::<Vec<_>>(),
                some,
                "{sort:?}, {direction:?}"
            );
            expected.reverse();
        }
    }
}

/// A page behind a key that is not known has no place in an order, but in that of ids.
pub async fn a_page_begins_behind_a_key_that_is_known(store: &impl KeyAdmin) {
    populate(store).await;
    for (sort, ids) in ORDERS {
        for direction in [Direction::Ascending, Direction::Descending] {
            let answer = store.list(&sorted(sort, direction).after(Some("bb".into())), at(0)).await;
            if sort != KeySort::Id {
                assert!(matches!(answer, Err(AdminError::UnknownKey)), "{sort:?}: {answer:?}");
                continue;
            }
            let page: Vec<_> = answer.expect("a page").into_iter().map(|key| key.id).collect();
            let expected: Vec<_> = match direction {
                Direction::Ascending => ids[3..].to_vec(),
                Direction::Descending => ids[..3].iter().rev().copied().collect(),
            };
            assert_eq!(page.iter().map(|id| id.as_str()).collect::<Vec<_>>(), expected);
        }
    }
}
