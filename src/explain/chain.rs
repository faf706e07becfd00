//! What the authenticators of a service would decide.

use std::collections::VecDeque;

use bytes::Bytes;

use super::heads::SigV4Parts;
use super::{ExplainSettings, ExplainedRequest, Explainer};
use crate::api_key::ApiKeyAuthenticator;
use crate::authenticator::decide;
use crate::jwt::{JwtAuthenticator, JwtVerifier};
use crate::message_signature::MessageSignatureAuthenticator;
use crate::query_signature::QuerySignatureAuthenticator;
use crate::request::{BodyFailure, BodyGate, Carriers, Notes, RequestView};
use crate::sigv4::SigV4Authenticator;
use crate::store::{Claim, StoreError};
use crate::x_auth::XAuthAuthenticator;
use crate::{
    AnyOf, AuthError, Authenticator, AuthenticatorExt, Credential, KeyStore, NonceStore, Outcome, Reason,
    Timestamp,
};

/// What would become of the request.
pub(super) enum Decision {
    Accepted(Option<Credential>),
    Absent,
    Refused(AuthError),
}

/// Claims nothing: a request that is explained is not used up, and one that was served before
/// is explained as if it came for the first time.
#[derive(Clone, Copy, Debug)]
struct NoClaims;

impl NonceStore for NoClaims {
    async fn claim(&self, _: &Claim<'_>) -> Result<bool, StoreError> {
        Ok(true)
    }
}

/// Asks the chain.
pub(super) async fn ask<S: KeyStore + Clone>(
    explainer: &Explainer,
    store: &S,
    request: &ExplainedRequest,
    at: Timestamp,
) -> Decision {
    let gate = BodyGate::delivered(request.body.clone());
    let audience = audience(&explainer.settings, &request.view(&gate, at));
    let chain = chain(explainer, store, &audience);
    let mut carriers = Carriers::new();
    chain.carriers(&mut carriers);
    let notes = Notes::new();
    let view = request.view(&gate, at).with_notes(&notes);
    if let Err(error) = view.authority() {
        return Decision::Refused(error);
    }
    match decide(&chain, &carriers, &view).await {
        Ok(Outcome::Authenticated(())) => match guarded(&gate, &request.body) {
            Ok(()) => Decision::Accepted(notes.credential().cloned()),
            Err(failure) => Decision::Refused(failure.into()),
        },
        Ok(Outcome::Absent) => Decision::Absent,
        Err(error) => Decision::Refused(error),
    }
}

/// The body as its handler would read it, through what the authenticators left to be checked then.
fn guarded(gate: &BodyGate, body: &Bytes) -> Result<(), BodyFailure> {
    let mut pieces = VecDeque::from([body.clone()]);
    for mut guard in gate.take_guards() {
        let mut out = VecDeque::new();
        for piece in pieces {
            guard.push(piece, &mut out)?;
        }
        guard.finish(None, &mut out)?;
        pieces = out;
    }
    Ok(())
}

/// The region and the service that the service knows itself by: as it was said, else as the request
/// has them.
fn audience(settings: &ExplainSettings, request: &RequestView<'_>) -> (String, String) {
    let parts = SigV4Parts::of(request);
    let (region, service) = parts.as_ref().and_then(SigV4Parts::audience).unwrap_or_default();
    let given = |given: &Option<String>, held: &str| given.clone().unwrap_or_else(|| held.to_owned());
    (given(&settings.region, region), given(&settings.service, service))
}

/// Verifies tokens by the one key. What they are mapped to is nobody's concern here, but a token
/// that names nobody is refused.
pub(super) fn tokens(verifier: JwtVerifier) -> JwtAuthenticator<()> {
    JwtAuthenticator::new(verifier).with_mapping(|token| {
        token.subject().ok_or(Reason::UnmappedPrincipal).map_err(AuthError::new)?;
        token.scopes().map(drop)
    })
}

fn chain<S: KeyStore + Clone>(
    explainer: &Explainer,
    store: &S,
    (region, service): &(String, String),
) -> AnyOf<()> {
    let settings = &explainer.settings;
    let realm = || settings.realm.clone();
    let api_keys = ApiKeyAuthenticator::new(store.clone(), settings.key_shape())
        .with_realm(realm())
        .with_hasher(settings.hasher.clone())
        .with_carriers(settings.key_carriers());
    let mut signed_urls = QuerySignatureAuthenticator::new(store.clone(), NoClaims)
        .with_realm(realm())
        .with_max_drift(settings.max_drift)
        .buffer_bodies();
    if settings.compatible_form {
        signed_urls = signed_urls.accept_compatible_form();
    }
    let x_auth = XAuthAuthenticator::new(store.clone(), NoClaims).with_realm(realm());
    let x_auth = x_auth.with_max_life(settings.max_life).buffer_bodies();
    let messages =
        MessageSignatureAuthenticator::new(store.clone(), NoClaims).with_realm(realm()).buffer_bodies();
    let mut sigv4 =
        SigV4Authenticator::new(store.clone(), NoClaims, region, service).with_realm(realm()).buffer_bodies();
    if service == "s3" {
        sigv4 = sigv4.for_s3();
    }
    if settings.unsigned_payload {
        sigv4 = sigv4.accept_unsigned_payload();
    }
    if settings.unsigned_trailer {
        sigv4 = sigv4.accept_unsigned_trailer();
    }
    if let Some(known) = settings.session_token.clone() {
        sigv4 = sigv4
            .with_session_tokens(move |_, token| token.is_some_and(|token| known.matches(token.as_bytes())));
    }
    if settings.lenient {
        sigv4 = sigv4.with_lenient_canonicalisation();
    }
    let chain = AnyOf::new()
        .with(api_keys.map_principal(drop))
        .with(signed_urls.map_principal(drop))
        .with(x_auth.map_principal(drop))
        .with(sigv4.map_principal(drop))
        .with(messages.map_principal(drop));
    let chain = match &explainer.tokens {
        Some(tokens) => chain.with(tokens.clone()),
        None => chain,
    };
    explainer.further.iter().cloned().fold(chain, AnyOf::with)
}
