//! Whether a token is what a policy expects.

use super::JwtPolicy;
use crate::jwt::claims::Claims;
use crate::jwt::header::{Header, media_type};
use crate::jwt::wanted::Needs;
use crate::{Reason, Timestamp};

impl JwtPolicy {
    pub(in crate::jwt) fn check_header(&self, header: &Header<'_>) -> Result<(), Reason> {
        let is_understood = |name: &str| self.understood.iter().any(|understood| **understood == *name);
        if !header.critical.iter().all(|name| is_understood(name)) {
            return Err(Reason::InvalidCredential);
        }
        let is_expected = |typ: &str| {
            let typ = media_type(typ);
            self.types.iter().any(|expected| !expected.is_empty() && typ.eq_ignore_ascii_case(expected))
        };
        if self.types.is_empty() || header.typ.as_deref().is_some_and(is_expected) {
            Ok(())
        } else {
            Err(Reason::InvalidCredential)
        }
    }

    /// Checks claims that were read with regard to `needs`.
    pub(in crate::jwt) fn check_claims(
        &self,
        claims: &Claims,
        payload: &str,
        needs: Needs,
        now: Timestamp,
    ) -> Result<(), Reason> {
        self.check_times(claims, now)?;
        if self.too_many || !claims.seen.has(needs) {
            return Err(Reason::MissingClaim);
        }
        if !self.issuers.is_empty() {
            let issuer = claims.issuer.as_ref().ok_or(Reason::MissingClaim)?.text(payload);
            if !is_one_of(&self.issuers, issuer) {
                return Err(Reason::InvalidClaim);
            }
        }
        if !self.audiences.is_empty() {
            let audience = claims.audience.as_ref().ok_or(Reason::MissingClaim)?.parts();
            if !audience.iter().any(|part| is_one_of(&self.audiences, part.text(payload))) {
                return Err(Reason::InvalidClaim);
            }
        }
        if let Some(expected) = &self.subject {
            let subject = claims.subject.as_ref().ok_or(Reason::MissingClaim)?.text(payload);
            if expected.is_empty() || **expected != *subject {
                return Err(Reason::InvalidClaim);
            }
        }
        Ok(())
    }

    fn check_times(&self, claims: &Claims, now: Timestamp) -> Result<(), Reason> {
        let end = claims.expires_at.map(|end| end.saturating_add(self.leeway));
        match end {
            None if self.needs_exp => return Err(Reason::MissingClaim),
            Some(end) if now >= end => return Err(Reason::Expired),
            _ => {}
        }
        let latest = now.saturating_add(self.leeway);
        for start in [claims.not_before, claims.issued_at].into_iter().flatten() {
            if start > latest {
                return Err(Reason::NotYetValid);
            }
            // A token that ends before it begins is nobody's; the leeway alone could let it pass.
            if end.is_some_and(|end| start > end) {
                return Err(Reason::InvalidClaim);
            }
        }
        if let Some(longest) = self.longest_life {
            let (Some(start), Some(end)) = (claims.issued_at, claims.expires_at) else {
                return Err(Reason::MissingClaim);
            };
            if end > start.saturating_add(longest) {
                return Err(Reason::LifetimeTooLong);
            }
        }
        if let Some(greatest) = self.greatest_age {
            let start = claims.issued_at.ok_or(Reason::MissingClaim)?;
            if now > start.saturating_add(greatest).saturating_add(self.leeway) {
                return Err(Reason::Expired);
            }
        }
        Ok(())
    }
}

/// Whether `text` is expected. An empty expectation is one that was forgotten: no token meets
/// it.
fn is_one_of(expected: &[Box<str>], text: &str) -> bool {
    !text.is_empty() && expected.iter().any(|expected| **expected == *text)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::jwt::JwtAlgorithm;

    const NOW: Timestamp = Timestamp::from_unix_seconds(1000);

    fn check(policy: &JwtPolicy, payload: &str) -> Result<(), Reason> {
        let mut claims = Claims::default();
        claims.read(payload, policy.wanted()).expect("claims");
        policy.check_claims(&claims, payload, policy.needs(), NOW)
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
            let header = Header { algorithm: JwtAlgorithm::Hs256, kid: None, typ, critical: vec![] };
            for wanted in ["at+jwt", "application/AT+jwt"] {
                let policy = JwtPolicy::new().with_type(wanted);
                assert_eq!(policy.check_header(&header).is_ok(), expected, "{held:?}");
            }
            assert!(JwtPolicy::new().check_header(&header).is_ok());
        }
    }

    #[test]
    fn a_token_that_ends_before_it_begins_is_refused_whatever_the_leeway() {
        let policy = JwtPolicy::new().with_leeway(Duration::from_secs(60));
        for (payload, expected) in [
            (r#"{"exp":941,"iat":1000}"#, Ok(())),
            (r#"{"exp":941,"iat":1001}"#, Ok(())),
            (r#"{"exp":941,"iat":1002}"#, Err(Reason::InvalidClaim)),
            (r#"{"exp":941,"nbf":1002}"#, Err(Reason::InvalidClaim)),
            (r#"{"exp":2000,"nbf":990,"iat":1000}"#, Ok(())),
        ] {
            assert_eq!(check(&policy, payload), expected, "{payload}");
        }
    }

    #[test]
    fn a_greatest_age_counts_from_when_the_token_was_issued() {
        let policy = JwtPolicy::new().with_max_age(Duration::from_secs(100));
        let lenient = policy.clone().with_leeway(Duration::from_secs(60));
        for (payload, expected, with_leeway) in [
            (r#"{"exp":2000,"iat":900}"#, Ok(()), Ok(())),
            (r#"{"exp":2000,"iat":899.5}"#, Err(Reason::Expired), Ok(())),
            (r#"{"exp":2000,"iat":839}"#, Err(Reason::Expired), Err(Reason::Expired)),
            (r#"{"exp":2000}"#, Err(Reason::MissingClaim), Err(Reason::MissingClaim)),
        ] {
            let both = (check(&policy, payload), check(&lenient, payload));
            assert_eq!(both, (expected, with_leeway), "{payload}");
        }
    }

    #[test]
    fn an_empty_expectation_is_never_met() {
        let any = JwtPolicy::new().dangerous_without_exp();
        let empty = r#"{"iss":"","sub":"","aud":["",""]}"#;
        assert_eq!(check(&any, empty), Ok(()));
        for policy in
            [any.clone().with_issuer(""), any.clone().with_audience(""), any.clone().with_subject("")]
        {
            assert_eq!(check(&policy, empty), Err(Reason::InvalidClaim), "{policy:?}");
        }
        let many = (0..65).fold(any, |policy, n| policy.require_claim(&n.to_string()));
        let members: Vec<_> = (0..65).map(|n| format!(r#""{n}":0"#)).collect();
        assert_eq!(check(&many, &format!("{{{}}}", members.join(","))), Err(Reason::MissingClaim));
    }

    #[test]
    fn an_access_token_has_the_claims_of_rfc_9068() {
        let policy = JwtPolicy::access_token("i", "a");
        let all = r#"{"iss":"i","aud":"a","sub":"s","client_id":"c","jti":"j","iat":1,"exp":2000}"#;
        assert_eq!(check(&policy, all), Ok(()));
        for claim in [
            r#""iss":"i","#,
            r#""aud":"a","#,
            r#""sub":"s","#,
            r#""client_id":"c","#,
            r#""jti":"j","#,
            r#""iat":1,"#,
            r#","exp":2000"#,
        ] {
            let without = all.replace(claim, "");
            assert_ne!(without, all, "{claim}");
            assert_eq!(check(&policy, &without), Err(Reason::MissingClaim), "{claim}");
        }
        for client in ["7", "null", r#"["c"]"#] {
            let other = all.replace(r#""c""#, client);
            assert_eq!(check(&policy, &other), Err(Reason::MissingClaim), "{client}");
        }
        for (from, to) in [(r#""i""#, r#""I""#), (r#""a""#, r#""b""#)] {
            assert_eq!(check(&policy, &all.replace(from, to)), Err(Reason::InvalidClaim), "{to}");
        }
    }

    #[test]
    fn what_is_critical_is_understood_or_refused() {
        let header = |critical: &[&'static str]| Header {
            algorithm: JwtAlgorithm::Hs256,
            kid: None,
            typ: None,
            critical: critical.iter().map(|name| (*name).into()).collect(),
        };
        let policy = JwtPolicy::new().understand_critical("exp").and_then(|it| it.understand_critical("a"));
        let policy = policy.expect("policy");
        for (critical, expected) in
            [(&["exp"][..], true), (&["a", "exp"], true), (&["a", "b"], false), (&["Exp"], false)]
        {
            assert_eq!(policy.check_header(&header(critical)).is_ok(), expected, "{critical:?}");
            assert!(JwtPolicy::new().check_header(&header(critical)).is_err(), "{critical:?}");
        }
    }
}
