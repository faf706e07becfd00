//! User names and passwords.

use std::collections::HashMap;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portcullis::basic::BasicAuthenticator;
use portcullis::password::{PasswordHash, SinglePassword, User, UserVerifier};
use portcullis::{Reason, UserId};
use proptest::prelude::*;
use tokio::runtime::Runtime;

use crate::harness::waiting_verdict;

/// Hashing runs on the threads of a runtime.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

fn headers(value: &[u8]) -> [(String, Vec<u8>); 1] {
    [("authorization".to_owned(), value.to_vec())]
}

fn encoded(name: &str, password: &str) -> [(String, Vec<u8>); 1] {
    headers(format!("Basic {}", STANDARD.encode(format!("{name}:{password}"))).as_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_name_without_a_colon_and_any_password_verify(name in "[^\\pC:]{1,30}", password in "\\PC{0,15}", other in "\\PC{0,15}") {
        let hash = PasswordHash::bcrypt(&password.as_str().into(), 4).expect("hash");
        let users = HashMap::from([(UserId::from(name.as_str()), User::new(name.clone(), hash.clone()))]);
        let basic = BasicAuthenticator::new(UserVerifier::new(users, &hash).expect("verifier"));
        let verdict = |headers: &[_]| RUNTIME.block_on(waiting_verdict(&basic, "/", headers, b""));
        prop_assert_eq!(verdict(&encoded(&name, &password)), Ok(name.clone()));
        if other != password {
            prop_assert_eq!(verdict(&encoded(&name, &other)), Err(Reason::WrongSignature));
        }
        prop_assert_eq!(verdict(&encoded(&format!("{name}x"), &password)), Err(Reason::UnknownKey));
    }

    #[test]
    fn arbitrary_bytes_never_panic_and_never_pass(value in prop::collection::vec(any::<u8>(), 0..300)) {
        static HASH: LazyLock<PasswordHash> =
            LazyLock::new(|| PasswordHash::bcrypt(&"correct horse battery".into(), 4).expect("hash"));
        let user = SinglePassword::new("ada".into(), HASH.clone());
        let basic = BasicAuthenticator::new(UserVerifier::single(user).expect("verifier"));
        let inner = STANDARD.encode(&value);
        for sent in [value.clone(), [b"Basic ".as_slice(), &value].concat(), format!("Basic {inner}").into()] {
            let verdict = RUNTIME.block_on(waiting_verdict(&basic, "/", &headers(&sent), b""));
            prop_assert!(verdict.is_err());
        }
    }
}
