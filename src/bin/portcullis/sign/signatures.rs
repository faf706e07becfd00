//! The schemes that sign the head of a request.

use std::time::Duration;

use portcullis::message_signature::MessageSigner;
use portcullis::query_signature::StrictQuerySigner;
use portcullis::sign::{RequestSigner, SignError};
use portcullis::sigv4::SigV4Signer;
use portcullis::x_auth::StrictXAuthSigner;
use portcullis::{Secret, Timestamp};

use super::credential::Signed;
use super::message::Sending;
use crate::failure::Failure;

/// How long a presigned URL lives, where nobody says.
const PRESIGNED: Duration = Duration::from_secs(15 * 60);

impl Signed {
    pub(crate) fn sigv4(
        sending: &Sending<'_>,
        id: &str,
        secret: &Secret,
        scope: (&str, &str),
        now: Timestamp,
    ) -> Result<Self, Failure> {
        Self::by(&signer(id, secret, scope), sending, now)
    }

    pub(crate) fn presigned(
        sending: &Sending<'_>,
        id: &str,
        secret: &Secret,
        scope: (&str, &str),
        life: Option<Duration>,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let mut signer = signer(id, secret, scope);
        if !sending.body.is_empty() && scope.1 != "s3" {
            // A URL cannot cover a body that is sent with it; whether that will do, the service says.
            signer = signer.with_unsigned_payload();
        }
        let url = format!("{}{}", sending.url.origin, sending.url.target);
        let url =
            signer.presign_for(sending.method, &url, life.unwrap_or(PRESIGNED), now).map_err(unsigned)?;
        let target = url.strip_prefix(sending.url.origin).unwrap_or_default().to_owned();
        Ok(Self { input: None, headers: Vec::new(), sets: Vec::new(), target })
    }

    pub(crate) fn message(
        sending: &Sending<'_>,
        id: &str,
        secret: &Secret,
        life: Option<Duration>,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let mut signer = MessageSigner::new(id, secret);
        if let Some(life) = life {
            signer = signer.with_life(life);
        }
        Self::by(&signer, sending, now)
    }

    pub(crate) fn strict_query(
        sending: &Sending<'_>,
        id: &str,
        secret: &Secret,
        life: Option<Duration>,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let mut signer = StrictQuerySigner::new(id, secret);
        if let Some(life) = life {
            signer = signer.with_life(life);
        }
        let target = signer.sign(&sending.target(), sending.body, now).map_err(unsigned)?;
        Ok(Self { input: None, headers: Vec::new(), sets: Vec::new(), target })
    }

    pub(crate) fn strict_x_auth(
        sending: &Sending<'_>,
        id: &str,
        secret: &Secret,
        life: Option<Duration>,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let mut signer = StrictXAuthSigner::new(id, secret);
        if let Some(life) = life {
            signer = signer.with_life(life);
        }
        let headers = signer.sign(&sending.target(), sending.body, now).map_err(unsigned)?;
        let sets = headers.pairs().map(|(name, _)| name.to_owned()).to_vec();
        let headers = headers.pairs().map(|(name, value)| format!("{name}: {value}")).to_vec();
        Ok(Self { input: None, headers, sets, target: sending.url.target.to_owned() })
    }

    /// The headers that `signer` adds to those that are there.
    fn by(signer: &dyn RequestSigner, sending: &Sending<'_>, now: Timestamp) -> Result<Self, Failure> {
        let mut head = sending.head()?;
        let before = head.headers.clone();
        signer.sign_request(&mut head, sending.body, now).map_err(unsigned)?;
        let (mut headers, mut sets) = (Vec::new(), Vec::new());
        for (name, value) in head.headers.iter().filter(|(name, _)| !before.contains_key(*name)) {
            let value = value.to_str().map_err(|_| Failure::usage("the signature cannot be in a header"))?;
            headers.push(format!("{name}: {value}"));
            sets.push(name.as_str().to_owned());
        }
        Ok(Self { input: None, headers, sets, target: sending.url.target.to_owned() })
    }
}

fn signer(id: &str, secret: &Secret, (region, service): (&str, &str)) -> SigV4Signer {
    let signer = SigV4Signer::new(id, secret, region, service);
    if service == "s3" { signer.for_s3() } else { signer }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn unsigned(error: SignError) -> Failure {
    Failure::usage(error.to_string())
}
