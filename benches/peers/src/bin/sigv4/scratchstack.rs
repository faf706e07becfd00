//! `scratchstack-aws-signature`: a function of a whole request, which asks a service for keys.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use chrono::Utc;
use scratchstack_aws_principal::User;
use scratchstack_aws_signature::{
    GetSigningKeyRequest, GetSigningKeyResponse, KSecretKey, NO_ADDITIONAL_SIGNED_HEADERS, SignatureOptions,
    service_for_signing_key_fn, sigv4_validate_request,
};
use tower::{BoxError, service_fn};

use crate::request::{Known, REGION, SERVICE, Sent, Signed};
use crate::turns::Subject;

async fn signing_key(
    known: Arc<HashMap<String, KSecretKey>>,
    asked: GetSigningKeyRequest,
) -> Result<GetSigningKeyResponse, BoxError> {
    let secret = known.get(asked.access_key()).ok_or("an unknown key")?;
    let key = secret.to_ksigning(asked.request_date(), asked.region(), asked.service());
    let user = User::new("aws", "123456789012", "/", "ada")?;
    Ok(GetSigningKeyResponse::builder().principal(user).signing_key(key).build()?)
}

pub fn validate(known: &[Known], signed: &Signed) -> Subject {
    let secret = |key: &Known| KSecretKey::from_str(&key.secret).expect("a secret");
    let known: Arc<HashMap<_, _>> = Arc::new(known.iter().map(|key| (key.id.clone(), secret(key))).collect());
    let service = service_fn(move |request: Sent| {
        let known = Arc::clone(&known);
        async move {
            let (head, _) = request.into_parts();
            // Nothing was sent.
            let request = http::Request::from_parts(head, Bytes::new());
            // By itself, or it could be called only once.
            let find = move |asked: GetSigningKeyRequest| signing_key(Arc::clone(&known), asked);
            let mut keys = service_for_signing_key_fn(find);
            let (_, _, verified) = sigv4_validate_request(
                request,
                REGION,
                SERVICE,
                &mut keys,
                Utc::now(),
                &NO_ADDITIONAL_SIGNED_HEADERS,
                SignatureOptions::S3,
            )
            .await?;
            Ok::<_, BoxError>(crate::known(verified.principal().as_slice().len() == 1))
        }
    });
    // Its future does not say that it can be pinned where it is.
    let service = tower::util::BoxService::new(service);
    crate::subject("scratchstack-aws-signature 0.11.4, its function", signed, service)
}
