//! What shows that a form came from a page of the console.
//!
//! The form of a session carries a random token that the session was given. Where there is no
//! session (HTTP Basic, and the log-in form itself) it is made with a key that this process
//! made when it started: a page that is older than the process has to be loaded again.

use std::time::Duration;

use crate::crypto::{HmacAlgorithm, HmacKey, RandomError, hex, random};
use crate::{Secret, Timestamp, UserId};

/// How long a log-in form may lie open.
const LOG_IN: Duration = Duration::from_secs(24 * 60 * 60);

/// Makes tokens, and knows its own.
pub(in crate::console) struct Tokens(HmacKey);

impl Tokens {
    pub(in crate::console) fn new() -> Result<Self, RandomError> {
        let key = Secret::new(random::bytes::<32>()?.to_vec());
        Ok(Self(HmacKey::new(HmacAlgorithm::Sha256, &key)))
    }

    /// The token of a user who has no session.
    pub(in crate::console) fn of_user(&self, user: &UserId) -> Secret {
        Secret::from(hex::text(self.0.sign(&[b"user\0", user.as_str().as_bytes()]).expose()))
    }

    /// The token of a log-in form that is shown at `now`.
    pub(in crate::console) fn of_log_in(&self, now: Timestamp) -> String {
        let moment = now.as_unix_seconds().to_string();
        let tag = self.0.sign(&[b"log-in\0", moment.as_bytes()]);
        format!("{moment}.{}", hex::text(tag.expose()))
    }

    /// Whether `presented` is of a log-in form that was shown not long before `now`.
    pub(in crate::console) fn is_of_log_in(&self, presented: &str, now: Timestamp) -> bool {
        let Some((moment, tag)) = presented.split_once('.') else { return false };
        let Ok(seconds) = moment.parse::<i64>() else { return false };
        let Some(tag) = hex::read::<32>(tag.as_bytes()) else { return false };
        let shown = Timestamp::from_unix_seconds(seconds);
        let own = self.0.sign(&[b"log-in\0", moment.as_bytes()]);
        own.matches(&tag) && shown <= now && now < shown.saturating_add(LOG_IN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_in_token_is_good_for_a_day_and_only_where_it_was_made() {
        let (ours, others) = (Tokens::new().expect("random"), Tokens::new().expect("random"));
        let shown = Timestamp::from_unix_seconds(1_800_000_000);
        let token = ours.of_log_in(shown);
        assert!(ours.is_of_log_in(&token, shown));
        assert!(ours.is_of_log_in(&token, shown.saturating_add(LOG_IN - Duration::from_secs(1))));
        assert!(!ours.is_of_log_in(&token, shown.saturating_add(LOG_IN)));
        assert!(!ours.is_of_log_in(&token, shown.saturating_sub(Duration::from_secs(1))));
        assert!(!others.is_of_log_in(&token, shown));
        let later = token.replacen("18000", "18001", 1);
        for wrong in ["", ".", "1800000000", "x.00", &token[..token.len() - 1], &later] {
            assert!(!ours.is_of_log_in(wrong, shown), "{wrong}");
        }
    }

    #[test]
    fn each_user_has_a_token_of_its_own() {
        let tokens = Tokens::new().expect("random");
        let (ada, bob) = (tokens.of_user(&"ada".into()), tokens.of_user(&"bob".into()));
        assert!(ada.matches(tokens.of_user(&"ada".into()).expose()) && !ada.matches(bob.expose()));
    }
}
