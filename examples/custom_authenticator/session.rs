//! A scheme of the application's own: sessions of browsers.
//!
//! 1. The cookie `sessionid` is the credential. Two of that name are a 400: another host
//!    of the domain may have planted one. Other cookies are nobody's business.
//! 2. Its value is a random text that is kept nowhere: the server finds the session by the
//!    SHA-256 digest of it.
//! 3. The session ends eight hours after the login, by the time of the request.
//! 4. A request that may change something must not come from another origin (`origin.rs`).
//! 5. The user is still there, and active.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portcullis::request::{Carriers, RequestView};
use portcullis::{
    AuthError, Authenticator, Challenges, Credential, KeyId, Outcome, Realm, Reason, Scheme, Timestamp,
    UserId,
};
use sha2::{Digest, Sha256};

use super::users::Users;
use super::{Me, origin};

pub(crate) const SESSION: Scheme = Scheme::Other("session");
const COOKIE: &str = "sessionid";
const LIFETIME: Duration = Duration::from_secs(8 * 60 * 60);

/// The sessions that have begun, by the digests of their ids.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sessions(Arc<Mutex<HashMap<KeyId, Session>>>);

#[derive(Clone, Debug)]
struct Session {
    user: UserId,
    expires_at: Timestamp,
}

impl Sessions {
    /// Begins a session for a user who has just logged in, always with a new id; the value
    /// of `Set-Cookie`.
    pub(crate) fn begin(&self, user: UserId, now: Timestamp) -> Result<String, getrandom::Error> {
        let secret = random_hex()?;
        let mut sessions = self.lock();
        sessions.retain(|_, session| session.expires_at > now);
        sessions.insert(digest(&secret), Session { user, expires_at: now.saturating_add(LIFETIME) });
        Ok(set_cookie(&secret, LIFETIME))
    }

    /// Ends the session that `credential` is of, if it is of one; the value of `Set-Cookie`.
    pub(crate) fn end(&self, credential: Option<&Credential>) -> String {
        let session = credential.filter(|credential| credential.scheme() == SESSION);
        if let Some(id) = session.and_then(Credential::key) {
            self.lock().remove(id);
        }
        set_cookie("", Duration::ZERO)
    }

    fn find(&self, id: &KeyId) -> Option<Session> {
        self.lock().get(id).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<KeyId, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn set_cookie(value: &str, age: Duration) -> String {
    format!("{COOKIE}={value}; Max-Age={}; Path=/; HttpOnly; SameSite=Lax", age.as_secs())
}

/// The public name of a session: of 32 random bytes, it gives nothing away.
fn digest(secret: &str) -> KeyId {
    KeyId::from(hex(&Sha256::digest(secret)))
}

/// 32 random bytes.
pub(crate) fn random_hex() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(hex(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Finds out whose session a request belongs to.
#[derive(Clone, Debug)]
pub(crate) struct SessionAuthenticator {
    sessions: Sessions,
    users: Users,
}

impl SessionAuthenticator {
    pub(crate) const fn new(sessions: Sessions, users: Users) -> Self {
        Self { sessions, users }
    }

    fn verify(&self, request: &RequestView<'_>) -> Result<Outcome<Me>, AuthError> {
        let Some(secret) = request.unique_cookie(COOKIE)? else { return Ok(Outcome::Absent) };
        let id = digest(secret);
        let session = self.sessions.find(&id).ok_or(Reason::UnknownKey)?;
        if request.received_at() >= session.expires_at {
            return Err(AuthError::new(Reason::Expired).with_key(id));
        }
        origin::check(request).map_err(|error| error.with_key(id.clone()))?;
        let credential = Credential::of_key(SESSION, Realm::default(), id);
        let me = self.users.active(session.user.as_str(), credential.clone()).ok_or(Reason::OwnerInactive)?;
        request.note(|| credential);
        Ok(Outcome::Authenticated(me))
    }
}

impl Authenticator for SessionAuthenticator {
    type Principal = Me;

    async fn authenticate(&self, request: &RequestView<'_>) -> Result<Outcome<Me>, AuthError> {
        self.verify(request).map_err(|error| error.with_scheme(SESSION))
    }

    /// Nothing: no challenge asks for a cookie. The other members of the chain have theirs.
    fn challenge(&self, _failure: Option<&AuthError>, _out: &mut Challenges) {}

    fn carriers(&self, out: &mut Carriers) {
        out.add_cookie(COOKIE);
    }
}
