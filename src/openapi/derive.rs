//! From what an authenticator tells to its security schemes.

use std::borrow::Cow;

use super::SecuritySchemes;
use super::scheme::{Form, Place};
use crate::request::Carriers;
use crate::{Authenticator, Challenges};

pub(super) fn derive(authenticator: &impl Authenticator) -> SecuritySchemes {
    let mut carriers = Carriers::new();
    authenticator.carriers(&mut carriers);
    let mut challenges = Challenges::new();
    authenticator.challenge(None, &mut challenges);

    let mut schemes = SecuritySchemes { schemes: Vec::new(), alternatives: Vec::new(), anonymous: false };
    let names: Vec<&str> = carriers.headers().chain(carriers.parameters()).collect();
    let (with, apart): (Vec<_>, Vec<_>) = carriers.header_groups().partition(|group| is_authorization(group));
    for challenge in &challenges {
        let place = Place::of_word(challenge.word());
        // Headers that belong together with `Authorization` are no part of the standard forms.
        let others = match place {
            Place::Word(_) if names.iter().any(|name| is_named_alike(challenge.word(), name)) => continue,
            Place::Word(_) => with.iter().flat_map(|group| headers(group)).collect(),
            _ => Vec::new(),
        };
        schemes.add(std::iter::once((challenge.word().to_ascii_lowercase(), place)).chain(others));
    }
    for group in apart {
        schemes.add(headers(group));
    }
    for name in carriers.parameters() {
        schemes.add([(name.to_owned(), Place::Parameter(name.to_owned()))]);
    }
    schemes
}

const AUTHORIZATION: &str = "authorization";

fn is_authorization(group: &[Cow<'static, str>]) -> bool {
    group.iter().any(|name| name == AUTHORIZATION)
}

/// The headers of a group, but for `Authorization` itself.
fn headers(group: &[Cow<'static, str>]) -> impl Iterator<Item = Form> {
    let others = group.iter().filter(|name| *name != AUTHORIZATION);
    others.map(|name| (name.to_string(), Place::Header(name.to_string())))
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
