//! `explain`: why a request is refused.

mod words;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use portcullis::explain::{
    ExplainSettings, ExplainedRequest, Explainer, Explanation, InvalidRequest, Verdict, printable,
};
use portcullis::store::KeyFormat;
use portcullis::{ErrorKind, Realm};
use serde_json::{Value, json};

use crate::arguments::Context;
use crate::backing::Store;
use crate::failure::{Code, Failure};
use crate::keys;
use crate::moments::{Moment, duration, utc};
use crate::output::{Cell, object, visible};
use crate::settings::secret_file;
use crate::token::JwtSettings;

/// Say why a request would be refused, from a dump of it
///
/// The dump is the text of the request as HTTP/1.1 has it: request line, headers, a blank line and
/// the body; or it is the curl line that makes the request. The real authenticators decide about it with the keys of the store; nothing is used up,
/// and a repeat is not noticed. Not looked at are passwords, signed events (webhooks), tokens but
/// those of JWT_SECRET_KEY, public keys of messages, and of SigV4 further regions and services, a
/// Content-Type that need not be signed, and authorities. Shown are the reason, the state of the key, and for signed requests
/// the text that the server signs: with the headers that the client signed, but neither a secret of
/// the store nor the right signature. Exit code 4: the request would be refused.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    portcullis explain request.txt\n  \
    portcullis explain request.txt --at 2026-01-31T12:00:00Z --peer 192.0.2.7\n  \
    portcullis explain request.txt --client-canonical signed-by-client.bin --json")]
pub(crate) struct Explain {
    /// The dump; - for standard input
    #[arg(default_value = "-")]
    file: PathBuf,
    /// The text that the client says it signed
    #[arg(long, value_name = "FILE")]
    client_canonical: Option<PathBuf>,
    /// When the request came; now without this
    #[arg(long, value_name = "MOMENT", value_parser = Moment::parse)]
    at: Option<Moment>,
    /// The address that it came from
    #[arg(long, value_name = "ADDRESS")]
    peer: Option<IpAddr>,
    /// What its route is called; its path without this
    #[arg(long, value_name = "NAME")]
    entry_point: Option<String>,
    /// The set of keys
    #[arg(long, default_value = "default")]
    realm: String,
    /// What API keys begin with; without this, whatever stands where one may be is one
    #[arg(long, value_name = "TEXT")]
    key_prefix: Option<String>,
    /// How API keys look: checked:<prefix>:<env> or plain:<length>:<prefix>; may be repeated
    #[arg(long = "key-format", value_name = "FORMAT")]
    key_formats: Vec<KeyFormat>,
    /// API keys are also read from Authorization without a word before them
    #[arg(long)]
    raw_authorization: bool,
    /// A further header that holds API keys; may be repeated
    #[arg(long = "api-key-header", value_name = "NAME")]
    api_key_headers: Vec<String>,
    /// A query parameter that holds API keys; may be repeated
    #[arg(long = "api-key-parameter", value_name = "NAME")]
    api_key_parameters: Vec<String>,
    /// How far the timestamp of a signed URL may be off
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "300s")]
    max_drift: Duration,
    /// The longest life of an x-auth request
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "600s")]
    max_life: Duration,
    /// Accept the compatible form of signed URLs
    #[arg(long)]
    compatible_form: bool,
    /// The region that SigV4 is for; without this, that of the request
    #[arg(long, value_name = "NAME")]
    sigv4_region: Option<String>,
    /// The service that SigV4 is for; without this, that of the request
    #[arg(long, value_name = "NAME")]
    sigv4_service: Option<String>,
    /// Accept bodies that SigV4 leaves unsigned
    #[arg(long)]
    unsigned_payload: bool,
    /// Accept bodies in chunks that SigV4 leaves unsigned, with a checksum behind them
    #[arg(long)]
    unsigned_trailer: bool,
    /// The file that holds the session token which SigV4 requests must have; without this they must
    /// have none
    #[arg(long, value_name = "FILE")]
    session_token_file: Option<PathBuf>,
    /// Accept the lenient canonical forms of SigV4
    #[arg(long)]
    lenient: bool,
    /// The issuer that tokens must have
    #[arg(long, value_name = "NAME")]
    jwt_issuer: Option<String>,
    /// The audience that tokens must have
    #[arg(long, value_name = "NAME")]
    jwt_audience: Option<String>,
}

impl Explain {
    pub(crate) async fn run<S: Store>(self, store: Arc<S>, context: &mut Context) -> Result<(), Failure> {
        let mut request = ExplainedRequest::parse(keys::read_bytes(&self.file)?)?;
        let at = self.at.map_or(context.now, |moment| moment.from(context.now));
        let client = self.client_canonical.as_deref().map(keys::read_bytes).transpose()?;
        if let Some(peer) = self.peer {
            request = request.with_peer(peer);
        }
        if let Some(name) = &self.entry_point {
            request = request.with_entry_point(name);
        }
        let explainer = Explainer::new(self.settings(context)?);
        let explainer = explainer.map_err(|error| Failure::usage(error.to_string()))?;
        let explanation = explainer.explain(&store, &request, client.as_deref(), at).await?;
        let report = Report(explanation);
        if context.output.is_json() {
            report.json(context)?
        } else {
            report.text(context)?
        }
        match report.0.verdict() {
            Verdict::Accepted => Ok(()),
            Verdict::Refused(refusal) if refusal.kind() == ErrorKind::Unavailable => {
                Err(Failure::new(Code::Store, "the store cannot answer"))
            }
            _ => Err(Failure::silent(Code::Denied)),
        }
    }

    /// What the arguments and the environment say.
    fn settings(self, context: &Context) -> Result<ExplainSettings, Failure> {
        let mut settings = ExplainSettings::new()
            .with_realm(Realm::new(self.realm))
            .with_hasher(context.hasher.clone())
            .with_max_drift(self.max_drift)
            .with_max_life(self.max_life);
        for (wanted, set) in [
            (self.raw_authorization, ExplainSettings::accept_raw_authorization as fn(_) -> _),
            (self.compatible_form, ExplainSettings::accept_compatible_form),
            (self.unsigned_payload, ExplainSettings::accept_unsigned_payload),
            (self.unsigned_trailer, ExplainSettings::accept_unsigned_trailer),
            (self.lenient, ExplainSettings::with_lenient_canonicalisation),
        ] {
            settings = if wanted { set(settings) } else { settings };
        }
        settings = self.key_prefix.into_iter().fold(settings, ExplainSettings::with_key_prefix);
        settings = self.key_formats.into_iter().fold(settings, ExplainSettings::with_key_format);
        settings = self.api_key_headers.into_iter().fold(settings, ExplainSettings::with_key_header);
        settings = self.api_key_parameters.into_iter().fold(settings, ExplainSettings::with_key_parameter);
        settings = self.sigv4_region.into_iter().fold(settings, ExplainSettings::with_region);
        settings = self.sigv4_service.into_iter().fold(settings, ExplainSettings::with_service);
        settings = self.jwt_issuer.into_iter().fold(settings, ExplainSettings::with_jwt_issuer);
        settings = self.jwt_audience.into_iter().fold(settings, ExplainSettings::with_jwt_audience);
        if let Some(path) = &self.session_token_file {
            settings = settings.with_session_token(secret_file(path, "--session-token-file")?);
        }
        let tokens = JwtSettings::optional(&context.environment)?;
        Ok(tokens.into_iter().fold(settings, |settings, tokens| settings.with_jwt_key(tokens.key)))
    }
}

impl From<InvalidRequest> for Failure {
    fn from(error: InvalidRequest) -> Self {
        Self::usage(error.to_string())
    }
}

/// All that is found out about a request, to be printed.
struct Report(Explanation);

impl Report {
    fn scheme(&self) -> Option<String> {
        self.0.scheme().map(|scheme| scheme.to_string())
    }

    /// Some repeat what is in the dump, which a stranger wrote.
    fn hints(&self) -> Vec<String> {
        self.0.hints().iter().map(|hint| visible(&words::of(hint))).collect()
    }

    fn json(&self, context: &mut Context) -> Result<(), Failure> {
        let found = &self.0;
        let refusal = found.refusal();
        let report = json!({
            "decision": if refusal.is_some() { "refused" } else { "accepted" },
            "status": refusal.map(|refusal| refusal.status()),
            "reason": refusal.map(|refusal| refusal.text()),
            "scheme": self.scheme(),
            "received_at": utc(found.received_at(), true),
            "presented_key": found.presented_key(),
            "key": found.key().map(|key| Value::Object(object(&keys::fields(key, found.received_at())))),
            "canonical": found.canonical_text(),
            "string_to_sign": found.string_to_sign(),
            "client_canonical": found.client_text().map(printable),
            "first_difference": found.comparison().and_then(|comparison| comparison.difference()),
            "signature_right": found.diagnosis().map(|diagnosis| diagnosis.words()),
            "hints": self.hints(),
        });
        match report {
            Value::Object(report) => context.output.object(&report),
            _ => Ok(()),
        }
    }

    fn text(&self, context: &mut Context) -> Result<(), Failure> {
        let (output, found) = (&mut context.output, &self.0);
        match found.refusal() {
            None => output.line("the request would be accepted")?,
            Some(refusal) => {
                let (status, reason) = (refusal.status(), refusal.text());
                output.line(format_args!("the request would be refused: {status}, {reason}"))?
            }
        }
        let at = found.received_at();
        let mut fields = vec![("scheme", Cell::maybe(self.scheme())), ("received_at", Cell::Moment(at))];
        let presented = found.presented_key();
        match found.key() {
            None => fields.push((
                "key",
                Cell::text(presented.map_or("-".to_owned(), |key| format!("{key} (unknown)"))),
            )),
            Some(key) => {
                let known = keys::fields(key, at);
                let wanted = [
                    "id",
                    "scheme",
                    "status",
                    "not_before",
                    "expires_at",
                    "previous_until",
                    "entry_points",
                    "allowed_networks",
                    "denied_networks",
                    "owner_active",
                    "revoked_at",
                    "revoked_reason",
                ];
                let names = ["key", "key_scheme", "key_status"].into_iter().chain(wanted.into_iter().skip(3));
                for (name, wanted) in names.zip(wanted) {
                    fields.extend(
                        known.iter().find(|(held, _)| *held == wanted).map(|(_, cell)| (name, cell.clone())),
                    );
                }
            }
        }
        // What is not limited explains nothing.
        fields.retain(|(_, cell)| cell.to_string() != "-");
        output.show(&fields)?;
        for hint in self.hints() {
            output.line(format_args!("hint: {hint}"))?;
        }
        if let Some(diagnosis) = found.diagnosis() {
            output.line(format_args!("hint: {diagnosis}"))?;
        }
        let Some(canonical) = found.canonical() else { return Ok(()) };
        if let Some(lines) = found.string_to_sign() {
            let lines = printable(lines.as_bytes());
            output.line(format_args!(
                "the string to sign, with the digest of what follows:\n        {lines}"
            ))?;
        }
        let (ours, theirs) = (canonical.len(), found.client_text().map(<[u8]>::len));
        let (Some(theirs), Some(comparison)) = (theirs, found.comparison()) else {
            let text = printable(canonical.get(..2000).unwrap_or(canonical));
            let cut = if ours > 2000 { "..." } else { "" };
            return output.line(format_args!("the server signs {ours} bytes:\n        {text}{cut}"));
        };
        output.line(format_args!("the server signs {ours} bytes, the client signed {theirs}:"))?;
        comparison.marked().into_iter().try_for_each(|line| output.line(line))
    }
}
