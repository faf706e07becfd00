//! The settings, all of them read before anything is said about them.

use std::collections::BTreeSet;
use std::time::Duration;

use portcullis::Limits;
use portcullis::jwt::WispHubSettings;
use portcullis::outbound::{Origin, OutboundSecrets};
use portcullis::settings::{Environment, SettingsError, SettingsReader};

pub(crate) const KEY: &str = "WISPHUB_NET_KEY";
const HOST: &str = "WISPHUB_NET_HOST";
const LIMITS: &str = "WISPHUB_NET_LIMITS";
const CLIENTS: &str = "WISPHUB_NET_CLIENTS_SECONDS";
const PLANS: &str = "WISPHUB_NET_PLANS_SECONDS";

pub(crate) struct Settings {
    /// Who may log in. It has the upstream's key and host too; they are read again below, as
    /// what they are.
    pub(super) wisphub: WispHubSettings,
    pub(super) origin: Origin,
    pub(super) secrets: OutboundSecrets,
    pub(super) limits: Limits,
    pub(super) keeping: Keeping,
}

/// How long answers are kept.
#[derive(Clone, Copy)]
pub(super) struct Keeping {
    pub(super) clients: Duration,
    pub(super) plans: Duration,
}

impl Settings {
    /// Reads them; else everything that is wrong, a line each.
    pub(crate) fn from_environment(environment: &Environment) -> Result<Self, String> {
        let wisphub = WispHubSettings::from_environment(environment);
        let mut reader = environment.reader();
        let secrets = OutboundSecrets::read(&mut reader, [KEY]);
        let host = reader.required(HOST);
        let origin = reader.parse(HOST, host, |host| {
            host.parse().map_err(|_| "it is no https origin, such as https://api.wisphub.net")
        });
        let limits = reader.optional(LIMITS).unwrap_or_else(|| "100/60 1000/3600".into());
        let limits = reader.parse(LIMITS, Some(limits), |limits| match limits.parse() {
            Ok(limits) if limits != Limits::none() => Ok(limits),
            _ => Err("these are no limits, such as 100/60 1000/3600"),
        });
        let (clients, plans) = (seconds(&mut reader, CLIENTS, 300), seconds(&mut reader, PLANS, 900));
        let keeping = clients.zip(plans).map(|(clients, plans)| Keeping { clients, plans });
        let read = reader.finish_with(origin.zip(limits).zip(keeping));
        match (wisphub, read) {
            (Ok(wisphub), Ok(((origin, limits), keeping))) => {
                Ok(Self { wisphub, origin, secrets, limits, keeping })
            }
            (wisphub, read) => Err(lines(wisphub.err().into_iter().chain(read.err()))),
        }
    }
}

fn seconds(reader: &mut SettingsReader<'_>, name: &str, default: u32) -> Option<Duration> {
    let text = reader.optional(name).unwrap_or_else(|| default.to_string().into());
    reader.parse(name, Some(text), |text| match text.parse() {
        Ok(seconds @ 1..=86_400) => Ok(Duration::from_secs(seconds)),
        _ => Err("it is no number of seconds from 1 to 86400"),
    })
}

/// Each line once, though two have read the same setting.
fn lines(errors: impl Iterator<Item = SettingsError>) -> String {
    let texts: Vec<_> = errors.map(|error| error.to_string()).collect();
    let lines: BTreeSet<_> = texts.iter().flat_map(|text| text.lines()).collect();
    lines.into_iter().collect::<Vec<_>>().join("\n")
}
