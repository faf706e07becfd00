//! Two authenticators together.

use super::Authenticator;
use crate::request::{Carriers, RequestView};
use crate::{AuthError, Challenges, Credential, Identity, Outcome, Reason};

/// Requires a credential of `first` and one of `second`, both of the same account. The
/// principal is the first one's, with its scopes and no others.
///
/// 1. `first` is asked, then `second`, also where the first found nothing. A refusal by
///    the first stands, and the second is not asked.
/// 2. Neither finds anything: absent.
/// 3. One of them finds nothing: refused, [`Reason::MissingCompanion`]. The 401 offers
///    what both offer.
/// 4. The principals must name the same account, to the letter. Another account, or none
///    on either side, is refused: [`Reason::DifferentAccounts`], which looks like a wrong
///    first credential. Two credentials that name no account have nothing in common that
///    could be checked.
///
/// The two may be in two carriers. No other may be in use, nor one of those that a member
/// of the chain outside of this reads as well: then the request is refused (400).
///
/// Each credential is judged by itself: whoever holds one of them can find out whether it
/// is good, as without `all`. A nonce is claimed when its own signature verifies, so a
/// signed request whose other credential is refused afterwards cannot be sent again: put
/// the scheme that claims nonces second.
///
/// ```
/// use portcullis::api_key::{ApiKeyAuthenticator, ApiKeyCarrier, KeyShape};
/// use portcullis::store::memory::MemoryKeyStore;
/// use portcullis::all;
///
/// let keys: MemoryKeyStore = MemoryKeyStore::new();
/// let by_header = |name| {
///     ApiKeyAuthenticator::new(keys.clone(), KeyShape::any()).with_carriers([ApiKeyCarrier::header(name)])
/// };
/// let both = all(by_header("x-gateway-key"), by_header("x-api-key"));
/// # let _ = both;
/// ```
pub const fn all<A, B>(first: A, second: B) -> All<A, B>
where
    A: Authenticator<Principal: Identity>,
    B: Authenticator<Principal: Identity>,
{
    All { first, second }
}

/// Requires two credentials of one account; from [`all`].
#[must_use]
#[derive(Clone, Debug)]
pub struct All<A, B> {
    first: A,
    second: B,
}

impl<A, B> Authenticator for All<A, B>
where
    A: Authenticator<Principal: Identity>,
    B: Authenticator<Principal: Identity>,
{
    type Principal = A::Principal;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<Self::Principal>, AuthError> {
        let first = self.first.authenticate(request).await?;
        match (first, self.second.authenticate(request).await?) {
            (Outcome::Absent, Outcome::Absent) => Ok(Outcome::Absent),
            (Outcome::Authenticated(first), Outcome::Authenticated(second)) => {
                if are_of_one_account(&first, &second) {
                    return Ok(Outcome::Authenticated(first));
                }
                Err(AuthError::new(Reason::DifferentAccounts).with_credential(first.credential()))
            }
            (Outcome::Authenticated(found), Outcome::Absent) => Err(alone(&found)),
            (Outcome::Absent, Outcome::Authenticated(found)) => Err(alone(&found)),
        }
    }

    fn challenge(&self, failure: Option<&AuthError>, out: &mut Challenges) {
        self.first.challenge(failure, out);
        self.second.challenge(failure, out);
    }

    fn carriers(&self, out: &mut Carriers) {
        let (mut first, mut second) = (Carriers::none(), Carriers::none());
        self.first.carriers(&mut first);
        self.second.carriers(&mut second);
        out.add_companions(first, second);
    }
}

fn are_of_one_account(first: &impl Identity, second: &impl Identity) -> bool {
    match (first.account_id(), second.account_id()) {
        (Some(first), Some(second)) => !first.is_empty() && first == second,
        _ => false,
    }
}

/// The refusal of one good credential without the other. It tells the log which key was
/// there, and the client of no scheme that its credential is wrong.
fn alone(found: &impl Identity) -> AuthError {
    let refusal = AuthError::new(Reason::MissingCompanion);
    match found.credential().and_then(Credential::key) {
        Some(key) => refusal.with_key(key.clone()),
        None => refusal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KeyId, Principal, Realm, Scheme};

    #[test]
    fn only_one_and_the_same_named_account_binds_two_principals() {
        let of = |account: Option<&str>| {
            Principal::builder("ada".to_owned()).account(account.map(str::to_owned)).build()
        };
        assert!(are_of_one_account(&of(Some("acme")), &of(Some("acme"))));
        for (first, second) in [
            (Some("acme"), Some("ACME")),
            (Some("acme"), Some("acme ")),
            (Some("acme"), None),
            (None, Some("acme")),
            (None, None),
            (Some(""), Some("")),
        ] {
            assert!(!are_of_one_account(&of(first), &of(second)), "{first:?} {second:?}");
        }
    }

    #[test]
    fn one_good_credential_alone_is_logged_with_its_key_and_blamed_on_no_scheme() {
        let credential = Credential::of_key(Scheme::ApiKey, Realm::default(), KeyId::from("k"));
        let error = alone(&Principal::builder("ada").credential(credential).build());
        assert_eq!((error.reason(), error.scheme()), (Reason::MissingCompanion, None));
        assert_eq!(error.key(), Some(&KeyId::from("k")));
    }
}
