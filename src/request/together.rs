//! Which carriers make up a whole request: for documents about a chain.

use super::carriers::{Carrier, Carriers};

impl Carriers {
    /// Every largest set of carriers that may be in use together: single ones, but for the
    /// companions of [`all`](crate::authenticator::all), of which every one is needed.
    pub(crate) fn together(&self) -> Vec<Vec<&Carrier>> {
        let mut sets = Vec::new();
        self.extend(Vec::new(), (0..self.0.len()).collect(), &mut sets);
        sets.retain(|set| !self.is_within_another(set, (0..self.0.len()).collect()));
        sets.into_iter().map(|set| set.into_iter().filter_map(|place| self.0.get(place)).collect()).collect()
    }

    /// Every set that `chosen` grows to, by the places of carriers behind its last.
    fn extend(&self, chosen: Vec<usize>, left: Vec<usize>, sets: &mut Vec<Vec<usize>>) {
        if left.is_empty() && !chosen.is_empty() {
            sets.push(chosen.clone());
        }
        for place in &left {
            let behind = |other: &&usize| *other > place && self.1.holds(*place, **other);
            let rest = left.iter().filter(behind).copied().collect();
            self.extend([chosen.as_slice(), &[*place]].concat(), rest, sets);
        }
    }

    /// Whether another of the `places` goes with every member of the set.
    fn is_within_another(&self, set: &[usize], places: Vec<usize>) -> bool {
        places
            .iter()
            .any(|other| !set.contains(other) && set.iter().all(|member| self.1.holds(*member, *other)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(names: &[&'static str]) -> Carriers {
        let mut carriers = Carriers::none();
        names.iter().for_each(|name| carriers.add_header(*name));
        carriers
    }

    fn names(carriers: &Carriers) -> Vec<String> {
        let name = |carrier: &&Carrier| match carrier {
            Carrier::Headers(names) => names.join(","),
            other => format!("{other:?}"),
        };
        carriers.together().iter().map(|set| set.iter().map(name).collect::<Vec<_>>().join("+")).collect()
    }

    #[test]
    fn companions_are_together_and_the_others_alone() {
        let mut carriers = headers(&["authorization", "z"]);
        assert_eq!(names(&carriers), ["authorization", "z"]);
        let mut two = Carriers::none();
        two.add_companions(headers(&["a", "b"]), headers(&["c"]));
        let mut three = Carriers::none();
        three.add_companions(two.clone(), headers(&["d"]));
        carriers.add_companions(two, headers(&[]));
        assert_eq!(names(&carriers), ["authorization", "z", "a+c", "b+c"]);
        assert_eq!(names(&three), ["a+c+d", "b+c+d"]);
    }
}
