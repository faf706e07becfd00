//! The console for the keys of this service, and what it is shown of the requests.

use std::time::Duration;

use portcullis::audit::{AuditEvent, AuditSink, RecentEvents};
use portcullis::console::{Console, Service};
use portcullis::explain::{ExplainSettings, Explainer};
use portcullis::store::sqlite::SqliteKeyStore;
use portcullis::store::{KeyFormat, LastUses};
use portcullis::tower::AuthLayer;
use portcullis::{Authenticator, Scheme, Secret};

use crate::administrators::Administrators;
use crate::backing::Backing;
use crate::chain::{Me, REGION, SERVICE};
use crate::demo::ADMINISTRATOR;
use crate::process::{Failure, say};

/// Where it is.
const CONSOLE: &str = "/admin/keys";
const LOG_IN: &str = "/admin/keys/log-in";
/// How often the last uses of keys are written.
const TICK: Duration = Duration::from_secs(2);

/// What is seen of requests.
pub(crate) struct Watch {
    events: RecentEvents,
    uses: LastUses,
}

impl Watch {
    pub(crate) fn new() -> Self {
        Self { events: RecentEvents::new(10_000), uses: LastUses::new(10_000) }
    }

    /// Has a layer tell of everything: what became of each request, which key was used when, and
    /// from which addresses.
    pub(crate) fn over<A>(&self, auth: AuthLayer<A>, store: &SqliteKeyStore<Me>) -> AuthLayer<A>
    where
        A: Authenticator<Principal = Me>,
    {
        auth.with_audit(self.events.clone())
            .with_known_addresses(store.clone())
            .with_last_use(self.uses.clone())
    }

    /// Writes the last uses for as long as `serving` takes, and once more after it.
    pub(crate) async fn during(
        self,
        store: SqliteKeyStore<Me>,
        serving: impl Future<Output = Result<(), Failure>>,
    ) -> Result<(), Failure> {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let tick = || tokio::time::sleep(TICK);
        let writing = tokio::spawn(self.uses.run(store, tick, async { drop(stopped.await) }));
        let served = serving.await;
        drop(stop);
        writing.await?;
        served
    }
}

/// The console, for a service at `base`.
pub(crate) fn console(
    backing: &Backing,
    administrators: Administrators,
    watch: &Watch,
    base: &str,
) -> Result<Console, Failure> {
    let users = administrators.verifier()?;
    let (key, issuer) = backing.token_key();
    let chain = ExplainSettings::new().with_key_prefix("igny8_").with_jwt_key(key).with_jwt_issuer(issuer);
    let chain = chain.with_region(REGION).with_service(SERVICE);
    let events = watch.events.clone();
    Ok(Console::new(CONSOLE, backing.store.clone(), users)?
        .with_schemes([
            Scheme::ApiKey,
            Scheme::QuerySignature,
            Scheme::XAuth,
            Scheme::SigV4,
            Scheme::MessageSignature,
        ])
        .with_key_format(KeyFormat::plain("igny8_", 40)?)
        .with_service(Service::at(format!("{base}/whoami")).with_sigv4(REGION, SERVICE))
        .with_explainer(Explainer::new(chain)?)
        .with_activity(watch.events.clone())
        .with_audit(move |event: &AuditEvent<'_>| {
            if let AuditEvent::Authenticated { request, who, .. } = event
                && request.path() == LOG_IN
                && let Some(user) = who.user()
            {
                administrators.logged_in(user);
            }
            events.record(event);
        }))
}

/// Says where it is, and who gets in.
pub(crate) fn announce(base: &str, password: &Secret) -> Result<(), Failure> {
    let password = password.expose_text().ok_or("a generated password is text")?;
    say(format_args!("the console is at {base}{CONSOLE}/"))?;
    Ok(say(format_args!("{ADMINISTRATOR} may log in there once, with the password {password}"))?)
}
