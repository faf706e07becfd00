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
    pub fn dangerous_without_exp(mut self) -> Self {
        crate::trace::danger("jwt: tokens without exp");
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_seconds(1000);

    fn check(policy: &JwtPolicy, payload: &str) -> Result<(), Reason> {
        let mut claims = Claims::default();
        claims.read(payload, policy.required()).expect("claims");
        policy.check_claims(&claims, payload, NOW)
    }

    #[test]
    fn the_ends_of_a_life_are_exact() {
        let strict = JwtPolicy::new();
        let lenient = JwtPolicy::new().with_leeway(Duration::from_secs(60));
        for (payload, expected, with_leeway) in [
            (r#"{"exp":1000.001}"#, Ok(()), Ok(())),
            (r#"{"exp":1000}"#, Err(Reason::Expired), Ok(())),
            (r#"{"exp":941}"#, Err(Reason::Expired), Ok(())),
            (r#"{"exp":940}"#, Err(Reason::Expired), Err(Reason::Expired)),
            (r#"{"exp":2000,"nbf":1000,"iat":1000}"#, Ok(()), Ok(())),
            (r#"{"exp":2000,"nbf":1060}"#, Err(Reason::NotYetValid), Ok(())),
            (r#"{"exp":2000,"iat":1060}"#, Err(Reason::NotYetValid), Ok(())),
            (r#"{"exp":2000,"nbf":1061}"#, Err(Reason::NotYetValid), Err(Reason::NotYetValid)),
            (r#"{"exp":2000,"iat":1061}"#, Err(Reason::NotYetValid), Err(Reason::NotYetValid)),
            ("{}", Err(Reason::MissingClaim), Err(Reason::MissingClaim)),
        ] {
            assert_eq!(
                (check(&strict, payload), check(&lenient, payload)),
                (expected, with_leeway),
                "{payload}"
            );
        }
        assert_eq!(check(&JwtPolicy::new().dangerous_without_exp(), "{}"), Ok(()));
        assert_eq!(check(&JwtPolicy::new().dangerous_without_exp(), r#"{"exp":1}"#), Err(Reason::Expired));
        let forever = JwtPolicy::new().with_leeway(Duration::MAX);
        assert_eq!(check(&forever, r#"{"exp":0,"nbf":253402300799}"#), Ok(()));
    }

    #[test]
    fn a_longest_life_needs_both_its_ends() {
        let policy = JwtPolicy::new().dangerous_without_exp().with_max_lifetime(Duration::from_secs(100));
        for (payload, expected) in [
            (r#"{"iat":990,"exp":1090}"#, Ok(())),
            (r#"{"iat":990,"exp":1090.5}"#, Err(Reason::LifetimeTooLong)),
            (r#"{"exp":1090}"#, Err(Reason::MissingClaim)),
            (r#"{"iat":990}"#, Err(Reason::MissingClaim)),
        ] {
            assert_eq!(check(&policy, payload), expected, "{payload}");
        }
    }

    #[test]
    fn an_expectation_makes_its_claim_required() {
        let any = JwtPolicy::new().dangerous_without_exp();
        let issuer = any.clone().with_issuer("x").with_issuer("a").add_issuer("b");
        let audience = any.clone().with_audience("x").with_audience("a").add_audience("b");
        let claim = any.require_claim("c").require_claim("c");
        for (policy, payload, expected) in [
            (&issuer, r#"{"iss":"b"}"#, Ok(())),
            (&issuer, r#"{"iss":"x"}"#, Err(Reason::InvalidClaim)),
            (&issuer, r#"{"iss":"A"}"#, Err(Reason::InvalidClaim)),
            (&issuer, r#"{"aud":"a"}"#, Err(Reason::MissingClaim)),
            (&audience, r#"{"aud":["x","b"]}"#, Ok(())),
            (&audience, r#"{"aud":"a"}"#, Ok(())),
            (&audience, r#"{"aud":"a,b"}"#, Err(Reason::InvalidClaim)),
            (&audience, r#"{"aud":[]}"#, Err(Reason::InvalidClaim)),
            (&audience, r#"{"iss":"a"}"#, Err(Reason::MissingClaim)),
            (&claim, r#"{"c":0}"#, Ok(())),
            (&claim, r#"{"c":null}"#, Err(Reason::MissingClaim)),
            (&claim, r#"{"d":{"c":1}}"#, Err(Reason::MissingClaim)),
        ] {
            assert_eq!(check(policy, payload), expected, "{payload}");
        }
    }

    #[test]
    fn a_type_is_compared_as_a_media_type() {
        for (held, expected) in [
            (Some("at+jwt"), true),
            (Some("AT+JWT"), true),
            (Some("Application/at+JWT"), true),
            (Some("application/application/at+jwt"), false),
            (Some("JWT"), false),
            (Some(""), false),
            (None, false),
        ] {
            let typ = held.map(Into::into);
            let header = Header { algorithm: crate::jwt::JwtAlgorithm::Hs256, kid: None, typ };
            for wanted in ["at+jwt", "application/AT+jwt"] {
                let policy = JwtPolicy::new().with_type(wanted);
                assert_eq!(policy.check_header(&header).is_ok(), expected, "{held:?}");
            }
            assert!(JwtPolicy::new().check_header(&header).is_ok());
        }
    }
}
