//! Building an authenticator.

use std::sync::Arc;
use std::time::Duration;

use super::component::Component;
use super::message::plain;
use super::presented::Choice;
use super::profile::SignedBody;
use super::settings::{Bodies, Nonce, Settings};
use super::{MessageKey, MessageSignatureAuthenticator};
use crate::store::signing::{SafeRepeats, Signing};
use crate::{KeyStore, NonceStore, Realm};

impl<K: KeyStore, N: NonceStore> MessageSignatureAuthenticator<K, N> {
    /// Verifies HMACs with the keys of the default realm, and claims nonces in `nonces`.
    #[must_use]
    pub fn new(keys: K, nonces: N) -> Self {
        let (signing, settings) = (Signing::new(keys, nonces), Settings::default());
        Self { signing, settings, fixed: Arc::from([]) }
    }

    /// Looks keys up in another realm.
    #[must_use]
    pub fn with_realm(mut self, realm: Realm) -> Self {
        self.signing.realm = realm;
        self
    }

    /// Verifies with these keys too. They come before those of the store: an id that both know
    /// means the one that is given here, and of two with the same id the first counts.
    #[must_use]
    pub fn with_keys(mut self, keys: impl IntoIterator<Item = MessageKey<K::Principal>>) -> Self {
        self.fixed = keys.into_iter().collect();
        self
    }

    /// Accepts only requests for these hosts, each with its port where it has one. Without
    /// this, a signature counts for whatever host the request names, and one that was made for
    /// another service with the same keys counts here.
    #[must_use]
    pub fn with_authorities<'h>(mut self, authorities: impl IntoIterator<Item = &'h str>) -> Self {
        let scheme = self.settings.scheme;
        let authorities = authorities.into_iter().map(|held| plain(held, scheme).into_boxed_str());
        self.settings.authorities = Some(authorities.collect());
        self
    }

    /// Says what clients call the service by, `https` or `http`, where a proxy takes TLS off:
    /// then the request does not say it. It decides about `@scheme`, `@target-uri`, and which
    /// port an authority does without. Say so before
    /// [`with_authorities`](Self::with_authorities).
    #[must_use]
    pub const fn with_scheme(mut self, scheme: &'static str) -> Self {
        self.settings.scheme = Some(scheme);
        self
    }

    /// Of several signatures, checks the one with this label, whatever the others are.
    #[must_use]
    pub fn with_label(mut self, label: &str) -> Self {
        self.settings.choice = Choice::Label(label.into());
        self
    }

    /// Asks for this `tag`, which says what a signature is for. Of several signatures, the one
    /// with it is checked, unless a label says which.
    #[must_use]
    pub fn with_tag(mut self, tag: &str) -> Self {
        if !matches!(self.settings.choice, Choice::Label(_)) {
            self.settings.choice = Choice::Tag(tag.into());
        }
        self.settings.tag = Some(tag.into());
        self
    }

    /// What a signature must cover always: `@method`, `@authority`, `@path` and `@query`
    /// without this. What contains a part covers it, as `@target-uri` does the last three.
    ///
    /// Whatever is not covered can be changed by anybody on the way.
    #[must_use]
    pub fn with_required_components(mut self, components: impl IntoIterator<Item = Component>) -> Self {
        self.settings.profile.always = components.into_iter().collect();
        self
    }

    /// Which header fields, named in lower case, a signature must cover where a request has
    /// them: `content-type` and `content-encoding` without this.
    #[must_use]
    pub fn with_required_where_present<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Self {
        self.settings.profile.where_present = names.into_iter().map(Into::into).collect();
        self
    }

    /// Accepts bodies that no `Content-Digest` is signed of. Whoever captures such a request
    /// can send it with another body.
    #[must_use]
    pub fn dangerous_accept_unsigned_bodies(mut self) -> Self {
        crate::trace::danger("message signatures: unsigned bodies");
        self.settings.profile.body = SignedBody::IfSigned;
        self
    }

    /// Reads a body as a whole, up to the layer's limit, and checks it before the handler is
    /// called: a wrong one is then a 401 and uses no nonce up. Without this the handler reads it
    /// while it is checked, and a wrong one ends in an error; see [`guard`](crate::guard).
    #[must_use]
    pub const fn buffer_bodies(mut self) -> Self {
        self.settings.bodies = Bodies::Whole;
        self
    }

    /// How long a signature counts from `created` on, in whole seconds: 300 s without this.
    /// `expires` can only make it shorter.
    #[must_use]
    pub const fn with_max_age(mut self, age: Duration) -> Self {
        self.settings.max_age = age;
        self
    }

    /// How far `created` may lie in the future, in whole seconds: 60 s without this.
    #[must_use]
    pub const fn with_max_skew(mut self, skew: Duration) -> Self {
        self.settings.max_skew = skew;
        self
    }

    /// Asks for a nonce. Without this, a signature may do without.
    #[must_use]
    pub const fn require_nonce(mut self) -> Self {
        self.settings.nonce = Nonce::Required;
        self
    }

    /// Refuses repeats of GET and HEAD too that have no nonce.
    #[must_use]
    pub const fn refuse_safe_repeats(mut self) -> Self {
        self.signing.safe_repeats = SafeRepeats::Refuse;
        self
    }
}
