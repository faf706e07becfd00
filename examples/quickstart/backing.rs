//! What is behind the routes: the folder, opened, with what the first start puts into it.

use portcullis::Authenticator;
use portcullis::jwt::{JwtKey, TokenEndpoint};
use portcullis::store::sqlite::{MasterKey, SqliteKeyStore};

use crate::chain::{self, Me};
use crate::data::{DataFolder, Start};
use crate::events::Events;
use crate::passwords::Passwords;
use crate::process::{Failure, say};
use crate::tokens::Tokens;
use crate::{commands, demo};

/// The database and the master key.
pub(crate) struct Backing {
    pub(crate) store: SqliteKeyStore<Me>,
    passwords: Passwords,
    tokens: Tokens,
    events: Events,
}

impl Backing {
    /// Opens the folder. The first start fills it, and shows the secrets with commands for a
    /// service at `base`.
    pub(crate) async fn open_or_create(base: &str) -> Result<Self, Failure> {
        let data = DataFolder::from_environment();
        let (master, start) = data.master_key()?;
        let backing = Self::connect(&data, &master).await?;
        match start {
            Start::First => {
                let demo = demo::create(&backing.store).await?;
                commands::print(&demo, backing.events.secret(), base)?;
                // Last of all: it says that the secrets were shown.
                backing.passwords.create(demo::USER, &demo.password_hash()?).await?;
            }
            Start::Later => {
                backing.check_whole(&data).await?;
                say(format_args!(
                    "the secrets were shown at the first start; to begin anew, delete {}",
                    data.path().display()
                ))?;
            }
        }
        Ok(backing)
    }

    /// Opens the folder of a service that was started before.
    pub(crate) async fn open() -> Result<Self, Failure> {
        let data = DataFolder::from_environment();
        if !data.database().exists() {
            let path = data.path().display();
            return Err(
                format!("no service in {path} has started yet: start it once without arguments").into()
            );
        }
        let backing = Self::connect(&data, &data.master_key()?.0).await?;
        backing.check_whole(&data).await?;
        Ok(backing)
    }

    async fn connect(data: &DataFolder, master: &MasterKey) -> Result<Self, Failure> {
        let store = SqliteKeyStore::connect(data.database(), master.clone()).await?;
        store.migrate().await?;
        let passwords = Passwords::new(store.pool().clone());
        Ok(Self { store, passwords, tokens: Tokens::new(master)?, events: Events::new(master) })
    }

    async fn check_whole(&self, data: &DataFolder) -> Result<(), Failure> {
        let password = self.passwords.find_hash(demo::USER).await?;
        password.map(|_| ()).ok_or_else(|| data.not_whole())
    }

    /// The chain over this store.
    pub(crate) fn authenticators(&self) -> Result<impl Authenticator<Principal = Me> + use<>, Failure> {
        chain::authenticators(self.store.clone(), &self.tokens, &self.events)
    }

    /// The passwords of users.
    #[allow(dead_code, reason = "the twin in actix-web has no console")]
    pub(crate) fn passwords(&self) -> Passwords {
        self.passwords.clone()
    }

    /// The key of tokens, and who issues them.
    #[allow(dead_code, reason = "the twin in actix-web has no console")]
    pub(crate) fn token_key(&self) -> (JwtKey, &'static str) {
        self.tokens.key()
    }

    /// What makes a token of a password.
    pub(crate) async fn token_endpoint(&self) -> Result<TokenEndpoint<Passwords>, Failure> {
        self.tokens.endpoint(self.passwords.clone()).await
    }
}
