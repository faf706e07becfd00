//! What an issuer says of a token, read strictly (RFC 7662, section 2.2).

use std::fmt;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Response, StatusCode};
use serde::de::{Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::IntrospectionError;
use crate::jwt::json::{self, Names, PassOver, Text};
use crate::jwt::{JwtPolicy, VerifiedToken};

/// The claims of a token that is active; none of one that is not.
pub(super) fn read(
    answer: Response<Bytes>,
    longest: usize,
    policy: &JwtPolicy,
) -> Result<Option<VerifiedToken>, IntrospectionError> {
    if answer.status() != StatusCode::OK {
        return Err(IntrospectionError::Status(answer.status().as_u16()));
    }
    if answer.body().len() > longest || !is_json(&answer) {
        return Err(IntrospectionError::Unreadable);
    }
    let text = std::str::from_utf8(answer.body()).map_err(|_| IntrospectionError::Unreadable)?;
    if !json::read(text, ActiveVisitor).map_err(|_| IntrospectionError::Unreadable)? {
        return Ok(None);
    }
    let mut token = VerifiedToken::new(text.to_owned());
    let claims = token.claims.read(&token.payload, policy.wanted());
    claims.map_err(|_| IntrospectionError::Unreadable)?;
    Ok(Some(token))
}

/// Whether there is one `Content-Type`, and it is `application/json`.
fn is_json(answer: &Response<Bytes>) -> bool {
    let mut types = answer.headers().get_all(CONTENT_TYPE).iter();
    let (Some(one), None) = (types.next(), types.next()) else { return false };
    let essence = one.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(b"application/json")
}

/// Reads `active`, which must be there and be `true` or `false`; and whether what is active
/// is an access token, as far as that is said.
struct ActiveVisitor;

impl<'de> Visitor<'de> for ActiveVisitor {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer about a token")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut active = None;
        let (mut token_use, mut token_type) = (None, None);
        let mut names = Names::new();
        while let Some(name) = map.next_key_seed(Text)? {
            if name == "active" {
                json::once(&mut active, map.next_value::<bool>()?)?;
            } else if name == "token_use" {
                json::once(&mut token_use, map.next_value::<&RawValue>()?)?;
            } else if name == "token_type" {
                json::once(&mut token_type, map.next_value::<&RawValue>()?)?;
            } else {
                names.add(name)?;
                map.next_value_seed(PassOver::member())?;
            }
        }
        let active =
            active.ok_or_else(|| A::Error::custom("an answer that does not say whether the token is active"));
        let is_for_access = token_use.is_none_or(|said| is_any_of(said, &["access_token"], str::eq))
            && token_type.is_none_or(|said| is_any_of(said, &["bearer", "dpop"], str::eq_ignore_ascii_case));
        Ok(active? && is_for_access)
    }
}

/// Whether a value is one of these texts. A value of another type is none.
fn is_any_of(said: &RawValue, texts: &[&str], same: fn(&str, &str) -> bool) -> bool {
    serde_json::from_str::<String>(said.get()).is_ok_and(|said| texts.iter().any(|text| same(text, &said)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(
        status: u16,
        content_type: &str,
        body: &str,
    ) -> Result<Option<VerifiedToken>, IntrospectionError> {
        let answer = Response::builder().status(status).header(CONTENT_TYPE, content_type);
        let answer = answer.body(Bytes::copy_from_slice(body.as_bytes())).expect("answer");
        read(answer, 1000, &JwtPolicy::new())
    }

    #[test]
    fn active_is_the_json_word_true() {
        let json = |body| answer(200, "application/json; charset=utf-8", body);
        let token = json(r#"{"active":true,"sub":"ada","exp":7}"#).expect("read").expect("active");
        assert_eq!(token.subject(), Some("ada"));
        assert!(json(r#"{"active":false}"#).expect("read").is_none());
        assert!(json(r#"{"active":false,"exp":"never"}"#).expect("read").is_none());
        for bad in [
            r#"{"active":"true"}"#,
            r#"{"active":1}"#,
            r#"{"active":null}"#,
            r#"{"active":[true]}"#,
            r#"{"active":true,"active":true}"#,
            r#"{"active":false,"\u0061ctive":true}"#,
            r#"{"active":true,"sub":1}"#,
            r#"{"active":true,"exp":"7"}"#,
            r#"{"active":true,"sub":"a","sub":"b"}"#,
            r#"{"active":true}{"active":true}"#,
            r#"{"Active":true}"#,
            r#"[{"active":true}]"#,
            "true",
            "{}",
            "",
            "<html>",
        ] {
            assert!(matches!(json(bad), Err(IntrospectionError::Unreadable)), "{bad}");
        }
        let long = format!(r#"{{"active":true,"x":"{}"}}"#, "x".repeat(1000));
        assert!(matches!(json(&long), Err(IntrospectionError::Unreadable)));
    }

    #[test]
    fn what_is_called_something_else_than_an_access_token_is_no_active_one() {
        let is_active = |more: &str| {
            let body = format!(r#"{{"active":true,"sub":"ada",{more}}}"#);
            answer(200, "application/json", &body).expect("read").is_some()
        };
        for more in [
            r#""token_use":"access_token""#,
            r#""token_type":"Bearer""#,
            r#""token_type":"BEARER""#,
            r#""token_type":"DPoP""#,
            r#""token_use":"access_token","token_type":"\u0062earer""#,
        ] {
            assert!(is_active(more), "{more}");
        }
        for more in [
            r#""token_use":"refresh_token""#,
            r#""token_use":"Access_Token""#,
            r#""token_use":"access_token","token_type":"N_A""#,
            r#""token_use":"id_token","token_type":"Bearer""#,
            r#""token_use":"refresh_token","token_type":"Bearer""#,
            r#""token_use":null"#,
            r#""token_use":["access_token"]"#,
            r#""token_use":" ""#,
            r#""token_type":"Refresh""#,
            r#""token_type":"refresh_token""#,
            r#""token_type":"mac""#,
            r#""token_type":null"#,
            r#""token_type":1"#,
            r#""token_type":{"Bearer":true}"#,
        ] {
            assert!(!is_active(more), "{more}");
        }
        for twice in [
            r#""token_use":"access_token","token_use":"access_token""#,
            r#""token_type":"a","token_type":"a""#,
        ] {
            let body = format!(r#"{{"active":true,{twice}}}"#);
            let read = answer(200, "application/json", &body);
            assert!(matches!(read, Err(IntrospectionError::Unreadable)), "{twice}");
        }
    }

    #[test]
    fn any_other_status_or_type_says_nothing_of_the_token() {
        let body = r#"{"active":true}"#;
        for status in [201, 204, 301, 302, 400, 401, 403, 404, 429, 500, 503] {
            let answer = answer(status, "application/json", body);
            assert!(matches!(answer, Err(IntrospectionError::Status(held)) if held == status), "{status}");
        }
        for other in
            ["text/html", "application/jsonp", "text/json", "", "application/token-introspection+jwt"]
        {
            assert!(matches!(answer(200, other, body), Err(IntrospectionError::Unreadable)), "{other}");
        }
    }
}
