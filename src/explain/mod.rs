//! Why a request is refused: a dry run for operators.
//!
//! Clients are told as little as possible about a refusal. An [`Explainer`] tells an operator the
//! rest. It takes a request as text, a dump of HTTP/1.1 or a pasted `curl` line
//! ([`ExplainedRequest`]), asks the authenticators of this crate with the keys of a store, and says
//! what became of it ([`Explanation`]): the reason, the scheme that claims it, the state of the key,
//! and of signed requests the text that the server signs, beside the one that the client signed.
//!
//! # What it promises
//! - Nothing is used up: a request that is explained can still be sent, and one that was sent before
//!   is explained as if it came for the first time. No use of a key is noted, and no throttle counts.
//! - It never has a secret of the store, nor a right signature, also not in `Debug`. The right one is
//!   computed where a signature is wrong, compared in constant time, and forgotten.
//! - Of what the client presented, an API key, a token and a password are not shown. The text that is
//!   signed is shown with every header that the client chose to sign, but for the values of those that
//!   are credentials.
//! - Bad text is an [error](InvalidRequest) that says where; what stands there is not repeated.
//!
//! # What it does not look at
//! Signed events; tokens of other issuers than the one key of the [settings](ExplainSettings); public
//! keys of message signatures; of SigV4 more than one region and service. Passwords, and whatever else
//! the application authenticates by, where it [adds](Explainer::with_authenticator) its own. What
//! happens around a chain (throttles, limits, tenants) is not looked at either.
//!
//! # Example
//!
//! ```
//! use portcullis::explain::{ExplainSettings, ExplainedRequest, Explainer, Verdict};
//! use portcullis::store::memory::MemoryKeyStore;
//! use portcullis::store::{KeyOwner, NewKey, StoredPrincipal};
//! use portcullis::x_auth::XAuthSigner;
//! use portcullis::{KeyAdmin, Reason, Scheme, Timestamp};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let now = Timestamp::from_unix_seconds(1_800_000_000);
//! let store = MemoryKeyStore::<StoredPrincipal>::new();
//! let key = store.issue(NewKey::new(Scheme::XAuth, KeyOwner::default()), now).await?;
//!
//! // A client signs one body and sends another.
//! let headers = XAuthSigner::new(key.id.as_str(), &key.secret).sign(b"{}", now)?;
//! let headers: String =
//!     headers.pairs().iter().map(|(name, value)| format!(" -H '{name}: {value}'")).collect();
//! let pasted = format!("curl https://api.example/orders{headers} -d $'{{}}\\n'");
//!
//! let explainer = Explainer::new(ExplainSettings::new())?;
//! let request = ExplainedRequest::parse(&pasted)?;
//! let explanation = explainer.explain(&store, &request, None, now).await?;
//! let Verdict::Refused(refusal) = explanation.verdict() else { panic!("it is accepted") };
//! assert_eq!((refusal.status(), refusal.reason()), (401, Reason::WrongSignature));
//! assert_eq!(explanation.key().map(|key| key.scheme), Some(Scheme::XAuth));
//! let diagnosis = explanation.diagnosis().expect("a diagnosis").to_string();
//! assert_eq!(diagnosis, "the signature would be right if the body had not its last line end");
//! # Ok(())
//! # }
//! ```

mod chain;
mod compare;
mod curl;
mod dump;
mod explainer;
mod explanation;
mod heads;
mod hint;
mod hints;
mod invalid;
mod presented;
mod request;
mod rows;
mod settings;
mod shell;
mod signed;
mod times;
mod veil;

pub use compare::{Comparison, printable};
pub use explainer::Explainer;
pub use explanation::{Explanation, Refusal, Verdict};
pub use hint::Hint;
pub use invalid::InvalidRequest;
pub use request::ExplainedRequest;
pub use rows::ComparedLine;
pub use settings::ExplainSettings;
pub use signed::Diagnosis;
