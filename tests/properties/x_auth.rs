//! x-auth headers.

use portcullis::store::memory::MemoryNonceStore;
use portcullis::x_auth::{XAuthAuthenticator, XAuthSigner};
use portcullis::{Scheme, Timestamp};
use proptest::prelude::*;

use crate::harness::{NOW, keys, verdict, with_byte};

fn signed(signer: &XAuthSigner, body: &[u8]) -> Vec<(String, Vec<u8>)> {
    let headers = signer.sign(body, Timestamp::from_unix_seconds(NOW)).expect("signed");
    headers.pairs().map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).into()
}

proptest! {
    #[test]
    fn what_is_signed_is_accepted_and_any_change_is_refused(
        body in prop::collection::vec(any::<u8>(), 0..2000),
        header in 0_usize..4,
        place in any::<usize>(),
        byte in any::<u8>(),
    ) {
        let (keys, key) = keys(Scheme::XAuth);
        let signer = XAuthSigner::new(key.id, &key.secret);
        let x_auth = || XAuthAuthenticator::new(keys.clone(), MemoryNonceStore::new());
        let headers = signed(&signer, &body);
        prop_assert!(verdict(&x_auth(), "/", &headers, &body).is_ok());

        let mut changed = headers.clone();
        changed[header].1 = with_byte(&changed[header].1, place, byte);
        prop_assert!(verdict(&x_auth(), "/", &changed, &body).is_err(), "{changed:?}");
        if !body.is_empty() {
            let other = with_byte(&body, place, byte);
            prop_assert!(verdict(&x_auth(), "/", &headers, &other).is_err());
        }
    }

    #[test]
    fn bytes_that_move_between_the_fields_are_refused(cut in prop::collection::vec(0_usize..45, 2), lenient in any::<bool>()) {
        let (keys, key) = keys(Scheme::XAuth);
        let mut x_auth = XAuthAuthenticator::new(keys, MemoryNonceStore::new());
        if lenient {
            x_auth = x_auth.dangerous_accept_eleven_digit_exp();
        }
        let headers = signed(&XAuthSigner::new(key.id, &key.secret), b"");
        let whole: Vec<u8> = headers[..3].iter().flat_map(|(_, value)| value.clone()).collect();
        let (first, second) = (cut[0].min(cut[1]).min(whole.len()), cut[0].max(cut[1]).min(whole.len()));
        let parts = [&whole[..first], &whole[first..second], &whole[second..]];
        let mut moved = headers.clone();
        for (header, part) in moved.iter_mut().zip(parts) {
            header.1 = part.to_vec();
        }
        prop_assert_eq!(verdict(&x_auth, "/", &moved, b"").is_ok(), moved == headers);
    }

    #[test]
    fn arbitrary_headers_never_panic_and_never_pass(
        values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 4),
    ) {
        let (keys, key) = keys(Scheme::XAuth);
        let x_auth = XAuthAuthenticator::new(keys, MemoryNonceStore::new()).dangerous_accept_eleven_digit_exp();
        let mut headers = signed(&XAuthSigner::new(key.id, &key.secret), b"");
        for (header, value) in headers.iter_mut().skip(1).zip(values) {
            header.1 = value;
        }
        prop_assert!(verdict(&x_auth, "/", &headers, b"").is_err());
    }
}
