//! What an answer says about budgets.

use std::fmt::Write;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::Limit;

/// How one budget stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing<'a> {
    /// What the budget is called to clients: of printable ASCII, without quotes.
    pub(crate) name: &'a str,
    pub(crate) limit: Limit,
    /// How much of it is left, and for how long; none where that was not asked.
    pub(crate) left: Option<(u64, Duration)>,
}

/// The fields `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11,
/// sections 3 and 4): lists of strings with parameters, as of RFC 9651.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RateLimitFields {
    policy: HeaderValue,
    limit: HeaderValue,
}

/// The name of a field that says which budgets there are.
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// The name of a field that says what is left of them.
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// The greatest integer of a structured field (RFC 9651, section 3.3.1).
const GREATEST: u64 = 999_999_999_999_999;

impl RateLimitFields {
    /// The fields that say how these stand; none where there is nothing to say.
    pub(crate) fn of<'a>(standings: impl IntoIterator<Item = Standing<'a>>) -> Option<Box<Self>> {
        let (mut policy, mut limit) = (String::new(), String::new());
        for Standing { name, limit: held, left } in standings {
            let (count, seconds) = (held.count().min(GREATEST), held.period().as_secs());
            item(&mut policy, name, format_args!("q={count};w={seconds}"));
            if let Some((left, resets_in)) = left {
                let (left, seconds) = (left.min(GREATEST), whole_seconds(resets_in).as_secs());
                item(&mut limit, name, format_args!("r={left};t={seconds}"));
            }
        }
        if policy.is_empty() || limit.is_empty() {
            return None;
        }
        let (policy, limit) = (HeaderValue::try_from(policy).ok()?, HeaderValue::try_from(limit).ok()?);
        Some(Box::new(Self { policy, limit }))
    }

    /// Each field with its value.
    pub(crate) fn pairs(&self) -> [(HeaderName, &HeaderValue); 2] {
        [(POLICY, &self.policy), (LIMIT, &self.limit)]
    }

    /// Says it; what a handler said about budgets of its own stays.
    pub(crate) fn apply(&self, headers: &mut HeaderMap) {
        for (name, value) in self.pairs() {
            headers.append(name, value.clone());
        }
    }
}

fn item(list: &mut String, name: &str, parameters: std::fmt::Arguments<'_>) {
    let comma = if list.is_empty() { "" } else { ", " };
    // A string takes everything.
    let _ = write!(list, "{comma}\"{name}\";{parameters}");
}

/// In whole seconds, rounded up: whoever waits for so long has waited long enough.
pub(crate) const fn whole_seconds(time: Duration) -> Duration {
    let more = if time.subsec_nanos() == 0 { 0 } else { 1 };
    Duration::from_secs(time.as_secs().saturating_add(more))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name, count, seconds; what is left, and for how many milliseconds.
    type Said = (&'static str, u64, u64, Option<(u64, u64)>);

    fn said(standings: &[Said]) -> Option<[String; 2]> {
        let standings = standings.iter().map(|(name, count, seconds, left)| Standing {
            name,
            limit: Limit::new(*count, Duration::from_secs(*seconds)).expect("a limit"),
            left: left.map(|(left, millis)| (left, Duration::from_millis(millis))),
        });
        let fields = RateLimitFields::of(standings)?;
        Some(fields.pairs().map(|(_, value)| value.to_str().expect("text").to_owned()))
    }

    #[test]
    fn budgets_are_listed_and_what_is_left_of_those_that_were_asked() {
        let came = said(&[("key-60", 100, 60, Some((50, 30_000))), ("site-3600", 9, 3600, None)]);
        let policy = r#""key-60";q=100;w=60, "site-3600";q=9;w=3600"#;
        assert_eq!(came.expect("fields"), [policy, r#""key-60";r=50;t=30"#]);
        assert_eq!(said(&[]), None);
    }

    #[test]
    fn time_is_rounded_up_and_numbers_are_those_that_a_field_can_hold() {
        let came = said(&[("a", 1_000_000_000_000_000, 1, Some((u64::MAX, 1)))]).expect("fields");
        assert_eq!(came, [r#""a";q=999999999999999;w=1"#, r#""a";r=999999999999999;t=1"#]);
        assert_eq!(whole_seconds(Duration::ZERO), Duration::ZERO);
        assert_eq!(whole_seconds(Duration::from_millis(59_001)), Duration::from_secs(60));
    }
}
