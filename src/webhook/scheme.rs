//! How a sender writes its signatures.

use http::HeaderName;

/// How a sender signs its events: which headers it sends, and what it signs beside the body.
///
/// ```
/// use portcullis::webhook::{WebhookEncoding, WebhookScheme};
///
/// let github = WebhookScheme::github();
/// // As many others do it: the body alone, in a header of their own.
/// let shop = WebhookScheme::of_body("x-shop-hmac-sha256", "", WebhookEncoding::Base64);
/// assert_eq!(shop.headers().collect::<Vec<_>>(), ["x-shop-hmac-sha256"]);
/// # let _ = github;
/// ```
#[derive(Clone, Debug)]
pub struct WebhookScheme {
    pub(super) signature: &'static str,
    pub(super) moment: Moment,
    pub(super) id: Option<&'static str>,
    pub(super) list: List,
    /// What is signed before the body.
    pub(super) signed: &'static [Piece],
    pub(super) secrets: SecretForm,
}

/// How a signature of 32 bytes is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookEncoding {
    /// 64 hexadecimal digits in lower case.
    Hex,
    /// Standard base64 with padding (RFC 4648, section 4).
    Base64,
}

/// Where the timestamp stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// Nowhere: there is none.
    Nowhere,
    /// In a header of its own.
    Header(&'static str),
    /// Among the signatures, as `t=`.
    Listed,
}

/// The form of the header with the signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    /// `v1,<base64>`, several with spaces between them.
    Versions,
    /// `t=<seconds>,v1=<hex>`, several of `v1`.
    Pairs,
    /// One signature behind a fixed text.
    One { before: &'static str, encoding: WebhookEncoding },
}

/// A piece of what is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Id,
    Moment,
    Text(&'static str),
}

/// What the text of a secret stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SecretForm {
    /// Base64, behind `whsec_` or not.
    Base64,
    /// Itself.
    Text,
}

/// The version of signatures that are made and read here.
pub(super) const VERSION: &str = "v1";

impl WebhookScheme {
    /// [Standard Webhooks](https://www.standardwebhooks.com), symmetric signatures (`v1`) only:
    /// the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`, secrets in base64.
    #[must_use]
    pub const fn standard() -> Self {
        Self::with_id("webhook-id", "webhook-timestamp", "webhook-signature")
    }

    /// The same under the older names `svix-id`, `svix-timestamp` and `svix-signature`.
    #[must_use]
    pub const fn svix() -> Self {
        Self::with_id("svix-id", "svix-timestamp", "svix-signature")
    }

    const fn with_id(id: &'static str, timestamp: &'static str, signature: &'static str) -> Self {
        Self {
            signature,
            moment: Moment::Header(timestamp),
            id: Some(id),
            list: List::Versions,
            signed: &[Piece::Id, Piece::Text("."), Piece::Moment, Piece::Text(".")],
            secrets: SecretForm::Base64,
        }
    }

    /// GitHub: `X-Hub-Signature-256: sha256=<hex>` over the body. The older
    /// `X-Hub-Signature`, with SHA-1, is not read.
    #[must_use]
    pub const fn github() -> Self {
        Self {
            signature: "x-hub-signature-256",
            moment: Moment::Nowhere,
            id: None,
            list: List::One { before: "sha256=", encoding: WebhookEncoding::Hex },
            signed: &[],
            secrets: SecretForm::Text,
        }
    }

    /// Stripe: `Stripe-Signature: t=<seconds>,v1=<hex>` over `<seconds>.<body>`. The secret is
    /// the text that it is, with its `whsec_`.
    #[must_use]
    pub const fn stripe() -> Self {
        Self {
            signature: "stripe-signature",
            moment: Moment::Listed,
            id: None,
            list: List::Pairs,
            signed: &[Piece::Moment, Piece::Text(".")],
            secrets: SecretForm::Text,
        }
    }

    /// Slack: `X-Slack-Signature: v0=<hex>` over `v0:<seconds>:<body>`, the seconds in
    /// `X-Slack-Request-Timestamp`.
    #[must_use]
    pub const fn slack() -> Self {
        Self {
            signature: "x-slack-signature",
            moment: Moment::Header("x-slack-request-timestamp"),
            id: None,
            list: List::One { before: "v0=", encoding: WebhookEncoding::Hex },
            signed: &[Piece::Text("v0:"), Piece::Moment, Piece::Text(":")],
            secrets: SecretForm::Text,
        }
    }

    /// A sender that signs the body alone, with HMAC-SHA-256, and writes the signature into
    /// `header`, in lower case, behind the text `before`. What is said of GitHub about repeats
    /// holds for it too.
    ///
    /// # Panics
    /// When `header` is no name of a header in lower case; it is meant for literals.
    #[must_use]
    pub fn of_body(header: &'static str, before: &'static str, encoding: WebhookEncoding) -> Self {
        let _ = HeaderName::from_static(header);
        Self { signature: header, list: List::One { before, encoding }, ..Self::github() }
    }

    /// The headers that the sender adds, in lower case.
    pub fn headers(&self) -> impl Iterator<Item = &'static str> {
        [self.id, self.moment.header(), Some(self.signature)].into_iter().flatten()
    }
}

impl Moment {
    pub(super) const fn header(self) -> Option<&'static str> {
        match self {
            Self::Header(name) => Some(name),
            Self::Nowhere | Self::Listed => None,
        }
    }
}
