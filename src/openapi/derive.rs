//! From what an authenticator tells to its security schemes.

use std::borrow::Cow;

use super::SecuritySchemes;
use super::scheme::{Form, Place};
use crate::request::{Carrier, Carriers};
use crate::{Authenticator, Challenges};

const AUTHORIZATION: &str = "authorization";

pub(super) fn derive(authenticator: &impl Authenticator) -> SecuritySchemes {
    // Without `Authorization`, unless a member declares it.
    let mut carriers = Carriers::none();
    authenticator.carriers(&mut carriers);
    let mut challenges = Challenges::new();
    authenticator.challenge(None, &mut challenges);

    let sets = carriers.together();
    // Beside `Authorization`, a header may have the name of the word: `DPoP` has.
    let beside = |carrier: &Carrier| names(carrier).any(|name| name == AUTHORIZATION);
    let others = sets.iter().flatten().filter(|carrier| !beside(carrier));
    let names: Vec<&str> = others.flat_map(|carrier| names(carrier)).collect();
    let is_words = |word: &str| !names.iter().any(|name| is_named_alike(word, name));
    let words = challenges.iter().map(crate::Challenge::word);
    let words: Vec<(&str, Place)> = words
        .map(|word| (word, Place::of_word(word)))
        .filter(|(word, place)| !matches!(place, Place::Word(_)) || is_words(word))
        .collect();

    let mut schemes = SecuritySchemes { schemes: Vec::new(), alternatives: Vec::new(), anonymous: false };
    for set in sets {
        let choices = set.into_iter().map(|carrier| forms(carrier, &words));
        for together in choices.fold(vec![Vec::new()], every_pair) {
            schemes.add(together);
        }
    }
    schemes
}

/// Everything of `some` with everything of `more`.
fn every_pair(some: Vec<Vec<Form>>, more: Vec<Vec<Form>>) -> Vec<Vec<Form>> {
    some.iter().flat_map(|one| more.iter().map(move |other| [one.as_slice(), other].concat())).collect()
}

/// The names of what the carrier consists of.
fn names(carrier: &Carrier) -> impl Iterator<Item = &str> {
    let names = match carrier {
        Carrier::Headers(names) => names.as_slice(),
        Carrier::Parameter(name) | Carrier::Cookie(name) => std::slice::from_ref(name),
    };
    names.iter().map(Cow::as_ref)
}

/// The forms that a credential in this carrier may have, each with all of its parts.
fn forms(carrier: &Carrier, words: &[(&str, Place)]) -> Vec<Vec<Form>> {
    let form = |of: fn(String) -> Place| move |name: &str| (name.to_owned(), of(name.to_owned()));
    match carrier {
        Carrier::Parameter(name) => vec![vec![form(Place::Parameter)(name)]],
        Carrier::Cookie(name) => vec![vec![form(Place::Cookie)(name)]],
        Carrier::Headers(group) => {
            let others = || names(carrier).filter(|name| *name != AUTHORIZATION).map(form(Place::Header));
            if !group.iter().any(|name| name == AUTHORIZATION) {
                return vec![others().collect()];
            }
            // Headers that belong together with `Authorization` are no part of its standard forms.
            let with = |(word, place): &(&str, Place)| {
                let own = others().filter(|_| matches!(place, Place::Word(_)));
                std::iter::once((word.to_ascii_lowercase(), place.clone())).chain(own).collect()
            };
            words.iter().map(with).collect()
        }
    }
}

/// Whether a challenge stands for a header or parameter: one has the other's name, but for
/// words before or after it.
fn is_named_alike(word: &str, carrier: &str) -> bool {
    let plain = |name: &str| name.to_ascii_lowercase().replace('_', "-");
    let (word, carrier) = (plain(word), plain(carrier));
    let within = |long: &str, short: &str| {
        long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            || long.strip_suffix(short).is_some_and(|rest| rest.ends_with('-'))
    };
    carrier != AUTHORIZATION && (within(&word, &carrier) || within(&carrier, &word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_a_carriers_where_whole_words_of_the_names_agree() {
        for (word, carrier) in [
            ("Api-Key", "x-api-key"),
            ("Api-Key", "api_key"),
            ("X-Auth", "x-auth-iss"),
            ("Query-Signature", "signature"),
            ("Butler", "x-butler"),
        ] {
            assert!(is_named_alike(word, carrier), "{word} {carrier}");
        }
        for (word, carrier) in [
            ("Token", "x-api-key"),
            ("Api-Key", "x-myapi-key"),
            ("Auth", "authorization"),
            ("Authorization", "authorization"),
            ("X-Auth", "x-authority"),
        ] {
            assert!(!is_named_alike(word, carrier), "{word} {carrier}");
        }
    }
}
