//! `sign curl`: a request that is signed, as a command for a shell.

mod carrier;
mod credential;
mod further;
mod message;
mod quoting;
mod signatures;
mod url;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand, ValueEnum};

use crate::arguments::Context;
use crate::failure::Failure;
use crate::moments::duration;
use carrier::{Carrier, Place};
use credential::{Input, Signed};
use message::Sending;
use quoting::quoted;
use url::Url;

/// What is signed.
#[derive(Debug, Subcommand)]
pub(crate) enum Sign {
    Curl(Box<Curl>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SignScheme {
    /// A key in X-API-Key, or where --carrier says
    ApiKey,
    /// A token of --id as the subject, signed with the key of JWT_SECRET_KEY
    Jwt,
    /// A user name, which is --id, and a password
    Basic,
    /// The URL, signed in its query
    QuerySignature,
    /// Signed x-auth-* headers
    XAuth,
    /// AWS Signature Version 4, in headers or with --presign in the URL
    #[value(name = "sigv4")]
    SigV4,
    /// HTTP Message Signatures (RFC 9421) by HMAC, with a Content-Digest
    MessageSignature,
}

/// Print a curl command that sends a signed request
///
/// The secret comes from --secret-file or from PORTCULLIS_SECRET, and never from the arguments.
/// Keys and passwords are not printed: the command reads them from the same place when it runs,
/// unless --inline says otherwise. In both forms curl gets them on its standard input, where `ps`
/// does not see them. A signature is good for as long as its scheme says: run the command soon.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    portcullis sign curl --scheme x-auth --id M-LmI2b3 --secret-file key -X POST --body-file order.json https://api.example/orders\n  \
    portcullis sign curl --scheme query-signature --id 483a570a --secret-file key 'https://api.example/api/hello/?page=2' | sh\n  \
    portcullis sign curl --scheme x-auth --strict --id M-LmI2b3 --secret-file key https://api.example/orders\n  \
    portcullis sign curl --scheme sigv4 --region eu-north-1 --service s3 --presign --life 1h --id AKIDEXAMPLE --secret-file key https://files.example/a/b\n  \
    portcullis sign curl --scheme api-key --secret-file key --carrier bearer https://api.example/whoami")]
pub(crate) struct Curl {
    /// How the request is authenticated
    #[arg(long, value_enum)]
    scheme: SignScheme,
    /// The public id of the key, the subject of the token, or the name of the user
    #[arg(long, allow_hyphen_values = true, value_parser = NonEmptyStringValueParser::new(), required_if_eq_any = [("scheme", "jwt"), ("scheme", "basic"), ("scheme", "query-signature"), ("scheme", "x-auth"), ("scheme", "sigv4"), ("scheme", "message-signature")])]
    id: Option<String>,
    /// The file that holds the secret and nothing else
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// The method; GET, or POST where there is a body
    #[arg(short = 'X', long = "request", value_name = "METHOD")]
    method: Option<String>,
    /// The file that is sent as the body
    #[arg(long, value_name = "FILE")]
    body_file: Option<PathBuf>,
    /// What kind of body it is; application/json without this
    #[arg(long, value_name = "TYPE", requires = "body_file")]
    content_type: Option<String>,
    /// A further header; may be repeated
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// Where an API key is put; header without this
    #[arg(long, value_enum, group = "place")]
    carrier: Option<Carrier>,
    /// The header that an API key is put into
    #[arg(long, value_name = "NAME", group = "place")]
    api_key_header: Option<String>,
    /// The query parameter that an API key is put into
    #[arg(long, value_name = "NAME", group = "place")]
    api_key_parameter: Option<String>,
    /// Use the strict form of x-auth or of a signed URL
    #[arg(long)]
    strict: bool,
    /// The region that SigV4 signs for
    #[arg(long, value_name = "NAME", required_if_eq("scheme", "sigv4"))]
    region: Option<String>,
    /// The service that SigV4 signs for; s3 has rules of its own
    #[arg(long, value_name = "NAME", required_if_eq("scheme", "sigv4"))]
    service: Option<String>,
    /// Sign the URL, and not the headers, by SigV4; it lives for 15 minutes, or for --life
    #[arg(long)]
    presign: bool,
    /// How long the signature or the token lives, such as 60s
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    life: Option<Duration>,
    /// Write the key or the password into the command, for use where its file is not
    #[arg(long)]
    inline: bool,
    /// Where the request goes, to the letter
    url: String,
}

impl Sign {
    pub(crate) fn run(self, context: &mut Context) -> Result<(), Failure> {
        let Self::Curl(curl) = self;
        let command = curl.command(context)?;
        if !context.output.is_json() {
            return context.output.line(command);
        }
        context.output.show(&vec![("command", crate::output::Cell::Text(command))])
    }
}

impl Curl {
    fn command(&self, context: &Context) -> Result<String, Failure> {
        self.check_use()?;
        let url = Url::parse(&self.url)?;
        let method = self.method()?;
        let body = match &self.body_file {
            None => Vec::new(),
            Some(path) if path.to_str() == Some("-") => {
                return Err(Failure::usage("--body-file is a file: curl has to read it too"));
            }
            Some(path) => crate::keys::read_bytes(path)?,
        };
        let sending = Sending { url, method, lines: self.lines(), body: &body };
        let signed = self.sign(&sending, context)?;
        let further = further::headers(&self.headers, &signed.sets, self.content_type.is_some())?;
        let has_type = further.iter().any(|header| header.is("content-type"));
        let mut words = Vec::new();
        words.extend(signed.input.iter().map(|input| format!("{} |", input.command())));
        // The URL is sent to the letter, whatever curl would make of dots and brackets.
        words.extend(["curl", "--globoff", "--path-as-is"].map(str::to_owned));
        match method {
            "HEAD" => words.push("--head".to_owned()),
            _ => words.push(format!("-X {}", quoted(method))),
        }
        words.extend(signed.input.iter().map(|input| input.option().to_owned()));
        words.extend(signed.headers.iter().map(|header| format!("-H {}", quoted(header))));
        words.extend(further.iter().map(|header| format!("-H {}", quoted(&header.for_curl()))));
        if let Some(path) = &self.body_file {
            let path = path.to_str().ok_or_else(|| Failure::usage("--body-file is not UTF-8"))?;
            if !has_type {
                let content_type = self.content_type.as_deref().unwrap_or("application/json");
                words.push(format!("-H {}", quoted(&format!("Content-Type: {content_type}"))));
            }
            words.push(format!("--data-binary {}", quoted(&format!("@{path}"))));
        }
        if !matches!(signed.input, Some(Input::Url(_))) {
            words.push(quoted(&format!("{}{}", url.origin, signed.target)));
        }
        Ok(words.join(" "))
    }

    /// Refuses what the scheme has no use for: whoever gives it believes that it is sent.
    fn check_use(&self) -> Result<(), Failure> {
        use SignScheme::{ApiKey, Basic, Jwt, MessageSignature, QuerySignature, SigV4, XAuth};
        let place =
            self.carrier.is_some() || self.api_key_header.is_some() || self.api_key_parameter.is_some();
        let lives = match (self.strict, self.presign) {
            (true, _) => &[QuerySignature, XAuth][..],
            (false, true) => &[SigV4],
            (false, false) => &[Jwt, XAuth, MessageSignature],
        };
        for (name, given, schemes) in [
            ("--life", self.life.is_some(), lives),
            ("--strict", self.strict, &[QuerySignature, XAuth]),
            ("--presign", self.presign, &[SigV4]),
            ("--region or --service", self.region.is_some() || self.service.is_some(), &[SigV4]),
            ("--inline", self.inline, &[ApiKey, Basic]),
            ("--carrier, --api-key-header or --api-key-parameter", place, &[ApiKey]),
        ] {
            if given && !schemes.contains(&self.scheme) {
                return Err(Failure::usage(format!("this scheme has no use for {name}")));
            }
        }
        if self.id.is_some() && self.scheme == ApiKey {
            return Err(Failure::usage("this scheme has no use for --id: the key says whose it is"));
        }
        Ok(())
    }

    fn method(&self) -> Result<&str, Failure> {
        let method = match (&self.method, &self.body_file) {
            (Some(method), _) => method,
            (None, Some(_)) => "POST",
            (None, None) => "GET",
        };
        let is_token =
            !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let content_type = self.content_type.as_deref().unwrap_or("application/json");
        if !is_token || content_type.trim().is_empty() || content_type.contains(char::is_control) {
            return Err(Failure::usage(
                "the method is no word, or the type is empty or has control characters",
            ));
        }
        if method == "HEAD" && self.body_file.is_some() {
            return Err(Failure::usage("curl sends no body with HEAD: leave --body-file out"));
        }
        Ok(method)
    }

    /// The header lines that are sent, besides the credential and what curl adds.
    fn lines(&self) -> Vec<String> {
        let mut lines = self.headers.clone();
        let is_type = |line: &String| {
            let name = line.split_once(':').map(|(name, _)| name);
            name.is_some_and(|name| name.eq_ignore_ascii_case("content-type"))
        };
        if self.body_file.is_some() && !lines.iter().any(is_type) {
            let content_type = self.content_type.as_deref().unwrap_or("application/json");
            lines.push(format!("Content-Type: {content_type}"));
        }
        lines
    }

    fn sign(&self, sending: &Sending<'_>, context: &Context) -> Result<Signed, Failure> {
        let id = self.id.as_deref().unwrap_or_default();
        let secret = || crate::settings::secret(&context.environment, self.secret_file.as_ref());
        let (url, body, now) = (&sending.url, sending.body, context.now);
        match self.scheme {
            SignScheme::ApiKey => Signed::api_key(url, &self.place()?, &secret()?, self.inline),
            SignScheme::Basic => Signed::basic(url, id, &secret()?, self.inline),
            SignScheme::Jwt => Signed::jwt(url, id, self.life, self.secret_file.as_ref(), context),
            SignScheme::QuerySignature if self.strict => {
                Signed::strict_query(sending, id, &secret()?.value, self.life, now)
            }
            SignScheme::XAuth if self.strict => {
                Signed::strict_x_auth(sending, id, &secret()?.value, self.life, now)
            }
            SignScheme::QuerySignature => Signed::query(url, id, &secret()?.value, body, now),
            SignScheme::XAuth => Signed::x_auth(url, id, &secret()?.value, body, self.life, now),
            SignScheme::SigV4 => {
                let (region, service) = (self.region.as_deref(), self.service.as_deref());
                let scope = (region.unwrap_or_default(), service.unwrap_or_default());
                let secret = secret()?.value;
                match self.presign {
                    true => Signed::presigned(sending, id, &secret, scope, self.life, now),
                    false => Signed::sigv4(sending, id, &secret, scope, now),
                }
            }
            SignScheme::MessageSignature => Signed::message(sending, id, &secret()?.value, self.life, now),
        }
    }

    fn place(&self) -> Result<Place<'_>, Failure> {
        match (&self.api_key_header, &self.api_key_parameter) {
            (Some(name), _) => Place::header(name),
            (None, Some(name)) => Place::parameter(name),
            (None, None) => Ok(self.carrier.unwrap_or_default().place()),
        }
    }
}
