//! The same things, used as they are meant.

#![deny(unused_must_use)]

use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::crypto::Tag;
use portcullis::jwt::{IssuerSubject, JwtIssuers, JwtVerifier, VerifiedToken};
use portcullis::request::{Carriers, RequestView};
use portcullis::store::memory::MemoryKeyStore;
use portcullis::store::{AdminError, IssuedKey, NewKey};
use portcullis::{
    AuthError, Authenticator, AuthenticatorExt, Challenges, KeyAdmin, Outcome, Secret, Timestamp,
};

struct Nobody;

impl Authenticator for Nobody {
    type Principal = ();

    async fn authenticate(&self, _: &RequestView<'_>) -> Result<Outcome<()>, AuthError> {
        Ok(Outcome::Absent)
    }

    fn challenge(&self, _: Option<&AuthError>, _: &mut Challenges) {}

    fn carriers(&self, _: &mut Carriers) {}
}

fn subject(verifier: &JwtVerifier, token: &str, now: Timestamp) -> Result<Option<String>, AuthError> {
    let token: VerifiedToken = verifier.verify(token, now)?;
    Ok(token.subject().map(str::to_owned))
}

fn whose(issuers: &JwtIssuers, token: &str, now: Timestamp) -> Result<String, AuthError> {
    let token: VerifiedToken = issuers.verify(token, now)?;
    let whose: IssuerSubject<'_> = token.issuer_subject()?;
    Ok(format!("{:?} {whose}", token.issuer()))
}

async fn issue(keys: impl KeyAdmin, key: NewKey, now: Timestamp) -> Result<IssuedKey, AdminError> {
    keys.issue(key, now).await
}

fn same(ours: &Tag, theirs: &Tag) -> bool {
    ours.matches(theirs.expose())
}

fn main() {
    let keys: MemoryKeyStore<u8> = MemoryKeyStore::new();
    let first = ApiKeyAuthenticator::new(keys.clone(), KeyShape::prefix("a_"));
    let _ = first.or(ApiKeyAuthenticator::new(keys, KeyShape::any()));
    println!("{:?} {}", Secret::from("a"), Secret::from("a").matches(b"a"));
}
