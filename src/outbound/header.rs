//! A header with a secret, in requests that go out.

use http::header::{AUTHORIZATION, HOST};
use http::request::Parts;
use http::{HeaderName, HeaderValue};

use super::template::Template;
use super::{InvalidOutboundSecret, InvalidTemplate, Origin, OutboundError, OutboundSecrets};
use crate::Timestamp;
use crate::sign::{RequestSigner, SignError};

/// Puts one header into requests to one [`Origin`]: a template, with the secrets that it names.
/// What is checked before is in the [module](super)'s list.
///
/// The secret is looked up for each request, so that a change of the set holds from the next one
/// on. In memory, the value of the header is not wiped: the crates that send it keep copies.
///
/// ```
/// use http::HeaderName;
/// use portcullis::outbound::{OutboundHeader, OutboundSecrets};
///
/// let (secrets, maps) = (OutboundSecrets::new(), "https://maps.example".parse()?);
/// let header = OutboundHeader::new(secrets, maps, HeaderName::from_static("x-api-key"), "${MAPS_KEY}")?;
/// assert!(header.check().is_err(), "there is no secret of that name yet");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct OutboundHeader {
    secrets: OutboundSecrets,
    origin: Origin,
    name: HeaderName,
    template: Template,
}

impl OutboundHeader {
    /// A header `name` whose value is `template`, in which `${NAME}` is the secret of that name.
    ///
    /// # Errors
    /// When the text is no template, names no secret, or the header is `Host`.
    pub fn new(
        secrets: OutboundSecrets,
        origin: Origin,
        name: HeaderName,
        template: &str,
    ) -> Result<Self, InvalidTemplate> {
        if name == HOST {
            return Err(InvalidTemplate::NoHeader);
        }
        Ok(Self { secrets, origin, name, template: Template::parse(template)? })
    }

    /// The header `Authorization`, such as with the template `Api-Key ${NAME}`.
    ///
    /// # Errors
    /// When the text is no template, or names no secret.
    pub fn authorization(
        secrets: OutboundSecrets,
        origin: Origin,
        template: &str,
    ) -> Result<Self, InvalidTemplate> {
        Self::new(secrets, origin, AUTHORIZATION, template)
    }

    /// Where the header goes.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whether the header could be made now: for the start, and for a check of readiness.
    ///
    /// # Errors
    /// When a secret is missing or switched off, or its value cannot be in a header.
    pub fn check(&self) -> Result<(), OutboundError> {
        self.value().map(drop)
    }

    fn value(&self) -> Result<HeaderValue, OutboundError> {
        let text = self.template.fill(&self.secrets)?;
        let mut value = HeaderValue::from_bytes(&text).map_err(|_| InvalidOutboundSecret)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl RequestSigner for OutboundHeader {
    fn sign_request(&self, head: &mut Parts, _body: &[u8], _now: Timestamp) -> Result<(), SignError> {
        if !self.origin.is_of(head) {
            return Err(OutboundError::OtherOrigin.into());
        }
        if head.headers.contains_key(&self.name) {
            return Err(SignError::AlreadySigned);
        }
        let value = self.value()?;
        head.headers.insert(self.name.clone(), value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbound::OutboundSecret;
    use crate::store::Enabled;
    use http::Request;

    const NOW: Timestamp = Timestamp::from_unix_seconds(0);

    fn set(value: &str) -> OutboundSecrets {
        let secrets = OutboundSecrets::new();
        secrets.put(OutboundSecret::new("K".parse().expect("a name"), value.into()).expect("a secret"));
        secrets
    }

    fn header(secrets: &OutboundSecrets) -> OutboundHeader {
        let origin = "https://api.example".parse().expect("an origin");
        OutboundHeader::authorization(secrets.clone(), origin, "Api-Key ${K}").expect("a header")
    }

    fn head(uri: &str) -> Parts {
        Request::get(uri).body(()).expect("a request").into_parts().0
    }

    #[test]
    fn the_header_carries_the_secret_of_the_moment_and_is_sensitive() {
        let secrets = set("one");
        let header = header(&secrets);
        for value in ["one", "two"] {
            secrets.put(OutboundSecret::new("K".parse().expect("a name"), value.into()).expect("a secret"));
            let mut head = head("https://api.example/a");
            header.sign_request(&mut head, b"", NOW).expect("signed");
            assert_eq!(head.headers["authorization"], format!("Api-Key {value}"));
            assert!(!format!("{head:?} {header:?}").contains(value));
        }
    }

    #[test]
    fn without_its_secret_nothing_is_put_in() {
        let secrets = set("one");
        let header = header(&secrets);
        secrets.switch("K", Enabled::No);
        let mut request = head("https://api.example/a");
        let error = header.sign_request(&mut request, b"", NOW).expect_err("switched off");
        assert!(format!("{error:?}").contains("Disabled") && header.check().is_err());
        secrets.remove("K");
        let error = header.sign_request(&mut request, b"", NOW).expect_err("missing");
        assert!(format!("{error:?}").contains("Missing") && request.headers.is_empty());
    }

    #[test]
    fn another_origin_and_a_header_that_is_there_are_refused() {
        let secrets = set("one");
        let header = header(&secrets);
        let mut elsewhere = head("https://evil.example/a");
        assert!(header.sign_request(&mut elsewhere, b"", NOW).is_err() && elsewhere.headers.is_empty());
        let mut taken = head("https://api.example/a");
        taken.headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer of-a-client"));
        assert!(matches!(header.sign_request(&mut taken, b"", NOW), Err(SignError::AlreadySigned)));
        assert_eq!(taken.headers[AUTHORIZATION], "Bearer of-a-client");
    }

    #[test]
    fn the_host_is_no_place_for_a_secret() {
        let origin = "https://api.example".parse().expect("an origin");
        let refused = OutboundHeader::new(set("one"), origin, HOST, "${K}");
        assert_eq!(refused.err(), Some(InvalidTemplate::NoHeader));
    }
}
