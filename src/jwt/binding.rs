//! Whether a token came from whom it is bound to.

use std::sync::Arc;

use super::dpop::{DpopError, DpopVerifier};
use super::{Confirmation, VerifiedToken};
use crate::request::{Carriers, RequestView, credentials};
use crate::{AuthError, Challenges, ErrorKind, Reason};

/// How an authenticator of tokens reads `Authorization`, and what it asks of bound tokens.
///
/// 1. `Bearer` presents a token, and so does `DPoP` where proofs are checked: then with
///    exactly one proof in the header `DPoP`: none, or an empty one, is a 401 that says
///    `invalid_dpop_proof` (RFC 9449, section 7.1), and two are a 400. A proof beside `Bearer`
///    is refused.
/// 2. A token with a `cnf` that cannot be checked is refused.
/// 3. A token with `x5t#S256` needs the client's certificate with this thumbprint.
/// 4. A token with `jkt` needs a proof by this key, and so cannot come as `Bearer`; a token
///    without it cannot come as `DPoP`.
#[derive(Clone, Debug, Default)]
pub(super) struct Binding {
    dpop: Option<Arc<DpopVerifier>>,
}

/// A token as it was presented.
#[derive(Clone, Copy)]
pub(super) struct Presented<'a> {
    pub(super) token: &'a str,
    proof: Option<&'a str>,
}

impl Binding {
    pub(super) fn with_dpop(verifier: DpopVerifier) -> Self {
        Self { dpop: Some(Arc::new(verifier)) }
    }

    /// The token that the request presents, if it `is_ours`.
    pub(super) fn presented<'a>(
        &self,
        request: &RequestView<'a>,
        is_ours: impl Fn(&str) -> bool,
    ) -> Result<Option<Presented<'a>>, AuthError> {
        let Some(authorization) = request.unique_header("authorization")? else { return Ok(None) };
        let of_word = |word| credentials::of_word(authorization, word).filter(|token| is_ours(token));
        if let Some(token) = of_word("Bearer") {
            let Some(dpop) = &self.dpop else { return Ok(Some(Presented { token, proof: None })) };
            if dpop.refuses_bearer() {
                return Err(AuthError::new(Reason::MissingCompanion));
            }
            if request.has_header("dpop") {
                return Err(DpopError::BesideBearer.into());
            }
            return Ok(Some(Presented { token, proof: None }));
        }
        let Some(token) = self.dpop.as_ref().and_then(|_| of_word("DPoP")) else { return Ok(None) };
        let proof = request.unique_header("dpop")?.filter(|proof| !proof.is_empty());
        let proof = proof.ok_or(DpopError::Missing)?;
        Ok(Some(Presented { token, proof: Some(proof) }))
    }

    /// Whether a token that was verified may be used by this request.
    pub(super) async fn check(
        &self,
        token: &VerifiedToken,
        presented: &Presented<'_>,
        request: &RequestView<'_>,
    ) -> Result<(), AuthError> {
        let confirmation = token.confirmation();
        if confirmation.is_some_and(|bound| !bound.is_understood()) {
            return Err(AuthError::new(Reason::InvalidClaim));
        }
        if let Some(expected) = confirmation.and_then(Confirmation::certificate) {
            let shown = request.client_certificate().ok_or(Reason::MissingCompanion)?;
            if shown.sha256() != expected {
                return Err(AuthError::new(Reason::WrongSignature));
            }
        }
        match (confirmation.and_then(Confirmation::key), presented.proof, &self.dpop) {
            (None, None, _) => Ok(()),
            // In a box, because tokens that are bound to nothing would carry the room for it.
            (Some(key), Some(proof), Some(dpop)) => {
                Box::pin(dpop.verify(proof, presented.token, key, request)).await
            }
            (None, Some(_), _) => Err(AuthError::new(Reason::MissingClaim)),
            (Some(_), _, _) => Err(AuthError::new(Reason::MissingCompanion)),
        }
    }

    /// The challenge `DPoP`, where proofs are checked (RFC 9449, section 7.1); `failure` is of
    /// this scheme.
    pub(super) fn challenge(&self, failure: Option<&AuthError>, out: &mut Challenges) {
        if let Some(dpop) = &self.dpop {
            dpop.challenge(failure, out);
        }
    }

    /// Whether the failure is a refused token, rather than a refused proof.
    pub(super) fn is_about_token(failure: &AuthError) -> bool {
        failure.kind() == ErrorKind::Unauthenticated && DpopError::of(failure).is_none()
    }

    pub(super) fn refuses_bearer(&self) -> bool {
        self.dpop.as_ref().is_some_and(|dpop| dpop.refuses_bearer())
    }

    pub(super) fn carriers(&self, out: &mut Carriers) {
        if self.dpop.is_some() {
            out.add_header_group(&["authorization", "dpop"]);
        } else {
            out.add_header("authorization");
        }
    }
}
