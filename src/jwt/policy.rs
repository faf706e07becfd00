//! What a verifier asks of a token.

use std::time::Duration;

use super::claims::Claims;
use super::header::Header;
use crate::{Reason, Timestamp};

/// What is asked of a token besides a good signature.
///
/// An expectation makes its claim required. By default `exp` is required, clocks are
/// taken to agree, and tokens are at most 8 KiB long. `nbf` and `iat` are not required,
/// and where they are there they must not lie in the future.
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
/// # let _ = policy;
/// ```
#[derive(Clone, Debug)]
pub struct JwtPolicy {
    issuers: Vec<Box<str>>,
    audiences: Vec<Box<str>>,
    typ: Option<Box<str>>,
    leeway: Duration,
    longest_life: Option<Duration>,
    needs_exp: bool,
    required: Vec<Box<str>>,
    longest_token: usize,
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
            typ: None,
            leeway: Duration::ZERO,
            longest_life: None,
            needs_exp: true,
            required: Vec::new(),
            longest_token: 8 * 1024,
        }
    }

    /// Expects this issuer and no other: `iss`, to the letter.
    #[must_use]
    pub fn with_issuer(mut self, issuer: &str) -> Self {
        self.issuers.clear();
        self.add_issuer(issuer)
    }

    /// Accepts this issuer too.
    #[must_use]
    pub fn add_issuer(mut self, issuer: &str) -> Self {
        self.issuers.push(issuer.into());
        self
    }

    /// Expects this audience to be among those of the token: `aud`, to the letter.
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

    /// Expects this type in the header's `typ`, so that no other kind of token passes
    /// for it (RFC 8725, section 3.11). Case does not matter, nor does a leading
    /// `application/` (RFC 7515, section 4.1.9).
    #[must_use]
    pub fn with_type(mut self, typ: &str) -> Self {
        self.typ = Some(media_type(typ).into());
        self
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

    /// Requires a claim of this name with whatever value but null.
    #[must_use]
    pub fn require_claim(mut self, name: &str) -> Self {
        if !self.required.iter().any(|held| **held == *name) {
            self.required.push(name.into());
        }
        self
    }

    /// Refuses longer tokens before anything else is looked at.
    #[must_use]
    pub const fn with_max_token_len(mut self, bytes: usize) -> Self {
        self.longest_token = bytes;
        self
    }

    /// Accepts tokens without `exp`. Such a token is valid until its key is replaced:
    /// whoever gets hold of it keeps it.
    #[must_use]
    pub const fn dangerous_without_exp(mut self) -> Self {
        self.needs_exp = false;
        self
    }

    pub(super) const fn longest_token(&self) -> usize {
        self.longest_token
    }

    pub(super) fn required(&self) -> &[Box<str>] {
        &self.required
    }

    pub(super) fn check_header(&self, header: &Header<'_>) -> Result<(), Reason> {
        let Some(expected) = &self.typ else { return Ok(()) };
        let agrees = header.typ.as_ref().is_some_and(|typ| media_type(typ).eq_ignore_ascii_case(expected));
        if agrees { Ok(()) } else { Err(Reason::InvalidCredential) }
    }

    pub(super) fn check_claims(&self, claims: &Claims, payload: &str, now: Timestamp) -> Result<(), Reason> {
        self.check_times(claims, now)?;
        if claims.asked_for < self.required.len() {
            return Err(Reason::MissingClaim);
        }
        if !self.issuers.is_empty() {
            let issuer = claims.issuer.as_ref().ok_or(Reason::MissingClaim)?.text(payload);
            if !self.issuers.iter().any(|expected| **expected == *issuer) {
                return Err(Reason::InvalidClaim);
            }
        }
        if !self.audiences.is_empty() {
            let audience = claims.audience.as_ref().ok_or(Reason::MissingClaim)?.parts();
            let is_ours = |text: &str| self.audiences.iter().any(|expected| **expected == *text);
            if !audience.iter().any(|part| is_ours(part.text(payload))) {
                return Err(Reason::InvalidClaim);
            }
        }
        Ok(())
    }

    fn check_times(&self, claims: &Claims, now: Timestamp) -> Result<(), Reason> {
        match claims.expires_at {
            None if self.needs_exp => return Err(Reason::MissingClaim),
            Some(end) if now >= end.saturating_add(self.leeway) => return Err(Reason::Expired),
            _ => {}
        }
        let latest = now.saturating_add(self.leeway);
        if [claims.not_before, claims.issued_at].into_iter().flatten().any(|start| start > latest) {
            return Err(Reason::NotYetValid);
        }
        if let Some(longest) = self.longest_life {
            let (Some(start), Some(end)) = (claims.issued_at, claims.expires_at) else {
                return Err(Reason::MissingClaim);
            };
            if end > start.saturating_add(longest) {
                return Err(Reason::LifetimeTooLong);
            }
        }
        Ok(())
    }
}

/// A media type without the `application/` that `typ` may leave out.
fn media_type(typ: &str) -> &str {
    const PREFIX: &str = "application/";
    match typ.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        _ => typ,
    }
}
