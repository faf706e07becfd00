//! However a body comes in pieces, it is the same body.

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;

use super::script::{Step, data};
use super::sending::{Ask, Came};

fn came(ask: &Ask) -> Came {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(tokio::task::LocalSet::new().run_until(ask.send()))
}

fn steps(body: &[u8], cuts: &[usize]) -> Vec<Step> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (body.len() + 1)).chain([0, body.len()]).collect();
    cuts.sort_unstable();
    let pieces = cuts.windows(2).map(|pair| Bytes::copy_from_slice(&body[pair[0]..pair[1]]));
    pieces.flat_map(|piece| [data(piece), Step::Wait]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_split_of_a_body_gives_the_same_bytes(
        body in vec(any::<u8>(), 0..200), cuts in vec(any::<usize>(), 0..8), buffered: bool,
    ) {
        let plan = if buffered { "buffer" } else { "" };
        let came = came(&Ask::new(&body, steps(&body, &cuts)).with("x-plan", plan));
        prop_assert_eq!(came.bytes(), (body, true));
    }

    #[test]
    fn no_split_of_another_body_comes_to_an_end(
        body in vec(any::<u8>(), 0..200), cuts in vec(any::<usize>(), 0..8),
        place: prop::sample::Index, change in 0..3, buffered: bool,
    ) {
        let mut other = body.clone();
        match change {
            0 => other.insert(place.index(body.len() + 1), 0),
            _ if body.is_empty() => other.push(0),
            1 => drop(other.remove(place.index(body.len()))),
            _ => other[place.index(body.len())] ^= 1,
        }
        let plan = if buffered { "buffer" } else { "" };
        let came = came(&Ask::new(&body, steps(&other, &cuts)).with("x-plan", plan));
        let (read, clean) = came.bytes();
        prop_assert!(!clean, "a clean end");
        prop_assert!(other.starts_with(&read) && (read.len() < other.len() || other.is_empty()));
        prop_assert_eq!(came.status, if buffered { 401 } else { 200 });
    }
}
