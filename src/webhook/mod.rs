//! Signed events from other services, and to them: Standard Webhooks, GitHub, Stripe, Slack, and
//! whoever signs the body alone.
//!
//! # Wire format
//!
//! A signature is HMAC-SHA-256 of what the sender signs, keyed with the secret.
//!
//! | scheme | headers | signed |
//! |---|---|---|
//! | [`standard`](WebhookScheme::standard) | `webhook-id`, `webhook-timestamp`, `webhook-signature: v1,<base64>`, several with spaces between | `<id>.<timestamp>.<body>` |
//! | [`svix`](WebhookScheme::svix) | the same with `svix-` | the same |
//! | [`github`](WebhookScheme::github) | `x-hub-signature-256: sha256=<hex>` | `<body>` |
//! | [`stripe`](WebhookScheme::stripe) | `stripe-signature: t=<timestamp>,v1=<hex>`, several of `v1` | `<timestamp>.<body>` |
//! | [`slack`](WebhookScheme::slack) | `x-slack-request-timestamp`, `x-slack-signature: v0=<hex>` | `v0:<timestamp>:<body>` |
//!
//! In the first two, secrets are base64 of 24 to 64 bytes, behind `whsec_` or not; in the
//! others, the text that they are, of at least 16 bytes. A secret belongs to one scheme: under
//! another, what was signed would be read with other borders.
//!
//! # Decision
//!
//! 1. None of the headers: the scheme does not apply. Some: 400. One twice, or `t` twice: 400.
//! 2. The id is visible ASCII without a dot, and the timestamp is ten digits, so that what is
//!    signed can be read in one way only.
//! 3. There is a signature of the known version, and each of them is 32 bytes in one spelling.
//!    Those of other versions are passed over, and never enough.
//! 4. The timestamp is at most the [tolerance](WebhookVerifier::with_tolerance) away from now,
//!    in either direction.
//! 5. Only now the body is read. One of the signatures matches, in constant time, under one of
//!    the secrets that are in force.
//! 6. The [entry points](WebhookAuthenticator::with_entry_points) allow the path.
//! 7. The event is claimed, and a repeat is refused, whatever the method.
//!
//! # What is claimed
//!
//! Where there is an id: the id with the timestamp, which is one attempt. A sender that was not
//! answered signs the same id anew and is let in; the handler, which alone knows what became of
//! the event, looks at the id.
//! [`refuse_repeated_ids`](WebhookAuthenticator::refuse_repeated_ids) claims the id alone.
//! Elsewhere, all that is signed is claimed, whichever secret it was signed with.
//!
//! GitHub signs neither a timestamp nor its `X-GitHub-Delivery`, so the body is claimed, for
//! [a day](WebhookAuthenticator::with_memory). What GitHub delivers again on request is such a
//! repeat.
//!
//! # Several senders
//!
//! The first authenticator of a scheme decides about its headers. Where two senders write the
//! same headers, give each a route and a layer of its own.
//!
//! # What the schemes cannot do
//!
//! They sign neither the method nor the URL: whoever captures an event that has not arrived can
//! send it to another path. Name the entry points, and use TLS.
//!
//! # What is left out
//!
//! The asymmetric signatures of Standard Webhooks (`v1a`: Ed25519, keys `whsk_` and `whpk_`) are neither
//! made nor verified. Beside one of `v1` they are passed over; alone they are refused.

mod authenticator;
mod presented;
mod scheme;
mod secret;
mod signer;
mod verifier;

pub use authenticator::WebhookAuthenticator;
pub use scheme::{WebhookEncoding, WebhookScheme};
pub use secret::{InvalidWebhookSecret, WebhookSecret};
pub use signer::{WebhookHeaders, WebhookSigner};
pub use verifier::WebhookVerifier;
