//! API keys.

use portcullis::Scheme;
use portcullis::api_key::{ApiKeyAuthenticator, ApiKeyCarrier, KeyShape};
use proptest::prelude::*;

use crate::harness::{keys, verdict, with_byte};

proptest! {
    #[test]
    fn an_issued_key_is_accepted_and_any_change_is_refused(place in any::<usize>(), byte in any::<u8>()) {
        let (keys, key) = keys(Scheme::ApiKey);
        let authenticator = ApiKeyAuthenticator::new(keys, KeyShape::any());
        let header = |value: &[u8]| [("x-api-key".to_owned(), value.to_vec())];
        prop_assert!(verdict(&authenticator, "/", &header(key.secret.expose()), b"").is_ok());
        let changed = with_byte(key.secret.expose(), place, byte);
        prop_assert!(verdict(&authenticator, "/", &header(&changed), b"").is_err());
    }

    #[test]
    fn arbitrary_bytes_never_panic_and_never_pass(value in prop::collection::vec(any::<u8>(), 0..300), query in "\\PC{0,40}") {
        let (keys, _) = keys(Scheme::ApiKey);
        let authenticator = ApiKeyAuthenticator::new(keys, KeyShape::any()).with_carriers([
            ApiKeyCarrier::Bearer,
            ApiKeyCarrier::ApiKey,
            ApiKeyCarrier::RawAuthorization,
            ApiKeyCarrier::parameter("key"),
        ]);
        for value in [value.clone(), [b"Bearer ".as_slice(), &value].concat()] {
            let headers = [("authorization".to_owned(), value)];
            prop_assert!(verdict(&authenticator, "/", &headers, b"").is_err());
        }
        let target = format!("/?key={query}");
        prop_assert!(verdict(&authenticator, &target, &[], b"").is_err());
    }
}
