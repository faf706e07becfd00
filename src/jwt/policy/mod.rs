//! What a verifier asks of a token.

mod checks;
mod error;

use std::time::Duration;

use super::header::{is_registered, media_type};
use super::wanted::{Needs, Wanted};

pub use error::JwtPolicyError;

/// What is asked of a token besides a good signature.
///
/// An expectation makes its claim required. By default `exp` is required, clocks are
/// taken to agree, and tokens are at most 8 KiB long. `nbf` and `iat` are not required,
/// and where they are there they must not lie in the future, nor behind `exp`.
///
/// ```
/// use portcullis::jwt::JwtPolicy;
/// use std::time::Duration;
///
/// let policy = JwtPolicy::new()
///     .with_issuer("https://issuer.example")
///     .with_audience("https://api.example")
///     .with_type("at+jwt")
///     .with_leeway(Duration::from_secs(30))
///     .require_claim("client_id");
/// assert_eq!(policy.check(), Ok(()));
/// ```
#[derive(Clone, Debug)]
pub struct JwtPolicy {
    issuers: Vec<Box<str>>,
    audiences: Vec<Box<str>>,
    subject: Option<Box<str>>,
    types: Vec<Box<str>>,
    understood: Vec<Box<str>>,
    leeway: Duration,
    longest_life: Option<Duration>,
    greatest_age: Option<Duration>,
    needs_exp: bool,
    wanted: Wanted,
    needs: Needs,
    too_many: bool,
    longest_token: usize,
    longest_header: usize,
}

impl Default for JwtPolicy {
    fn default() -> Self {
        Self::new()
    }
}

impl JwtPolicy {
    /// The defaults.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            issuers: Vec::new(),
            audiences: Vec::new(),
            subject: None,
            types: Vec::new(),
            understood: Vec::new(),
            leeway: Duration::ZERO,
            longest_life: None,
            greatest_age: None,
            needs_exp: true,
            wanted: Wanted::new(),
            needs: Needs::none(),
            too_many: false,
            longest_token: 8 * 1024,
            longest_header: 4 * 1024,
        }
    }

    /// What RFC 9068, section 4, asks of an access token: the type `at+jwt`, this issuer,
    /// this audience, and the claims `exp`, `sub`, `client_id`, `iat` and `jti` (section
    /// 2.2), of which `sub`, `client_id` and `jti` are texts.
    ///
    /// ```
    /// use portcullis::jwt::JwtPolicy;
    /// use std::time::Duration;
    ///
    /// let policy = JwtPolicy::access_token("https://login.example", "https://api.example")
    ///     .with_max_lifetime(Duration::from_secs(3600));
    /// # let _ = policy;
    /// ```
    #[must_use]
    pub fn access_token(issuer: &str, audience: &str) -> Self {
        Self::new()
            .with_type("at+jwt")
            .with_issuer(issuer)
            .with_audience(audience)
            .require_text("sub")
            .require_text("client_id")
            .require_text("jti")
            .require_claim("iat")
    }

    /// Expects this issuer and no other: `iss`, to the letter (RFC 7519, section 4.1.1).
    #[must_use]
    pub fn with_issuer(mut self, issuer: &str) -> Self {
        self.issuers.clear();
        self.add_issuer(issuer)
    }

    /// Accepts this issuer too, with the same keys. Issuers with keys of their own are
    /// [`JwtIssuers`](super::JwtIssuers).
    #[must_use]
    pub fn add_issuer(mut self, issuer: &str) -> Self {
        self.issuers.push(issuer.into());
        self
    }

    /// Expects this audience to be among those of the token: `aud`, to the letter (RFC 7519,
    /// section 4.1.3).
    #[must_use]
    pub fn with_audience(mut self, audience: &str) -> Self {
        self.audiences.clear();
        self.add_audience(audience)
    }

    /// Accepts tokens for this audience too.
    #[must_use]
    pub fn add_audience(mut self, audience: &str) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Expects tokens about this subject and no other: `sub`, to the letter (RFC 7519,
    /// section 4.1.2).
    #[must_use]
    pub fn with_subject(mut self, subject: &str) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Expects this type in the header's `typ`, so that no other kind of token passes
    /// for it (RFC 8725, section 3.11). Case does not matter, nor does a leading
    /// `application/` (RFC 7515, section 4.1.9).
    #[must_use]
    pub fn with_type(mut self, typ: &str) -> Self {
        self.types.clear();
        self.add_type(typ)
    }

    /// Accepts this type too.
    #[must_use]
    pub fn add_type(mut self, typ: &str) -> Self {
        self.types.push(media_type(typ).into());
        self
    }

    /// Says that the application understands a header parameter that a token may name in
    /// `crit` (RFC 7515, section 4.1.11). Without this, such a token is refused.
    ///
    /// Whoever says so has to do what the parameter means: its value is in
    /// [`VerifiedToken::critical_header`](super::VerifiedToken::critical_header).
    ///
    /// # Errors
    /// When it is a parameter of the specifications themselves, which `crit` may not name;
    /// `b64` (RFC 7797) among them, for no unencoded payload is read here.
    pub fn understand_critical(mut self, parameter: &str) -> Result<Self, JwtPolicyError> {
        if parameter.is_empty() || is_registered(parameter) {
            return Err(JwtPolicyError::NotCritical);
        }
        self.understood.push(parameter.into());
        Ok(self)
    }

    /// How far the issuer's clock may be off.
    #[must_use]
    pub const fn with_leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Refuses tokens that live longer than this, from `iat` to `exp`; both are required
    /// then.
    #[must_use]
    pub const fn with_max_lifetime(mut self, longest: Duration) -> Self {
        self.longest_life = Some(longest);
        self
    }

    /// Refuses tokens that were issued longer ago than this, whatever their `exp` says;
    /// `iat` is required then.
    #[must_use]
    pub const fn with_max_age(mut self, greatest: Duration) -> Self {
        self.greatest_age = Some(greatest);
        self
    }

    /// Requires a claim of this name with whatever value but null. At most 64 claims can be
    /// required.
    #[must_use]
    pub fn require_claim(self, name: &str) -> Self {
        self.require(name, false)
    }

    fn require_text(self, name: &str) -> Self {
        self.require(name, true)
    }

    fn require(mut self, name: &str, text: bool) -> Self {
        match self.wanted.add(name) {
            Some(bit) => self.needs.add(bit, text),
            None => self.too_many = true,
        }
        self
    }

    /// Refuses longer tokens before anything else is looked at.
    #[must_use]
    pub const fn with_max_token_len(mut self, bytes: usize) -> Self {
        self.longest_token = bytes;
        self
    }

    /// Refuses tokens with a longer header, as it is encoded, before it is decoded: 4 KiB by
    /// default.
    #[must_use]
    pub const fn with_max_header_len(mut self, bytes: usize) -> Self {
        self.longest_header = bytes;
        self
    }

    /// Accepts tokens without `exp`. Such a token is valid until its key is replaced:
    /// whoever gets hold of it keeps it.
    #[must_use]
    pub fn dangerous_without_exp(mut self) -> Self {
        crate::trace::danger("jwt: tokens without exp");
        self.needs_exp = false;
        self
    }

    /// Whether there can be a token that meets this policy. One that is checked all the same
    /// refuses every token: an empty issuer, say, is never the issuer of a token.
    ///
    /// ```
    /// use portcullis::jwt::{JwtPolicy, JwtPolicyError};
    ///
    /// let forgotten = JwtPolicy::new().with_audience("");
    /// assert_eq!(forgotten.check(), Err(JwtPolicyError::EmptyExpectation));
    /// ```
    ///
    /// # Errors
    /// What makes no sense in it.
    pub fn check(&self) -> Result<(), JwtPolicyError> {
        let texts = [&self.issuers, &self.audiences, &self.types].into_iter().flatten().map(|text| &**text);
        if texts.chain(self.subject.as_deref()).chain(self.wanted.names()).any(str::is_empty) {
            return Err(JwtPolicyError::EmptyExpectation);
        }
        if [self.longest_life, self.greatest_age].contains(&Some(Duration::ZERO)) {
            return Err(JwtPolicyError::NoTime);
        }
        if self.too_many { Err(JwtPolicyError::TooManyClaims) } else { Ok(()) }
    }

    pub(super) const fn longest_token(&self) -> usize {
        self.longest_token
    }

    pub(super) const fn longest_header(&self) -> usize {
        self.longest_header
    }

    pub(super) const fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    pub(super) const fn needs(&self) -> Needs {
        self.needs
    }

    #[cfg(feature = "introspection")]
    pub(super) const fn expects_type(&self) -> bool {
        !self.types.is_empty()
    }

    pub(super) fn issuers(&self) -> &[Box<str>] {
        &self.issuers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_no_token_meets_is_told_from_others() {
        let new = JwtPolicy::new;
        for (policy, expected) in [
            (new(), Ok(())),
            (JwtPolicy::access_token("i", "a").with_max_age(Duration::from_secs(1)), Ok(())),
            (new().with_issuer(""), Err(JwtPolicyError::EmptyExpectation)),
            (new().with_audience("a").add_audience(""), Err(JwtPolicyError::EmptyExpectation)),
            (new().with_subject(""), Err(JwtPolicyError::EmptyExpectation)),
            (new().with_type("application/"), Err(JwtPolicyError::EmptyExpectation)),
            (new().require_claim(""), Err(JwtPolicyError::EmptyExpectation)),
            (new().with_max_age(Duration::ZERO), Err(JwtPolicyError::NoTime)),
            (new().with_max_lifetime(Duration::ZERO), Err(JwtPolicyError::NoTime)),
            ((0..64).fold(new(), |policy, n| policy.require_claim(&n.to_string())), Ok(())),
            (
                (0..65).fold(new(), |policy, n| policy.require_claim(&n.to_string())),
                Err(JwtPolicyError::TooManyClaims),
            ),
        ] {
            assert_eq!(policy.check(), expected, "{policy:?}");
        }
    }

    #[test]
    fn what_the_specifications_define_cannot_be_understood_as_critical() {
        for name in ["", "alg", "kid", "crit", "zip", "b64", "x5t#S256"] {
            let refused = JwtPolicy::new().understand_critical(name).map(drop);
            assert_eq!(refused, Err(JwtPolicyError::NotCritical), "{name}");
        }
        assert!(JwtPolicy::new().understand_critical("exp").is_ok());
    }
}
