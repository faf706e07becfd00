//! `explain`: why a request is refused.

mod chain;
mod compare;
mod dump;
mod heads;
mod hints;
mod presented;
mod signed;
mod times;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use portcullis::api_key::KeyShape;
use portcullis::request::BodyGate;
use portcullis::store::{KeyFormat, KeyRef, KeySummary};
use portcullis::{ErrorKind, Realm, Reason, Timestamp};
use serde_json::{Value, json};

use crate::arguments::Context;
use crate::backing::Store;
use crate::failure::{Code, Failure};
use crate::keys;
use crate::moments::{Moment, duration, utc};
use crate::output::{Cell, object, visible};
use crate::token::JwtSettings;
use chain::Decision;
use compare::Comparison;
use dump::Dump;
use presented::Presented;
use signed::SignedParts;

/// Say why a request would be refused, from a dump of it
///
/// The dump is the text of the request as HTTP/1.1 has it: request line, headers, a blank line and
/// the body. The real authenticators decide about it with the keys of the store; nothing is used up,
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
    pub(super) peer: Option<IpAddr>,
    /// What its route is called; its path without this
    #[arg(long, value_name = "NAME")]
    pub(super) entry_point: Option<String>,
    /// The set of keys
    #[arg(long, default_value = "default")]
    pub(super) realm: String,
    /// What API keys begin with; without this, whatever stands where one may be is one
    #[arg(long, value_name = "TEXT")]
    pub(super) key_prefix: Option<String>,
    /// How API keys look: checked:<prefix>:<env> or plain:<length>:<prefix>; may be repeated
    #[arg(long = "key-format", value_name = "FORMAT")]
    pub(super) key_formats: Vec<KeyFormat>,
    /// API keys are also read from Authorization without a word before them
    #[arg(long)]
    pub(super) raw_authorization: bool,
    /// A further header that holds API keys; may be repeated
    #[arg(long = "api-key-header", value_name = "NAME")]
    pub(super) api_key_headers: Vec<String>,
    /// A query parameter that holds API keys; may be repeated
    #[arg(long = "api-key-parameter", value_name = "NAME")]
    pub(super) api_key_parameters: Vec<String>,
    /// How far the timestamp of a signed URL may be off
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "300s")]
    pub(super) max_drift: Duration,
    /// The longest life of an x-auth request
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "600s")]
    pub(super) max_life: Duration,
    /// Accept the compatible form of signed URLs
    #[arg(long)]
    pub(super) compatible_form: bool,
    /// The region that SigV4 is for; without this, that of the request
    #[arg(long, value_name = "NAME")]
    pub(super) sigv4_region: Option<String>,
    /// The service that SigV4 is for; without this, that of the request
    #[arg(long, value_name = "NAME")]
    pub(super) sigv4_service: Option<String>,
    /// Accept bodies that SigV4 leaves unsigned
    #[arg(long)]
    pub(super) unsigned_payload: bool,
    /// Accept bodies in chunks that SigV4 leaves unsigned, with a checksum behind them
    #[arg(long)]
    pub(super) unsigned_trailer: bool,
    /// The file that holds the session token which SigV4 requests must have; without this they must
    /// have none
    #[arg(long, value_name = "FILE")]
    pub(super) session_token_file: Option<PathBuf>,
    /// Accept the lenient canonical forms of SigV4
    #[arg(long)]
    pub(super) lenient: bool,
    /// The issuer that tokens must have
    #[arg(long, value_name = "NAME")]
    pub(super) jwt_issuer: Option<String>,
    /// The audience that tokens must have
    #[arg(long, value_name = "NAME")]
    pub(super) jwt_audience: Option<String>,
}

/// All that is found out about a request.
struct Report {
    at: Timestamp,
    decision: Decision,
    signed: Option<SignedParts>,
    client: Option<Vec<u8>>,
    key: Option<KeySummary>,
    diagnosis: Option<&'static str>,
    hints: Vec<String>,
}

impl Explain {
    pub(crate) async fn run<S: Store>(self, store: Arc<S>, context: &mut Context) -> Result<(), Failure> {
        let dump = Dump::parse(&keys::read_bytes(&self.file)?)?;
        let report = self.find_out(&dump, &store, context).await?;
        if context.output.is_json() {
            report.json(context)?
        } else {
            report.text(context)?
        }
        match report.decision {
            Decision::Accepted(_) => Ok(()),
            Decision::Refused(error) if error.kind() == ErrorKind::Unavailable => {
                Err(Failure::new(Code::Store, "the store cannot answer"))
            }
            Decision::Absent | Decision::Refused(_) => Err(Failure::silent(Code::Denied)),
        }
    }

    async fn find_out<S: Store>(
        &self,
        dump: &Dump,
        store: &Arc<S>,
        context: &Context,
    ) -> Result<Report, Failure> {
        let at = self.at.map_or(context.now, |moment| moment.from(context.now));
        let client = self.client_canonical.as_deref().map(keys::read_bytes).transpose()?;
        let decision = chain::ask(self, dump, store, at, context).await?;
        let realm = Realm::new(self.realm.as_str());
        let gate = BodyGate::delivered(dump.body.clone());
        let view = chain::view(self, dump, &gate, at);
        let signed = SignedParts::of(&view, dump);
        let named = match &decision {
            Decision::Accepted(credential) => credential.as_ref().and_then(|held| held.key()).cloned(),
            Decision::Refused(error) => error.key().cloned(),
            Decision::Absent => None,
        };
        let named = named.or_else(|| signed.as_ref().map(|signed| signed.key.as_str().into()));
        let presented = Presented::of(self, &view);
        let written = || presented.as_ref().and_then(|presented| presented.id()).map(Into::into);
        let key = match named.or_else(written) {
            Some(id) => store.find_key(&KeyRef { realm: realm.clone(), id }).await?,
            None => None,
        };
        let wrong = matches!(&decision, Decision::Refused(error) if error.reason() == Reason::WrongSignature);
        let diagnosis = match &signed {
            Some(signed) if wrong => signed.diagnose(&**store, &realm, at).await?,
            _ => None,
        };
        let facts = hints::Facts {
            explain: self,
            dump,
            at,
            key: key.as_ref(),
            presented: presented.as_ref(),
            scheme: signed.as_ref().map(|signed| signed.scheme),
            has_jwt_key: JwtSettings::optional(&context.environment)?.is_some(),
        };
        let mut hints = match &decision {
            Decision::Refused(error) => hints::hints(error, &facts),
            _ => Vec::new(),
        };
        hints.extend(dump.remarks.iter().cloned());
        // Some repeat what is in the dump, which a stranger wrote.
        let hints = hints.iter().map(|hint| visible(hint)).collect();
        Ok(Report { at, decision, signed, client, key, diagnosis, hints })
    }

    /// Which texts the service takes for API keys.
    pub(super) fn key_shape(&self) -> KeyShape {
        let prefix = self.key_prefix.as_ref().map(KeyShape::prefix);
        if self.key_formats.is_empty() {
            return prefix.unwrap_or_else(KeyShape::any);
        }
        let formats = KeyShape::formats(self.key_formats.iter().cloned());
        prefix.into_iter().fold(formats, KeyShape::or)
    }
}

impl Report {
    /// The status and the reason, where it is refused.
    fn refusal(&self) -> Option<(u16, &'static str)> {
        let of = |reason: Reason| (reason.kind().status(), reason.text());
        match &self.decision {
            Decision::Accepted(_) => None,
            Decision::Absent => Some(of(Reason::MissingCredential)),
            Decision::Refused(error) => Some(of(error.reason())),
        }
    }

    fn scheme(&self) -> Option<String> {
        let decided = match &self.decision {
            Decision::Accepted(credential) => credential.as_ref().map(|held| held.scheme()),
            Decision::Refused(error) => error.scheme(),
            Decision::Absent => None,
        };
        decided.or(self.signed.as_ref().map(|signed| signed.scheme)).map(|scheme| scheme.to_string())
    }

    fn json(&self, context: &mut Context) -> Result<(), Failure> {
        let refusal = self.refusal();
        let canonical = self.signed.as_ref().map(|signed| compare::shown(&signed.canonical));
        let compared = self.signed.as_ref().zip(self.client.as_ref());
        let report = json!({
            "decision": if refusal.is_some() { "refused" } else { "accepted" },
            "status": refusal.map(|(status, _)| status),
            "reason": refusal.map(|(_, reason)| reason),
            "scheme": self.scheme(),
            "received_at": utc(self.at, true),
            "presented_key": self.signed.as_ref().map(|signed| signed.key.as_str()),
            "key": self.key.as_ref().map(|key| Value::Object(object(&keys::fields(key, self.at)))),
            "canonical": canonical,
            "string_to_sign": self.signed.as_ref().and_then(SignedParts::string_to_sign),
            "client_canonical": self.client.as_deref().map(compare::shown),
            "first_difference": compared.and_then(|(signed, client)| Comparison::new(&signed.canonical, client).difference()),
            "signature_right": self.diagnosis,
            "hints": self.hints,
        });
        match report {
            Value::Object(report) => context.output.object(&report),
            _ => Ok(()),
        }
    }

    fn text(&self, context: &mut Context) -> Result<(), Failure> {
        let output = &mut context.output;
        match self.refusal() {
            None => output.line("the request would be accepted")?,
            Some((status, reason)) => {
                output.line(format_args!("the request would be refused: {status}, {reason}"))?
            }
        }
        let mut fields = vec![("scheme", Cell::maybe(self.scheme())), ("received_at", Cell::Moment(self.at))];
        let presented = self.signed.as_ref().map(|signed| signed.key.as_str());
        match &self.key {
            None => fields.push((
                "key",
                Cell::text(presented.map_or("-".to_owned(), |key| format!("{key} (unknown)"))),
            )),
            Some(key) => {
                let known = keys::fields(key, self.at);
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
        for hint in &self.hints {
            output.line(format_args!("hint: {hint}"))?;
        }
        if let Some(words) = self.diagnosis {
            let is = if words.starts_with("the ") { "" } else { "the signature would be right " };
            output.line(format_args!("hint: {is}{words}"))?;
        }
        let Some(signed) = &self.signed else { return Ok(()) };
        if let Some(lines) = signed.string_to_sign() {
            let lines = compare::shown(lines.as_bytes());
            output.line(format_args!(
                "the string to sign, with the digest of what follows:\n        {lines}"
            ))?;
        }
        match &self.client {
            None => {
                let text = compare::shown(signed.canonical.get(..2000).unwrap_or(&signed.canonical));
                let cut = if signed.canonical.len() > 2000 { "..." } else { "" };
                output.line(format_args!(
                    "the server signs {} bytes:\n        {text}{cut}",
                    signed.canonical.len()
                ))
            }
            Some(client) => {
                let (ours, theirs) = (signed.canonical.len(), client.len());
                output.line(format_args!("the server signs {ours} bytes, the client signed {theirs}:"))?;
                let comparison = Comparison::new(&signed.canonical, client);
                comparison.lines().into_iter().try_for_each(|line| output.line(line))
            }
        }
    }
}
