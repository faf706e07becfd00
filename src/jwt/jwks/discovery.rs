//! What an issuer says about itself (OpenID Connect Discovery 1.0; RFC 8414).

use std::fmt;

use serde::de::{Error, MapAccess, Visitor};

use super::address::{Address, Plain};
use super::{InvalidJwksUrl, JwksFetchError};
use crate::jwt::json::{self, Names, PassOver, Text};

/// Where the metadata of an issuer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WellKnown {
    /// Behind the issuer: `/.well-known/openid-configuration` (OpenID Connect Discovery 1.0,
    /// section 4).
    OpenId,
    /// Between the host of the issuer and its path: `/.well-known/oauth-authorization-server`
    /// (RFC 8414, section 3.1).
    OAuth,
}

/// An issuer whose metadata say where its keys are.
#[derive(Clone, Debug)]
pub(super) struct Issuer {
    name: Box<str>,
    address: Address,
    plain: Plain,
    /// Origins besides its own where its keys may be.
    others: Box<[Address]>,
}

impl Issuer {
    pub(super) fn new(
        name: &str,
        well_known: WellKnown,
        plain: Plain,
        others: Box<[Address]>,
    ) -> Result<Self, InvalidJwksUrl> {
        let own = Address::parse(name, plain)?;
        if own.has_query() {
            return Err(InvalidJwksUrl::TooMuch);
        }
        let trimmed = name.strip_suffix('/').unwrap_or(name);
        let address = match well_known {
            WellKnown::OpenId => format!("{trimmed}/.well-known/openid-configuration"),
            WellKnown::OAuth => {
                let path = own.path().strip_suffix('/').unwrap_or(own.path());
                let origin = trimmed.strip_suffix(path).unwrap_or(trimmed);
                format!("{origin}/.well-known/oauth-authorization-server{path}")
            }
        };
        let address = Address::parse(&address, plain)?;
        Ok(Self { name: name.into(), address, plain, others })
    }

    pub(super) const fn address(&self) -> &Address {
        &self.address
    }

    /// Where the keys are, as the metadata say, if they may be there.
    pub(super) fn keys(&self, metadata: &str) -> Result<Address, JwksFetchError> {
        let metadata = json::read(metadata, MetadataVisitor).map_err(|_| JwksFetchError::Metadata)?;
        if metadata.issuer != *self.name {
            return Err(JwksFetchError::OtherIssuer);
        }
        let keys = Address::parse(&metadata.jwks_uri, self.plain);
        let keys = keys.map_err(|_| JwksFetchError::KeysElsewhere)?;
        let mut allowed = self.others.iter().chain([&self.address]);
        if allowed.any(|origin| origin.is_same_origin(&keys)) {
            Ok(keys)
        } else {
            Err(JwksFetchError::KeysElsewhere)
        }
    }
}

struct Metadata {
    issuer: String,
    jwks_uri: String,
}

struct MetadataVisitor;

impl<'de> Visitor<'de> for MetadataVisitor {
    type Value = Metadata;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the metadata of an issuer")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Metadata, A::Error> {
        let (mut issuer, mut jwks_uri, mut names) = (None, None, Names::new());
        while let Some(name) = map.next_key_seed(Text)? {
            match &*name {
                "issuer" => json::once(&mut issuer, map.next_value_seed(Text)?.into_owned())?,
                "jwks_uri" => json::once(&mut jwks_uri, map.next_value_seed(Text)?.into_owned())?,
                _ => {
                    names.add(name)?;
                    map.next_value_seed(PassOver::member())?;
                }
            }
        }
        let missing = || A::Error::custom("metadata without issuer or jwks_uri");
        Ok(Metadata { issuer: issuer.ok_or_else(missing)?, jwks_uri: jwks_uri.ok_or_else(missing)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer(name: &str, well_known: WellKnown) -> Issuer {
        let other = Address::parse("https://keys.example", Plain::Refused).expect("address");
        Issuer::new(name, well_known, Plain::Refused, [other].into()).expect("issuer")
    }

    #[test]
    fn the_metadata_are_where_the_standards_say() {
        for (name, openid, oauth) in [
            ("https://a.example", "", ""),
            ("https://a.example/", "", ""),
            ("https://a.example/realms/b", "/realms/b", "/realms/b"),
            ("https://a.example/realms/b/", "/realms/b", "/realms/b"),
        ] {
            let at = |well_known| issuer(name, well_known).address().uri().to_string();
            let expected = format!("https://a.example{openid}/.well-known/openid-configuration");
            assert_eq!(at(WellKnown::OpenId), expected);
            let expected = format!("https://a.example/.well-known/oauth-authorization-server{oauth}");
            assert_eq!(at(WellKnown::OAuth), expected);
        }
        for bad in ["https://a.example/?a=b", "https://a.example?", "http://a.example", "a.example"] {
            assert!(Issuer::new(bad, WellKnown::OpenId, Plain::Refused, [].into()).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_metadata_are_the_issuers_own_to_the_letter() {
        let of = |issuer_said: &str| {
            let text = format!(r#"{{"a":[1],"issuer":"{issuer_said}","jwks_uri":"https://a.example/keys"}}"#);
            issuer("https://a.example/", WellKnown::OpenId).keys(&text)
        };
        assert_eq!(of("https://a.example/").expect("keys").uri(), "https://a.example/keys");
        for other in
            ["https://a.example", "https://A.example/", "https://a.example//", "https://b.example/", ""]
        {
            assert!(matches!(of(other), Err(JwksFetchError::OtherIssuer)), "{other}");
        }
    }

    #[test]
    fn keys_are_of_the_issuers_origin_or_of_an_allowed_host() {
        let at = |keys: &str| {
            let text = format!(r#"{{"issuer":"https://a.example","jwks_uri":"{keys}"}}"#);
            issuer("https://a.example", WellKnown::OpenId).keys(&text)
        };
        for good in ["https://a.example/x?y", "https://A.EXAMPLE:443/", "https://keys.example/certs"] {
            assert_eq!(at(good).expect("allowed").uri(), good);
        }
        for bad in [
            "http://a.example/keys",
            "https://b.example/keys",
            "https://a.example:8443/keys",
            "https://keys.example.evil/",
            "https://u@keys.example/",
            "https://169.254.169.254/",
            "http://127.0.0.1/",
            "file:///etc/keys",
            "/keys",
            "",
        ] {
            assert!(matches!(at(bad), Err(JwksFetchError::KeysElsewhere)), "{bad}");
        }
    }

    #[test]
    fn metadata_are_one_object_with_every_name_once() {
        let read = |text: &str| issuer("https://a.example", WellKnown::OpenId).keys(text).map(drop);
        for bad in [
            "",
            "[]",
            "<html>",
            r#"{"issuer":"https://a.example"}"#,
            r#"{"jwks_uri":"https://a.example"}"#,
            r#"{"issuer":1,"jwks_uri":"https://a.example"}"#,
            r#"{"issuer":"https://b.example","issuer":"https://a.example","jwks_uri":"https://a.example"}"#,
            r#"{"issuer":"https://a.example","jwks_uri":"https://a.example","jwks_uri":"https://a.example"}"#,
            r#"{"issuer":"https://a.example","jwks_uri":"https://a.example","a":1,"a":1}"#,
        ] {
            assert!(matches!(read(bad), Err(JwksFetchError::Metadata)), "{bad}");
        }
    }
}
