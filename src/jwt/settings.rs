//! The settings of a WispHub API, from its environment.

use std::time::Duration;

use super::{JwtAlgorithm, JwtIssuer, JwtKey, JwtKeyError, WeakSecret};
use crate::Secret;
use crate::canonical::number::digits;
use crate::password::{PasswordHash, PasswordHashError, SinglePassword};
use crate::settings::{Environment, SettingsError, SettingsReader};

/// The settings of a WispHub API, under the names that its deployments use.
///
/// | name | |
/// |---|---|
/// | `JWT_SECRET_KEY` | required, and not weak |
/// | `JWT_ALGORITHM` | `HS256` (default), `HS384` or `HS512` |
/// | `JWT_ACCESS_TOKEN_EXPIRE_MINUTES` | 60 by default, up to a year |
/// | `API_USERNAME`, `API_PASSWORD_HASH` | required: the one user, and the bcrypt or argon2 hash of its password |
/// | `WISPHUB_NET_KEY`, `WISPHUB_NET_HOST` | required: key and address of the upstream |
///
/// Each may be given as `<NAME>_FILE` instead.
///
/// ```
/// use portcullis::jwt::WispHubSettings;
/// use portcullis::settings::Environment;
///
/// let environment = Environment::from_pairs([("JWT_SECRET_KEY", "secret"), ("API_USERNAME", "ada")]);
/// let error = WispHubSettings::from_environment(&environment).unwrap_err();
/// let names: Vec<_> = error.problems().map(|(name, _)| name).collect();
/// assert_eq!(names, ["JWT_SECRET_KEY", "API_PASSWORD_HASH", "WISPHUB_NET_KEY", "WISPHUB_NET_HOST"]);
/// ```
#[derive(Clone, Debug)]
pub struct WispHubSettings {
    key: JwtKey,
    token_lifetime: Duration,
    password: SinglePassword,
    upstream_key: Secret,
    upstream_host: String,
}

impl WispHubSettings {
    /// Reads the settings.
    ///
    /// # Errors
    /// Everything that is missing, weak or unreadable, in one error.
    pub fn from_environment(environment: &Environment) -> Result<Self, SettingsError> {
        let mut reader = environment.reader();
        let secret = reader.required("JWT_SECRET_KEY");
        let algorithm = algorithm(&mut reader);
        let key =
            secret.and_then(|secret| key(&mut reader, algorithm.unwrap_or(JwtAlgorithm::Hs256), secret));
        let token_lifetime = lifetime(&mut reader);
        let user = reader.required("API_USERNAME");
        let user = reader.parse("API_USERNAME", user, |user| Ok(user.into()));
        let hash = reader.required("API_PASSWORD_HASH");
        let hash = reader.parse("API_PASSWORD_HASH", hash, password_hash);
        let upstream_key = reader.required("WISPHUB_NET_KEY");
        let host = reader.required("WISPHUB_NET_HOST");
        let upstream_host = reader.parse("WISPHUB_NET_HOST", host, |host| Ok(host.to_owned()));

        let password = user.zip(hash).map(|(user, hash)| SinglePassword::new(user, hash));
        let all = key.zip(token_lifetime).zip(password).zip(upstream_key.zip(upstream_host));
        reader.finish_with(all.map(|(((key, token_lifetime), password), (upstream_key, upstream_host))| {
            Self { key, token_lifetime, password, upstream_key, upstream_host }
        }))
    }

    /// The key that tokens are signed and verified with.
    #[must_use]
    pub const fn key(&self) -> &JwtKey {
        &self.key
    }

    /// How long tokens live.
    #[must_use]
    pub const fn token_lifetime(&self) -> Duration {
        self.token_lifetime
    }

    /// An issuer of tokens with that key and lifetime.
    #[must_use]
    pub fn issuer(&self) -> JwtIssuer {
        JwtIssuer::new(self.key.clone(), self.token_lifetime)
    }

    /// The one user who may log in.
    #[must_use]
    pub const fn password(&self) -> &SinglePassword {
        &self.password
    }

    /// The key towards the upstream.
    #[must_use]
    pub const fn upstream_key(&self) -> &Secret {
        &self.upstream_key
    }

    /// The address of the upstream.
    #[must_use]
    pub fn upstream_host(&self) -> &str {
        &self.upstream_host
    }
}

/// None where the name is refused; the default where there is none.
fn algorithm(reader: &mut SettingsReader<'_>) -> Option<JwtAlgorithm> {
    const NAME: &str = "JWT_ALGORITHM";
    let name = reader.optional(NAME).unwrap_or_else(|| JwtAlgorithm::Hs256.name().into());
    reader.parse(NAME, Some(name), |name| match name.parse() {
        Ok(algorithm) if JwtAlgorithm::is_symmetric(algorithm) => Ok(algorithm),
        _ => Err("it is none of HS256, HS384 and HS512"),
    })
}

fn lifetime(reader: &mut SettingsReader<'_>) -> Option<Duration> {
    const NAME: &str = "JWT_ACCESS_TOKEN_EXPIRE_MINUTES";
    let minutes = reader.optional(NAME).unwrap_or_else(|| "60".into());
    reader.parse(NAME, Some(minutes), |minutes| match digits(minutes, 6) {
        Some(minutes @ 1..=525_600) => Ok(Duration::from_secs(minutes.unsigned_abs() * 60)),
        _ => Err("it is no number of minutes from 1 to 525600"),
    })
}

fn key(reader: &mut SettingsReader<'_>, algorithm: JwtAlgorithm, secret: Secret) -> Option<JwtKey> {
    let refused = |error| match error {
        JwtKeyError::Weak(WeakSecret::TooShort { .. }) => "it is shorter than the output of its hash",
        JwtKeyError::Weak(WeakSecret::WellKnown) => "it is a well-known example",
        _ => "it could be guessed",
    };
    JwtKey::hmac(algorithm, secret).map_err(|error| reader.refuse("JWT_SECRET_KEY", refused(error))).ok()
}

fn password_hash(text: &str) -> Result<PasswordHash, &'static str> {
    PasswordHash::parse(text).map_err(|error| match error {
        PasswordHashError::Cost => "its cost is out of range",
        _ => "it is neither a bcrypt, an argon2 nor a pbkdf2_sha256 hash",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 5] = [
        ("JWT_SECRET_KEY", "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA"),
        ("API_USERNAME", "ada"),
        ("API_PASSWORD_HASH", "$2b$12$L6Bc/AlTQHyd9liGgGEZyOFLPHNgyxeEPfgYfBCVxJ7JIlwxyVU3u"),
        ("WISPHUB_NET_KEY", "k"),
        ("WISPHUB_NET_HOST", "https://api.example"),
    ];

    fn with(other: (&'static str, &'static str)) -> Result<WispHubSettings, SettingsError> {
        let kept = GOOD.into_iter().filter(|(name, _)| *name != other.0);
        WispHubSettings::from_environment(&Environment::from_pairs(kept.chain([other])))
    }

    #[test]
    fn the_defaults_are_an_hour_of_hs256() {
        let settings = with(("UNRELATED", "")).expect("settings");
        assert_eq!(
            (settings.key().algorithm(), settings.token_lifetime().as_secs()),
            (JwtAlgorithm::Hs256, 3600)
        );
        assert_eq!(
            (settings.upstream_host(), settings.upstream_key().expose()),
            ("https://api.example", &b"k"[..])
        );
        let printed = format!("{settings:?}");
        assert!(!printed.contains("T7qv") && !printed.contains("$2b$"), "{printed}");
    }

    #[test]
    fn a_value_out_of_range_is_refused_by_name() {
        for (name, value) in [
            ("JWT_SECRET_KEY", "1234"),
            ("JWT_SECRET_KEY", "your-256-bit-secret-your-256-bit-secret"),
            ("JWT_ALGORITHM", "none"),
            ("JWT_ALGORITHM", "hs256"),
            ("JWT_ALGORITHM", "RS256"),
            ("JWT_ACCESS_TOKEN_EXPIRE_MINUTES", "0"),
            ("JWT_ACCESS_TOKEN_EXPIRE_MINUTES", "525601"),
            ("JWT_ACCESS_TOKEN_EXPIRE_MINUTES", "+60"),
            ("API_PASSWORD_HASH", "admin"),
            ("API_USERNAME", " ada"),
        ] {
            let error = with((name, value)).expect_err("refused");
            assert_eq!(error.problems().map(|(name, _)| name).collect::<Vec<_>>(), [name], "{value}");
        }
        // The secret is long enough for HS256 only.
        assert!(with(("JWT_ALGORITHM", "HS512")).is_err());
    }
}
