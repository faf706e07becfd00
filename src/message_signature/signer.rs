//! Signing messages.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use http::request::Parts;
use sfv::{ItemSerializer, KeyRef, StringRef, Version};

use super::component::Component;
use super::headers::{MessageHeaders, WithDigest};
use super::material::Material;
use super::message::Message;
use super::profile::covers_field;
use super::structured;
use super::{ContentDigest, MessageAlgorithm, SIGNATURE, SIGNATURE_INPUT, base};
use crate::canonical::base64;
use crate::crypto::{HmacAlgorithm, HmacKey, random};
use crate::sign::{RequestSigner, SignError};
use crate::{KeyId, Secret, Timestamp};

#[cfg(feature = "jwt")]
use super::UnusableKey;
#[cfg(feature = "jwt")]
use crate::jwt::JwtKey;

/// Signs requests the way [`MessageSignatureAuthenticator`](super::MessageSignatureAuthenticator)
/// verifies them: both build the signed text with the same function.
///
/// It covers `@method`, `@authority`, `@path`, `@query`, and where they are `content-type`,
/// `content-encoding` and `content-digest`, which it adds where there is a body; and it says
/// `created`, a fresh `nonce` and the `keyid`.
///
/// ```
/// use portcullis::message_signature::MessageSigner;
/// use portcullis::{Secret, Timestamp};
///
/// let signer = MessageSigner::new("client-7", &Secret::from("a secret of at least 32 characters"))
///     .without_nonce();
/// let request = http::Request::post("https://api.example.com/orders?dry=1")
///     .header("content-type", "application/json")
///     .body(b"{}")?;
/// let (head, body) = request.into_parts();
/// let signed = signer.sign(&head, body, Timestamp::from_unix_seconds(1_700_000_000))?;
/// assert_eq!(
///     signed.signature_input,
///     r#"sig1=("@method" "@authority" "@path" "@query" "content-type" "content-digest");created=1700000000;keyid="client-7""#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct MessageSigner {
    id: KeyId,
    material: Material,
    components: Option<Vec<Component>>,
    label: Box<str>,
    tag: Option<Box<str>>,
    life: Option<Duration>,
    nonce: bool,
    alg: bool,
}

impl MessageSigner {
    /// Signs with HMAC as the key `id` with `secret`, a [`Secret`] or that of an issued key,
    /// which is used as the bytes that it is.
    #[must_use]
    pub fn new(id: impl Into<KeyId>, secret: &impl AsRef<Secret>) -> Self {
        Self::of(id.into(), Material::Hmac(HmacKey::new(HmacAlgorithm::Sha256, secret.as_ref())))
    }

    /// Signs with a private key, of `EdDSA`, `ES256`, `ES384` or `PS512`, or with one of
    /// `HS256`.
    ///
    /// # Errors
    /// When the key is of another algorithm, or public.
    #[cfg(feature = "jwt")]
    pub fn with_key(id: impl Into<KeyId>, key: JwtKey) -> Result<Self, UnusableKey> {
        let algorithm = MessageAlgorithm::of(&key).ok_or(UnusableKey::Algorithm)?;
        if !key.can_sign() {
            return Err(UnusableKey::Public);
        }
        Ok(Self::of(id.into(), Material::Key(key, algorithm)))
    }

    fn of(id: KeyId, material: Material) -> Self {
        let (components, label, tag, life) = (None, "sig1".into(), None, None);
        Self { id, material, components, label, tag, life, nonce: true, alg: false }
    }

    /// Covers these instead, and `content-digest` where there is a body.
    #[must_use]
    pub fn with_components(mut self, components: impl IntoIterator<Item = Component>) -> Self {
        self.components = Some(components.into_iter().collect());
        self
    }

    /// Names the signature: `sig1` without this. A label is a key of a structured field (RFC
    /// 8941, section 3.1.2); with another, nothing is signed.
    #[must_use]
    pub fn with_label(mut self, label: &str) -> Self {
        self.label = label.into();
        self
    }

    /// Says what the signature is for.
    #[must_use]
    pub fn with_tag(mut self, tag: &str) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// Says when the signature expires: so long after it was made, in whole seconds.
    #[must_use]
    pub const fn with_life(mut self, life: Duration) -> Self {
        self.life = Some(life);
        self
    }

    /// Sends no nonce.
    #[must_use]
    pub const fn without_nonce(mut self) -> Self {
        self.nonce = false;
        self
    }

    /// Names the algorithm too.
    #[must_use]
    pub const fn with_alg(mut self) -> Self {
        self.alg = true;
        self
    }

    /// The algorithm that it signs with.
    #[must_use]
    pub const fn algorithm(&self) -> MessageAlgorithm {
        self.material.algorithm()
    }

    /// Signs a request with this body at `now`.
    ///
    /// # Errors
    /// When the request names no host or two, is signed already, has a `Content-Digest` of
    /// another body, or lacks what is to be covered; when label, tag or key id cannot be
    /// written; and when the generator of nonces fails.
    pub fn sign(&self, head: &Parts, body: &[u8], now: Timestamp) -> Result<MessageHeaders, SignError> {
        if head.headers.contains_key(SIGNATURE) || head.headers.contains_key(SIGNATURE_INPUT) {
            return Err(SignError::AlreadySigned);
        }
        let digest = digest_to_add(head, body)?;
        let has_digest = digest.is_some() || head.headers.contains_key("content-digest");
        let components = self.components(head, has_digest);
        let line = self.line(&components, now)?;
        let source = WithDigest { headers: &head.headers, digest: digest.as_deref() };
        let message = Message { headers: &source, ..Message::outgoing(head)? };
        let base = base::build(&message, &components, &line).map_err(|_| SignError::InvalidHeader)?;
        let signature = self.material.sign(&base).ok_or(SignError::NoKey)?;
        let label = KeyRef::from_str(&self.label).map_err(|_| SignError::InvalidHeader)?;
        Ok(MessageHeaders {
            signature_input: format!("{label}={line}"),
            signature: format!("{label}=:{}:", base64::encode_standard(&signature)),
            content_digest: digest,
        })
    }

    fn components(&self, head: &Parts, has_digest: bool) -> Cow<'_, [Component]> {
        use Component::{Authority, Method, Path, Query};
        let field = |name: &str| Component::field(name).ok();
        let mut components = match &self.components {
            Some(chosen) if !has_digest || covers_field(chosen, "content-digest") => {
                return Cow::Borrowed(chosen);
            }
            Some(chosen) => chosen.clone(),
            None => {
                let mut usual = vec![Method, Authority, Path, Query];
                let present = ["content-type", "content-encoding"].into_iter();
                usual.extend(present.filter(|name| head.headers.contains_key(*name)).filter_map(field));
                usual
            }
        };
        if has_digest {
            components.extend(field("content-digest"));
        }
        Cow::Owned(components)
    }

    /// The parameters behind the list of components, as `Signature-Input` has them.
    fn line(&self, components: &[Component], now: Timestamp) -> Result<String, SignError> {
        let mut line = String::from("(");
        for (n, component) in components.iter().enumerate() {
            if n > 0 {
                line.push(' ');
            }
            if components.iter().take(n).any(|before| before == component) || !component.write(&mut line) {
                return Err(SignError::InvalidHeader);
            }
        }
        let created = now.as_unix_seconds();
        let expires = self.life.map(|life| now.saturating_add(life).as_unix_seconds());
        let last = expires.unwrap_or(created);
        if created < 0 || last < created || last > 999_999_999_999_999 {
            return Err(SignError::InvalidTime);
        }
        line.push_str(&format!(");created={created}"));
        if let Some(expires) = expires {
            line.push_str(&format!(";expires={expires}"));
        }
        let nonce = if self.nonce { Some(random::base64url::<16>()?) } else { None };
        let alg = self.alg.then(|| self.algorithm().name());
        let texts = [
            ("nonce", nonce.as_deref()),
            ("alg", alg),
            ("keyid", Some(self.id.as_str())),
            ("tag", self.tag.as_deref()),
        ];
        for (name, text) in texts {
            let Some(text) = text else { continue };
            let text = StringRef::from_str(text).map_err(|_| SignError::InvalidHeader)?;
            line.push_str(&format!(";{name}={}", ItemSerializer::new().bare_item(text).finish()));
        }
        Ok(line)
    }
}

/// The digest of a body that has none yet; one that is there must be of this body.
fn digest_to_add(head: &Parts, body: &[u8]) -> Result<Option<String>, SignError> {
    let mut lines = head.headers.get_all("content-digest").iter();
    match (lines.next(), lines.next()) {
        (None, _) if body.is_empty() => Ok(None),
        (None, _) => Ok(Some(ContentDigest::sha256(body).to_string())),
        (Some(held), None) => {
            let held = held.to_str().ok().and_then(|text| text.parse::<ContentDigest>().ok());
            if held.is_some_and(|held| held.matches(body)) { Ok(None) } else { Err(SignError::AmbiguousBody) }
        }
        (Some(_), Some(_)) => Err(SignError::AmbiguousBody),
    }
}

impl RequestSigner for MessageSigner {
    fn sign_request(&self, head: &mut Parts, body: &[u8], now: Timestamp) -> Result<(), SignError> {
        let signed = self.sign(head, body, now)?;
        signed.insert_into(&mut head.headers).map_err(|_| SignError::InvalidHeader)
    }
}

impl fmt::Debug for MessageSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageSigner")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm())
            .finish_non_exhaustive()
    }
}

/// The text that is signed for a request: no secret, for whoever must find out why two sides
/// disagree. `input` is what stands behind the label and its `=` in `Signature-Input`.
///
/// ```
/// use portcullis::message_signature::signature_base;
///
/// let (head, ()) = http::Request::get("https://example.com/foo?a=1").body(())?.into_parts();
/// let base = signature_base(&head, r#"("@method" "@path");created=1618884473;keyid="k""#)?;
/// assert_eq!(
///     base,
///     "\"@method\": GET\n\"@path\": /foo\n\
///      \"@signature-params\": (\"@method\" \"@path\");created=1618884473;keyid=\"k\"",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the text cannot be read, and when the request names no host, or lacks what is covered.
pub fn signature_base(head: &Parts, input: &str) -> Result<String, SignError> {
    let read = structured::list(input.as_bytes(), Version::Rfc8941);
    let Some([sfv::ListEntry::InnerList(list)]) = read.as_deref() else {
        return Err(SignError::InvalidHeader);
    };
    let components: Option<Vec<_>> = list.items.iter().map(Component::read).collect();
    let components = components.ok_or(SignError::InvalidHeader)?;
    let line = sfv::FieldType::serialize(&vec![sfv::ListEntry::InnerList(list.clone())]);
    let line = line.ok_or(SignError::InvalidHeader)?;
    base::build(&Message::outgoing(head)?, &components, &line).map_err(|_| SignError::InvalidHeader)
}
