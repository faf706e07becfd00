//! Who is believed: the seven authenticators in their order.

use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::message_signature::MessageSignatureAuthenticator;
use portcullis::query_signature::QuerySignatureAuthenticator;
use portcullis::sigv4::SigV4Authenticator;
use portcullis::store::memory::MemoryNonceStore;
use portcullis::store::sqlite::SqliteKeyStore;
use portcullis::x_auth::XAuthAuthenticator;
use portcullis::{AccountId, Authenticator, AuthenticatorExt, Principal, SiteId, UserId};

use crate::events::Events;
use crate::process::Failure;
use crate::tokens::Tokens;

/// Whom the handlers see. A user and an account are always there, so nothing unwraps them.
pub(crate) type Me = Principal<UserId, AccountId, Option<SiteId>>;

/// What clients of AWS are told: the names are ours to choose.
pub(crate) const REGION: &str = "eu-central-1";
pub(crate) const SERVICE: &str = "quickstart";

/// The chain. Each member claims what has its shape; a wrong credential ends it there.
///
/// Signed URLs and `x-auth` headers are accepted in both of their forms. Bodies are read before
/// the handlers are called: those here answer without a look at them, and a body that is not the
/// one that was signed is to be a 401.
pub(crate) fn authenticators(
    keys: SqliteKeyStore<Me>,
    tokens: &Tokens,
    events: &Events,
) -> Result<impl Authenticator<Principal = Me> + use<>, Failure> {
    // Which signatures were seen is forgotten when the service stops.
    let nonces = MemoryNonceStore::new();
    Ok(ApiKeyAuthenticator::new(keys.clone(), KeyShape::prefix("igny8_"))
        .or(tokens.authenticator()?)
        .or(QuerySignatureAuthenticator::new(keys.clone(), nonces.clone()).buffer_bodies())
        .or(XAuthAuthenticator::new(keys.clone(), nonces.clone()).buffer_bodies())
        .or(SigV4Authenticator::new(keys.clone(), nonces.clone(), REGION, SERVICE).buffer_bodies())
        .or(MessageSignatureAuthenticator::new(keys, nonces.clone()).buffer_bodies())
        .or(events.authenticator(nonces)?))
}
