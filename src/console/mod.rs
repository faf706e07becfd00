//! Pages for operators: keys, their owners and rights, and what becomes of requests.
//!
//! [`Console`] makes an axum router over any store that is [`EntryPointStore`] and
//! [`RoleAdmin`]: those of this crate, [`SharedKeyStore`](crate::store::SharedKeyStore), or one of
//! the application's own. The pages are plain HTML that is made here: they work without scripts,
//! and load nothing from anywhere else.
//!
//! # Who gets in
//!
//! Administrators are users with a password ([`UserVerifier`]) whom the store's directory knows. A
//! form begins a session, or, [`with_basic`](Console::with_basic), the browser asks. Their roles
//! have to give them a privilege, `keys:see`, and another one to change anything, `keys:change`;
//! both are looked up with each request, so whoever is switched off is out at once. The gate is
//! an [`AuthLayer`] like any other, with a [`Throttle`] for whoever guesses.
//!
//! Whoever may change can put itself into any group and give any role any privilege: `keys:change`
//! includes all others. [`with_directory_privilege`](Console::with_directory_privilege) asks for
//! one more to change users, groups, roles, accounts and sites. A change there that would take
//! the console from the user who makes it is refused, until a box says that it is meant.
//!
//! # What holds for each page
//!
//! * A form is refused without the token that its page has, and where it was sent from another
//!   origin. The cookie of a session is `HttpOnly`, `SameSite=Strict`, for the console's path
//!   alone, and `Secure` except on `localhost`.
//! * The `Content-Security-Policy` allows the console's own style sheet and script and nothing
//!   else: no page can be framed, and none runs a script in it.
//! * Nothing is stored by browsers and proxies (`Cache-Control: no-store`), and no address that
//!   leads out has a `Referer`.
//! * A secret is in one answer, to the form that made it, and never again.
//!
//! Sessions and results are in the memory of one process: where there are several, requests of one
//! browser have to go to the same. Nothing here encrypts: use TLS.
//!
//! ```
//! use portcullis::console::{Console, Service};
//! use portcullis::password::{PasswordHash, SinglePassword, UserVerifier};
//! use portcullis::store::memory::MemoryKeyStore;
//! use portcullis::store::{KeyAdmin, Privilege, RoleAdmin};
//! use portcullis::{GroupId, RoleId, Scope, UserId};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store: MemoryKeyStore = MemoryKeyStore::new();
//! // Ada may see and change everything.
//! let (ada, staff, keeper) = (UserId::from("ada"), GroupId::from("staff"), RoleId::from("key keeper"));
//! store.add_user(&ada, None).await?;
//! store.add_group(&staff).await?;
//! store.add_user_to_group(&ada, &staff).await?;
//! store.add_role(&keeper).await?;
//! store.give_role_to_group(&keeper, &staff).await?;
//! for name in ["keys:see", "keys:change"] {
//!     let privilege = Privilege::new(Scope::new(name)?);
//!     store.add_privilege(&privilege).await?;
//!     store.give_privilege_to_role(privilege.name(), &keeper).await?;
//! }
//! let hash = PasswordHash::bcrypt(&"correct horse".into(), 4)?;
//! let users = UserVerifier::single(SinglePassword::new(ada, hash))?;
//!
//! let console = Console::new("/admin/keys", store, users)?
//!     .with_service(Service::at("https://api.example/whoami"));
//! let app: axum::Router = axum::Router::new().merge(console.into_router());
//! # Ok(())
//! # }
//! ```
//!
//! [`AuthLayer`]: crate::tower::AuthLayer
//! [`EntryPointStore`]: crate::store::EntryPointStore
//! [`RoleAdmin`]: crate::store::RoleAdmin
//! [`Throttle`]: crate::throttle::Throttle
//! [`UserVerifier`]: crate::password::UserVerifier

mod activity;
mod assets;
mod builder;
mod bulk;
mod directory;
mod dry_run;
mod entrance;
mod entry_points;
mod form;
mod gate;
mod keys;
mod layout;
mod moments;
mod once;
mod pages;
mod reply;
mod routes;
mod settings;
mod store;
mod visit;

use std::sync::Arc;

pub use builder::Console;
pub use routes::{Asks, ConsoleRoute};
pub use settings::{InvalidConsole, Service};

use crate::Clock;
use crate::audit::{AuditSink, SharedActivity};
use crate::explain::Explainer;
use crate::store::memory::MemoryNonceStore;
use gate::Sessions;
use gate::token::Tokens;
use settings::Settings;
use store::Source;

/// What all pages share.
struct Shared {
    settings: Settings,
    store: Source,
    clock: Arc<dyn Clock>,
    /// Where changes are recorded.
    sink: Option<Arc<dyn AuditSink>>,
    /// Where events are looked up.
    activity: Option<SharedActivity>,
    tokens: Arc<Tokens>,
    /// None where browsers ask for the password.
    sessions: Option<Arc<Sessions>>,
    /// Those of dry runs: one for each realm.
    explainers: Vec<Arc<Explainer>>,
    /// The forms that were sent, of those that count once.
    forms: MemoryNonceStore,
    /// Keys for many sites that are being made.
    jobs: bulk::Jobs,
}
