//! What the handlers answer, whatever the framework.

use portcullis::{Credential, Scope};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::chain::Me;
use crate::demo::random_hex;
use crate::process::Failure;

pub(crate) fn health() -> Value {
    json!({ "status": "ok" })
}

/// As IGNY8 answers.
pub(crate) fn ping() -> Result<Value, Failure> {
    Ok(json!({ "success": true, "data": { "status": "ok" }, "request_id": random_hex()? }))
}

/// A principal, as JSON.
#[derive(Serialize)]
pub(crate) struct Whoami {
    user: String,
    account: String,
    site: Option<String>,
    scheme: Option<&'static str>,
    key: Option<String>,
    scopes: Vec<String>,
}

pub(crate) fn whoami(me: &Me) -> Whoami {
    Whoami {
        user: me.user().to_string(),
        account: me.account().to_string(),
        site: me.site().as_ref().map(ToString::to_string),
        scheme: me.credential().map(|credential| credential.scheme().name()),
        key: me.credential().and_then(Credential::key).map(ToString::to_string),
        scopes: me.scopes().iter().map(Scope::to_string).collect(),
    }
}

pub(crate) fn hello(me: &Me) -> Value {
    json!({ "hello": me.user().as_str() })
}

/// What is ordered.
#[derive(Deserialize)]
pub(crate) struct Order {
    item: String,
}

pub(crate) fn order(me: &Me, order: &Order) -> Value {
    json!({ "item": order.item, "ordered_by": me.user().as_str() })
}

/// What happened elsewhere.
#[derive(Deserialize)]
pub(crate) struct Event {
    r#type: String,
}

pub(crate) fn event(me: &Me, event: &Event) -> Value {
    let scheme = me.credential().map(|credential| credential.scheme().name());
    json!({ "event": event.r#type, "user": me.user().as_str(), "scheme": scheme })
}

pub(crate) fn feed(me: Option<&Me>) -> Value {
    json!({ "reader": me.map_or("anonymous", |me| me.user().as_str()) })
}
