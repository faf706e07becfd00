//! What the authenticators of a service would decide.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use portcullis::api_key::{ApiKeyAuthenticator, ApiKeyCarrier};
use portcullis::authenticator::decide;
use portcullis::jwt::{JwtAuthenticator, JwtPolicy, JwtVerifier};
use portcullis::message_signature::MessageSignatureAuthenticator;
use portcullis::query_signature::QuerySignatureAuthenticator;
use portcullis::request::{BodyFailure, BodyGate, Carriers, Notes, RequestTarget, RequestView};
use portcullis::sigv4::SigV4Authenticator;
use portcullis::store::{Claim, StoreError, StoredPrincipal};
use portcullis::x_auth::XAuthAuthenticator;
use portcullis::{
    AnyOf, AuthError, Authenticator, Credential, KeyStore, NonceStore, Outcome, Principal, Realm, Reason,
    Scheme, Timestamp, UserId,
};

use super::Explain;
use super::dump::Dump;
use super::heads::SigV4Parts;
use crate::arguments::Context;
use crate::backing::Store;
use crate::failure::Failure;
use crate::settings::secret_file;
use crate::token::JwtSettings;

/// What would become of the request.
#[derive(Debug)]
pub(crate) enum Decision {
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
pub(crate) async fn ask<S: Store>(
    explain: &Explain,
    dump: &Dump,
    store: &Arc<S>,
    at: Timestamp,
    context: &Context,
) -> Result<Decision, Failure> {
    let gate = BodyGate::delivered(dump.body.clone());
    let audience = audience(explain, &view(explain, dump, &gate, at));
    let chain = chain(explain, Arc::clone(store), &audience, context)?;
    let mut carriers = Carriers::new();
    chain.carriers(&mut carriers);
    let notes = Notes::new();
    let request = view(explain, dump, &gate, at).with_notes(&notes);
    if let Err(error) = request.authority() {
        return Ok(Decision::Refused(error));
    }
    Ok(match decide(&chain, &carriers, &request).await {
        Ok(Outcome::Authenticated(_)) => match guarded(&gate, &dump.body) {
            Ok(()) => Decision::Accepted(notes.credential().cloned()),
            Err(failure) => Decision::Refused(failure.into()),
        },
        Ok(Outcome::Absent) => Decision::Absent,
        Err(error) => Decision::Refused(error),
    })
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

/// The request as authenticators see it.
pub(crate) fn view<'a>(
    explain: &'a Explain,
    dump: &'a Dump,
    gate: &'a BodyGate,
    at: Timestamp,
) -> RequestView<'a> {
    let target = RequestTarget {
        method: &dump.method,
        scheme: dump.scheme.as_deref(),
        authority: dump.authority.as_deref(),
        path: &dump.path,
        query: dump.query.as_deref(),
    };
    let request = RequestView::new(target, &dump.headers, gate, at).with_peer(explain.peer);
    request.with_entry_point(explain.entry_point.as_deref())
}

/// The region and the service that the service knows itself by: as it was said, else as the request
/// has them.
fn audience(explain: &Explain, request: &RequestView<'_>) -> (String, String) {
    let parts = SigV4Parts::of(request);
    let (region, service) = parts.as_ref().and_then(SigV4Parts::audience).unwrap_or_default();
    let given = |given: &Option<String>, held: &str| given.clone().unwrap_or_else(|| held.to_owned());
    (given(&explain.sigv4_region, region), given(&explain.sigv4_service, service))
}

fn chain<S: KeyStore<Principal = StoredPrincipal>>(
    explain: &Explain,
    store: Arc<S>,
    (region, service): &(String, String),
    context: &Context,
) -> Result<AnyOf<StoredPrincipal>, Failure> {
    let realm = || Realm::new(explain.realm.as_str());
    let mut places = vec![ApiKeyCarrier::Bearer, ApiKeyCarrier::ApiKey, ApiKeyCarrier::header("x-api-key")];
    places.extend(explain.api_key_headers.iter().map(|name| ApiKeyCarrier::header(name)));
    places.extend(explain.api_key_parameters.iter().map(|name| ApiKeyCarrier::parameter(name.clone())));
    if explain.raw_authorization {
        places.push(ApiKeyCarrier::RawAuthorization);
    }
    let api_keys = ApiKeyAuthenticator::new(Arc::clone(&store), explain.key_shape())
        .with_realm(realm())
        .with_hasher(context.hasher.clone())
        .with_carriers(places);
    let mut signed_urls = QuerySignatureAuthenticator::new(Arc::clone(&store), NoClaims)
        .with_realm(realm())
        .with_max_drift(explain.max_drift)
        .buffer_bodies();
    if explain.compatible_form {
        signed_urls = signed_urls.accept_compatible_form();
    }
    let x_auth = XAuthAuthenticator::new(Arc::clone(&store), NoClaims).with_realm(realm());
    let x_auth = x_auth.with_max_life(explain.max_life).buffer_bodies();
    let messages =
        MessageSignatureAuthenticator::new(Arc::clone(&store), NoClaims).with_realm(realm()).buffer_bodies();
    let mut sigv4 =
        SigV4Authenticator::new(store, NoClaims, region, service).with_realm(realm()).buffer_bodies();
    if service == "s3" {
        sigv4 = sigv4.for_s3();
    }
    if explain.unsigned_payload {
        sigv4 = sigv4.accept_unsigned_payload();
    }
    if explain.unsigned_trailer {
        sigv4 = sigv4.accept_unsigned_trailer();
    }
    if let Some(path) = &explain.session_token_file {
        let known = secret_file(path, "--session-token-file")?;
        sigv4 = sigv4
            .with_session_tokens(move |_, token| token.is_some_and(|token| known.matches(token.as_bytes())));
    }
    if explain.lenient {
        sigv4 = sigv4.with_lenient_canonicalisation();
    }
    let chain = AnyOf::new().with(api_keys).with(signed_urls).with(x_auth).with(sigv4).with(messages);
    let Some(JwtSettings { key, .. }) = JwtSettings::optional(&context.environment)? else {
        return Ok(chain);
    };
    let mut policy = JwtPolicy::new();
    if let Some(issuer) = &explain.jwt_issuer {
        policy = policy.with_issuer(issuer);
    }
    if let Some(audience) = &explain.jwt_audience {
        policy = policy.with_audience(audience);
    }
    let verifier = JwtVerifier::new(policy, [key]).map_err(|error| Failure::usage(error.to_string()))?;
    let tokens = JwtAuthenticator::new(verifier).with_mapping(|token| {
        let user = token.subject().ok_or(Reason::UnmappedPrincipal).map_err(AuthError::new)?;
        let credential = Credential::of_scheme(Scheme::Jwt);
        let principal = Principal::builder(Some(UserId::from(user))).account(None).site(None);
        Ok::<StoredPrincipal, AuthError>(principal.scopes(token.scopes()?).credential(credential).build())
    });
    Ok(chain.with(tokens))
}
