//! `portcullis`, the operator's command line: issues, lists, rotates and withdraws keys, keeps
//! users, groups and roles, signs requests, and says why a request is refused. What each command
//! does is in its `--help`, and in the manual.

mod arguments;
mod backing;
mod entry_points;
mod explain;
mod failure;
mod keys;
mod moments;
mod outbound;
mod output;
mod owners;
mod roles;
mod settings;
mod sign;
mod token;

use std::process::ExitCode;
use std::sync::Arc;

use portcullis::audit::{AuditEvent, AuditSink, Audited, JsonLines};
use portcullis::settings::Environment;
use portcullis::store::KeyHasher;
use portcullis::{Clock, SystemClock};

use arguments::{Arguments, Command, Context, Stored};
use backing::{Missing, Store};
use failure::Failure;
use output::Output;
use settings::StoreSettings;

fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn start() -> Result<(), Failure> {
    // Other features bring another provider, and between two nobody chooses.
    #[cfg(feature = "tls")]
    let _ = rustls::crypto::ring::default_provider().install_default();
    let Some(arguments) = arguments::read()? else { return Ok(()) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| Failure::refused(format!("no runtime: {}", error.kind())))?;
    runtime.block_on(run(arguments))
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { json, progress, audit_log, acting_as, command } = arguments;
    let mut context = Context {
        output: Output::new(json),
        environment: Environment::from_process(),
        now: SystemClock.now(),
        progress,
        hasher: KeyHasher::sha256(),
        log: Log::default(),
        actor: "cli".into(),
    };
    match command {
        Command::Token(token) => token.run(&mut context)?,
        Command::Sign(sign) => sign.run(&mut context)?,
        Command::Migrate => {
            let settings = StoreSettings::read(&context.environment)?;
            drop(backing::open(settings, Missing::Make).await?);
            context.output.done("migrated", Vec::new())?;
        }
        Command::Stored(command) => {
            let log = settings::audit_log(&context.environment, audit_log)?;
            let log = log.map(JsonLines::append).transpose();
            let log = log.map_err(|error| {
                Failure::usage(format!("the audit log cannot be opened: {}", error.kind()))
            })?;
            let log = log.map(Arc::new);
            let settings = StoreSettings::read(&context.environment)?;
            context.hasher = settings.hasher.clone();
            context.log = Log(log.clone());
            context.actor = settings::actor(acting_as);
            let opened = backing::open(settings, Missing::Refuse).await?;
            let done = match command {
                Stored::Outbound(outbound) => outbound.run(opened.rings, &mut context).await,
                command => {
                    let store = Audited::new(opened.keys, context.log.clone());
                    stored(command, store.acting_as(context.actor.clone()), &mut context).await
                }
            };
            if log.is_some_and(|log| log.failures() > 0) {
                let text = "the change is made, but the audit log could not be written";
                return Err(done.err().unwrap_or_else(|| Failure::refused(text)));
            }
            done?;
        }
    }
    context.output.flush()
}

async fn stored<S: Store>(command: Stored, store: S, context: &mut Context) -> Result<(), Failure> {
    match command {
        Stored::Keys(keys) => keys.run(&store, context).await,
        Stored::Users(users) => users.run(&store, context).await,
        Stored::Accounts(accounts) => accounts.run(&store, context).await,
        Stored::Sites(sites) => sites.run(&store, context).await,
        Stored::Groups(groups) => groups.run(&store, context).await,
        Stored::Roles(roles) => roles.run(&store, context).await,
        Stored::Privileges(privileges) => privileges.run(&store, context).await,
        Stored::EntryPoints(points) => points.run(&store, context).await,
        Stored::Explain(explain) => explain.run(Arc::new(store), context).await,
        Stored::Outbound(_) => Err(Failure::refused("these are not among the keys")),
    }
}

/// The audit log, where there is one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Option<Arc<JsonLines<std::fs::File>>>);

impl AuditSink for Log {
    fn record(&self, event: &AuditEvent<'_>) {
        if let Some(log) = &self.0 {
            log.record(event);
        }
    }
}
