// error[E0271]

//! The members of a chain find the same type of principal.

use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::store::memory::MemoryKeyStore;
use portcullis::AuthenticatorExt;

fn main() {
    let keys: MemoryKeyStore<u8> = MemoryKeyStore::new();
    let others: MemoryKeyStore<u16> = MemoryKeyStore::new();
    let first = ApiKeyAuthenticator::new(keys, KeyShape::prefix("a_"));
    let _ = first.or(ApiKeyAuthenticator::new(others, KeyShape::any()));
}
