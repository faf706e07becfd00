//! Checking proofs.

use std::time::Duration;

use http::{HeaderName, HeaderValue};

use super::proof::{Proof, ProofClaims};
use super::target::{self, Origin, Origins};
use super::{DpopError, DpopNonces, DpopSettingsError};
use crate::canonical::base64::encode_url;
use crate::crypto::digest::sha256;
use crate::jwt::{JwtAlgorithm, backend};
use crate::request::RequestView;
use crate::store::{Claim, SharedNonces};
use crate::{
    AuthError, Challenge, Challenges, ErrorKind, InvalidChallenge, KeyId, NonceStore, Realm, Scheme,
    Timestamp,
};

/// Checks the proofs of DPoP (RFC 9449, section 4.3): in the header `DPoP`, each request brings
/// a short token that the client's private key has signed, so that a stolen access token is of
/// no use without the key.
///
/// A proof is refused at the first of these that fails. The access token was verified
/// before, so that strangers come no further than to its refusal:
///
/// 1. there is one header `DPoP`, of at most 8 KiB, with a token in the compact form; two are
///    no refused proof but an ambiguous request: 400;
/// 2. its header is strict JSON, its `typ` is `dpop+jwt`, and its `alg` is allowed: never
///    `none`, never a shared secret;
/// 3. its `jwk` is a public key for this algorithm that [`JwtKey`](crate::jwt::JwtKey)
///    accepts: not private, not weak, and meant for signatures;
/// 4. the RFC 7638 thumbprint of this key is the `cnf.jkt` of the access token;
/// 5. `htm` is the method, to the letter; `htu` is an origin of the service and the path,
///    without query and fragment, spelling aside; `iat` is no further from now than is allowed; `ath` is the SHA-256 of
///    the access token; `nonce` is one of the server's, where those are asked for;
/// 6. the key has signed it;
/// 7. its `jti` was not used with this key before. It is claimed last, so that only who has
///    the key can fill the store, and the claim outlives the time in which the proof counts.
///
/// ```
/// use portcullis::jwt::{DpopVerifier, JwtAlgorithm};
/// use portcullis::store::memory::MemoryNonceStore;
/// use std::time::Duration;
///
/// let dpop = DpopVerifier::new(MemoryNonceStore::new(), "https://api.example")?
///     .with_algorithms(&[JwtAlgorithm::Es256, JwtAlgorithm::EdDsa])?
///     .with_max_age(Duration::from_secs(30));
/// # let _ = dpop;
/// # Ok::<(), portcullis::jwt::DpopSettingsError>(())
/// ```
#[derive(Clone, Debug)]
pub struct DpopVerifier {
    claims: SharedNonces,
    algorithms: Box<[JwtAlgorithm]>,
    origins: Origins,
    max_age: Duration,
    leeway: Duration,
    nonces: Option<DpopNonces>,
    bearer: Bearer,
    realm: Realm,
    plain: Challenge,
}

/// What becomes of tokens that are presented as `Bearer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bearer {
    TakeUnbound,
    Refuse,
}

impl DpopVerifier {
    /// Checks proofs of every algorithm with pairs of keys that the features of this build
    /// verify, and offers these in its challenge (`algs`); made at most 60 seconds ago
    /// by a clock that is at most 5 seconds ahead, and claims them in `nonces`.
    ///
    /// `origin` is where clients call the service, whatever stands in front of it: scheme and
    /// authority, such as `https://api.example`. Proofs for any other are refused. The `Host`
    /// of a request does not matter, for whoever sends a proof on chooses it.
    ///
    /// # Errors
    /// [`DpopSettingsError::Origin`] when it is no origin, or `http` anywhere but on a loopback
    /// address.
    pub fn new(nonces: impl NonceStore, origin: &str) -> Result<Self, DpopSettingsError> {
        Self::of(nonces, Origins::These(Vec::new())).add_origin(origin)
    }

    /// The same, for whatever service: proofs are for `https` and the authority that the
    /// request names.
    ///
    /// This is dangerous. A server that a client calls with token and proof can send both on to
    /// this one, under its own name in `Host`, and be taken for the client. It is safe only
    /// where a proxy, or the layer around this, lets no request through that names another
    /// authority than the service's own.
    #[must_use]
    pub fn dangerous_any_authority(nonces: impl NonceStore) -> Self {
        crate::trace::danger("dpop: proofs for any authority");
        Self::of(nonces, Origins::AsTheRequestSays)
    }

    fn of(nonces: impl NonceStore, origins: Origins) -> Self {
        let algorithms =
            JwtAlgorithm::ALL.into_iter().filter(|algorithm| backend::verifies(*algorithm)).collect();
        let verifier = Self {
            claims: SharedNonces::new(nonces),
            algorithms,
            origins,
            max_age: Duration::from_secs(60),
            leeway: Duration::from_secs(5),
            nonces: None,
            bearer: Bearer::TakeUnbound,
            realm: Realm::default(),
            plain: Challenge::bare("DPoP"),
        };
        verifier.offering()
    }

    /// Allows these algorithms and no others.
    ///
    /// # Errors
    /// When there is none, or one is symmetric or not verified by this build.
    pub fn with_algorithms(mut self, algorithms: &[JwtAlgorithm]) -> Result<Self, DpopSettingsError> {
        if algorithms.is_empty() || !algorithms.iter().copied().all(backend::verifies) {
            return Err(DpopSettingsError::Algorithms);
        }
        self.algorithms = algorithms.into();
        Ok(self.offering())
    }

    /// Another origin at which clients call the service. Those that were said are the only
    /// ones, also after [`dangerous_any_authority`](Self::dangerous_any_authority).
    ///
    /// # Errors
    /// As of [`new`](Self::new).
    pub fn add_origin(mut self, origin: &str) -> Result<Self, DpopSettingsError> {
        self.origins.add(Origin::of_setting(origin).ok_or(DpopSettingsError::Origin)?);
        Ok(self)
    }

    /// How old a proof may be: 60 seconds without this.
    #[must_use]
    pub const fn with_max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// How far the client's clock may be off: 5 seconds without this.
    #[must_use]
    pub const fn with_leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Asks for a nonce of the server in every proof (RFC 9449, section 9): a proof without
    /// one that counts is refused, with a fresh one in the header `DPoP-Nonce`.
    #[must_use]
    pub fn with_nonces(mut self, nonces: DpopNonces) -> Self {
        self.nonces = Some(nonces);
        self
    }

    /// Refuses every token that is presented as `Bearer`, also where it is bound to nothing.
    #[must_use]
    pub const fn refuse_bearer(mut self) -> Self {
        self.bearer = Bearer::Refuse;
        self
    }

    /// Checks a `proof` that came with `request` and the access token `token`, which is
    /// bound to the key with the thumbprint `key`.
    ///
    /// # Errors
    /// A [`DpopError`] as the source of the refusal, or an outage of the nonce store.
    pub async fn verify(
        &self,
        proof: &str,
        token: &str,
        key: &[u8; 32],
        request: &RequestView<'_>,
    ) -> Result<(), AuthError> {
        let now = request.received_at();
        let proof = Proof::read(proof)?;
        if !self.algorithms.contains(&proof.algorithm) {
            return Err(DpopError::Algorithm.into());
        }
        let own = proof.key()?;
        if own.thumbprint_sha256().as_ref() != Some(key) {
            return Err(DpopError::OtherKey.into());
        }
        let claims = proof.claims()?;
        self.check_claims(&claims, token, request)?;
        if !proof.is_signed_by(&own) {
            return Err(DpopError::Signature.into());
        }
        let id = KeyId::from(encode_url(key));
        let until = claims.made_at.saturating_add(self.max_age).saturating_add(self.leeway);
        let jti = claims.id.as_bytes();
        let claim = Claim::new(&self.realm, Scheme::Other("dpop"), &id, jti, later(until), now);
        if self.claims.claim(&claim).await? { Ok(()) } else { Err(DpopError::Replayed.into()) }
    }

    fn check_claims(
        &self,
        claims: &ProofClaims<'_>,
        token: &str,
        request: &RequestView<'_>,
    ) -> Result<(), AuthError> {
        let now = request.received_at();
        if claims.method != request.method() {
            return Err(DpopError::Method.into());
        }
        if !target::is_of(&claims.target, request, &self.origins)? {
            return Err(DpopError::Target.into());
        }
        let first = now.saturating_sub(self.max_age).saturating_sub(self.leeway);
        if claims.made_at < first || claims.made_at > now.saturating_add(self.leeway) {
            return Err(DpopError::Time.into());
        }
        if claims.token.as_deref() != Some(&*encode_url(&sha256(token.as_bytes()))) {
            return Err(DpopError::Token.into());
        }
        let Some(nonces) = &self.nonces else { return Ok(()) };
        if claims.nonce.as_deref().is_some_and(|nonce| nonces.accepts(nonce, now)) {
            return Ok(());
        }
        Err(DpopError::Nonce { fresh: nonces.issue(now).into() }.into())
    }

    pub(in crate::jwt) fn refuses_bearer(&self) -> bool {
        self.bearer == Bearer::Refuse
    }

    /// `DPoP` with the algorithms, and, of a failure of the scheme that this is for, what was
    /// wrong: with the proof, or else with the
    /// token (RFC 9449, section 7.1).
    pub(in crate::jwt) fn challenge(&self, failure: Option<&AuthError>, out: &mut Challenges) {
        let refused = failure.filter(|failure| failure.kind() == ErrorKind::Unauthenticated);
        let error = refused.map(|failure| match DpopError::of(failure) {
            Some(DpopError::Nonce { fresh }) => {
                if let Ok(fresh) = HeaderValue::try_from(&**fresh) {
                    out.add_header(HeaderName::from_static("dpop-nonce"), fresh);
                }
                "use_dpop_nonce"
            }
            Some(_) => "invalid_dpop_proof",
            None => "invalid_token",
        });
        let wrong = error.and_then(|error| self.plain.clone().with_parameter("error", error).ok());
        out.add(wrong.as_ref().unwrap_or(&self.plain));
    }

    /// The same, with a challenge that names the algorithms.
    fn offering(mut self) -> Self {
        let names: Vec<_> = self.algorithms.iter().map(|algorithm| algorithm.name()).collect();
        let offer: Result<Challenge, InvalidChallenge> =
            Challenge::bare("DPoP").with_parameter("algs", &names.join(" "));
        if let Ok(offer) = offer {
            self.plain = offer;
        }
        self
    }
}

/// The moment after which a claim may be forgotten: a second behind the last in which the
/// proof counts.
fn later(until: Timestamp) -> Timestamp {
    until.saturating_add(Duration::from_secs(1))
}
