//! `token issue`: tokens signed with the key of the environment.

use std::str::FromStr;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

use portcullis::jwt::{JwtAlgorithm, JwtIssuer, JwtKey};
use portcullis::settings::Environment;
use portcullis::{Secret, Timestamp};
use serde_json::{Map, Value};

use crate::arguments::Context;
use crate::failure::Failure;
use crate::moments::duration;
use crate::output::Cell;

const SECRET: &str = "JWT_SECRET_KEY";
const ALGORITHM: &str = "JWT_ALGORITHM";
const MINUTES: &str = "JWT_ACCESS_TOKEN_EXPIRE_MINUTES";

/// What is done with tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    Issue(Issue),
}

/// Issue a JSON Web Token, signed with the key of JWT_SECRET_KEY
///
/// JWT_ALGORITHM is HS256, HS384 or HS512, and HS256 where it is missing;
/// JWT_ACCESS_TOKEN_EXPIRE_MINUTES is how long tokens live without --ttl, and 60 where it is
/// missing. Each may be given as <NAME>_FILE instead. Whoever has the token has what it grants.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    portcullis token issue --sub ada\n  \
    portcullis token issue --sub ada --ttl 5m --claim scope='orders:read' --claim-json admin=false")]
pub(crate) struct Issue {
    /// Whom it is about
    #[arg(long, value_name = "SUBJECT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) sub: String,
    /// How long it lives, such as 5m
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) ttl: Option<Duration>,
    /// Its `iss`
    #[arg(long)]
    pub(crate) issuer: Option<String>,
    /// Its `aud`
    #[arg(long)]
    pub(crate) audience: Option<String>,
    /// A further claim of text; may be repeated
    #[arg(long = "claim", value_name = "NAME=TEXT", value_parser = pair)]
    pub(crate) claims: Vec<(String, String)>,
    /// A further claim of any JSON value; may be repeated
    #[arg(long = "claim-json", value_name = "NAME=JSON", value_parser = pair)]
    pub(crate) json_claims: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = parts.ok_or("a claim is a name, = and a value")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl Token {
    pub(crate) fn run(self, context: &mut Context) -> Result<(), Failure> {
        let Self::Issue(issue) = self;
        let (token, life) = issue.token(context)?;
        if !context.output.is_json() {
            return context.output.line(token);
        }
        let expires_at = Timestamp::from_unix_seconds(context.now.as_unix_seconds()).saturating_add(life);
        context.output.show(&vec![("token", Cell::Text(token)), ("expires_at", Cell::Moment(expires_at))])
    }
}

impl Issue {
    /// The token, and how long it lives.
    pub(crate) fn token(&self, context: &Context) -> Result<(String, Duration), Failure> {
        let JwtSettings { key, life } = JwtSettings::read(&context.environment)?;
        let life = self.ttl.unwrap_or(life);
        let mut issuer = JwtIssuer::new(key, life);
        if let Some(name) = &self.issuer {
            issuer = issuer.with_issuer(name);
        }
        if let Some(name) = &self.audience {
            issuer = issuer.with_audience(name);
        }
        let mut claims = Map::new();
        let texts = self.claims.iter().map(|(name, value)| (name, Some(value.as_str().into())));
        let others = self.json_claims.iter().map(|(name, value)| (name, Value::from_str(value).ok()));
        for (name, value) in texts.chain(others) {
            let value = value.ok_or_else(|| Failure::usage(format!("--claim-json {name}: no JSON")))?;
            if claims.insert(name.clone(), value).is_some() {
                return Err(Failure::usage(format!("the claim {name} is given twice")));
            }
        }
        let token = issuer.issue_with(&self.sub, context.now, claims);
        Ok((token.map_err(|error| Failure::usage(error.to_string()))?, life))
    }
}

/// The settings of tokens, under the names that services use.
pub(crate) struct JwtSettings {
    pub(crate) key: JwtKey,
    life: Duration,
}

impl JwtSettings {
    pub(crate) fn read(environment: &Environment) -> Result<Self, Failure> {
        let mut reader = environment.reader();
        let secret = reader.required(SECRET);
        let algorithm =
            reader.optional(ALGORITHM).unwrap_or_else(|| Secret::from(JwtAlgorithm::Hs256.name()));
        let algorithm = reader.parse(ALGORITHM, Some(algorithm), |name| {
            name.parse().map_err(|_| "it is none of HS256, HS384 and HS512")
        });
        let minutes = reader.optional(MINUTES).unwrap_or_else(|| Secret::from("60"));
        let life = reader.parse(MINUTES, Some(minutes), |minutes| {
            let number = minutes.parse::<u64>().ok().filter(|_| minutes.bytes().all(|b| b.is_ascii_digit()));
            let number = number.filter(|number| (1..=525_600).contains(number));
            number
                .map(|number| Duration::from_secs(number * 60))
                .ok_or("it is no number of minutes from 1 to 525600")
        });
        let key = secret.zip(algorithm).and_then(|(secret, algorithm)| {
            let key = JwtKey::hmac(algorithm, secret);
            key.map_err(|_| reader.refuse(SECRET, "it could be guessed, or is shorter than its hash")).ok()
        });
        Ok(reader.finish_with(key.zip(life).map(|(key, life)| Self { key, life }))?)
    }

    /// The same, where tokens are set up at all.
    pub(crate) fn optional(environment: &Environment) -> Result<Option<Self>, Failure> {
        let mut reader = environment.reader();
        let is_set = reader.optional(SECRET).is_some();
        reader.finish()?;
        if is_set { Self::read(environment).map(Some) } else { Ok(None) }
    }
}
