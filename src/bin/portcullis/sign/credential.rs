//! What each scheme adds to a request.

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portcullis::jwt::{JwtAlgorithm, JwtKey};
use portcullis::query_signature::QuerySigner;
use portcullis::x_auth::XAuthSigner;
use portcullis::{Secret, Timestamp};

use super::carrier::{self, is_unreserved};
use super::quoting::quoted;
use super::url::Url;
use crate::arguments::Context;
use crate::failure::Failure;
use crate::settings::{GivenSecret, Place, secret_file};
use crate::token::Issue;

/// A request with its credential.
#[derive(Debug)]
pub(crate) struct Signed {
    /// What is secret.
    pub(crate) input: Option<Input>,
    /// Header lines that are not.
    pub(crate) headers: Vec<String>,
    /// The names of all headers that the credential is in.
    pub(crate) sets: Vec<String>,
    pub(crate) target: String,
}

/// A command that writes what curl reads on its standard input.
#[derive(Debug)]
pub(crate) enum Input {
    /// Header lines.
    Headers(String),
    /// A line of settings with the URL.
    Url(String),
}

impl Input {
    pub(crate) fn command(&self) -> &str {
        match self {
            Self::Headers(command) | Self::Url(command) => command,
        }
    }

    /// How curl is told to read it.
    pub(crate) const fn option(&self) -> &'static str {
        match self {
            Self::Headers(_) => "-H @-",
            Self::Url(_) => "-K -",
        }
    }
}

impl Signed {
    /// With a command that writes the line of the header `name`.
    fn with_header(url: &Url<'_>, name: &str, input: String) -> Self {
        let sets = vec![name.to_owned()];
        Self { input: Some(Input::Headers(input)), headers: Vec::new(), sets, target: url.target.to_owned() }
    }

    pub(crate) fn api_key(
        url: &Url<'_>,
        place: &carrier::Place<'_>,
        secret: &GivenSecret,
        inline: bool,
    ) -> Result<Self, Failure> {
        let key = text(&secret.value, |byte| matches!(byte, b'!'..=b'~'))?;
        let written = |before: &str| -> Result<String, Failure> {
            match inline {
                true => Ok(format!("printf '%s\\n' {}", quoted(&format!("{before}{key}")))),
                false => Ok(format!("printf '%s%s\\n' {} {}", quoted(before), read_again(&secret.place)?)),
            }
        };
        let name = match place {
            carrier::Place::Header { name, word } => {
                return Ok(Self::with_header(url, name, written(&format!("{name}: {word}"))?));
            }
            carrier::Place::Parameter(name) => name,
        };
        if !is_unreserved(key) {
            return Err(Failure::usage("the key cannot stand in a URL as it is"));
        }
        let target = url.with_parameter(name)?;
        // A value without quotes is taken to the letter, up to a space: a URL has none.
        let input = Input::Url(written(&format!("url = {}{target}", url.origin))?);
        Ok(Self { input: Some(input), headers: Vec::new(), sets: Vec::new(), target })
    }

    pub(crate) fn basic(
        url: &Url<'_>,
        name: &str,
        secret: &GivenSecret,
        inline: bool,
    ) -> Result<Self, Failure> {
        if name.is_empty() || name.contains([':', '\0']) || name.contains(char::is_control) {
            return Err(Failure::usage(
                "a user name is not empty, and has no colon and no control characters",
            ));
        }
        let password = text(&secret.value, |byte| !byte.is_ascii_control())?;
        let input = if inline {
            let encoded = STANDARD.encode(format!("{name}:{password}"));
            format!("printf '%s\\n' 'Authorization: Basic {encoded}'")
        } else {
            let pair = format!("printf '%s:%s' {} {}", quoted(name), read_again(&secret.place)?);
            format!("printf 'Authorization: Basic %s\\n' \"$({pair} | base64 | tr -d '\\n')\"")
        };
        Ok(Self::with_header(url, "Authorization", input))
    }

    /// A token is as good as a password while it lives.
    pub(crate) fn jwt(
        url: &Url<'_>,
        subject: &str,
        life: Option<Duration>,
        secret: Option<&PathBuf>,
        context: &Context,
    ) -> Result<Self, Failure> {
        let token = match secret {
            None => {
                let issue = Issue {
                    sub: subject.to_owned(),
                    ttl: life,
                    issuer: None,
                    audience: None,
                    claims: Vec::new(),
                    json_claims: Vec::new(),
                };
                issue.token(context)?.0
            }
            Some(path) => {
                let key = JwtKey::hmac(JwtAlgorithm::Hs256, secret_file(path, "--secret-file")?);
                let key = key.map_err(|error| Failure::usage(format!("--secret-file: {error}")))?;
                let issuer = portcullis::jwt::JwtIssuer::new(key, life.unwrap_or(Duration::from_secs(3600)));
                issuer.issue(subject, context.now).map_err(|error| Failure::usage(error.to_string()))?
            }
        };
        let input = format!("printf '%s\\n' 'Authorization: Bearer {token}'");
        Ok(Self::with_header(url, "Authorization", input))
    }

    pub(crate) fn query(
        url: &Url<'_>,
        id: &str,
        secret: &Secret,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Self, Failure> {
        if id.is_empty()
            || id.contains(['&', '#', '+', '%'])
            || !id.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(Failure::usage("the id cannot stand in a query"));
        }
        let target = QuerySigner::new(id, secret).sign(url.target, body, now);
        let target = target.map_err(|error| Failure::usage(error.to_string()))?;
        Ok(Self { input: None, headers: Vec::new(), sets: Vec::new(), target })
    }

    pub(crate) fn x_auth(
        url: &Url<'_>,
        id: &str,
        secret: &Secret,
        body: &[u8],
        life: Option<Duration>,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Failure::usage("the id cannot stand in a header"));
        }
        let mut signer = XAuthSigner::new(id, secret);
        if let Some(life) = life {
            signer = signer.with_life(life);
        }
        let headers = signer.sign(body, now).map_err(|error| Failure::usage(error.to_string()))?;
        let sets = headers.pairs().map(|(name, _)| name.to_owned()).to_vec();
        let headers = headers.pairs().map(|(name, value)| format!("{name}: {value}")).to_vec();
        Ok(Self { input: None, headers, sets, target: url.target.to_owned() })
    }
}

/// The secret as text that can stand in a header.
fn text(secret: &Secret, fits: impl Fn(u8) -> bool) -> Result<&str, Failure> {
    let text = secret.expose_text().filter(|text| text.bytes().all(fits));
    text.ok_or_else(|| Failure::usage("the secret cannot be sent in a header"))
}

/// How a shell reads the secret where it was read from.
fn read_again(place: &Place) -> Result<String, Failure> {
    match place {
        Place::Variable(name) => Ok(format!("\"${name}\"")),
        Place::File(path) => {
            let path = path.to_str().ok_or_else(|| Failure::usage("the path of the secret is not UTF-8"))?;
            Ok(format!("\"$(cat -- {})\"", quoted(path)))
        }
    }
}
