//! What is counted.

use std::sync::{Arc, Mutex};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use portcullis::api_key::{ApiKeyAuthenticator, KeyShape};
use portcullis::jwt::JwtPolicy;
use portcullis::store::NewKey;
use portcullis::x_auth::XAuthAuthenticator;
use portcullis::{AuthenticatorExt, Scheme};

use crate::kit::{Down, Kit, get, send};

/// Writes down every change as a line.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

/// One metric that writes to the lines.
struct Metric(Lines, String);

impl Metric {
    fn write(&self, change: &str) {
        self.0.0.lock().expect("lines").push(format!("{} {change}", self.1));
    }
}

impl CounterFn for Metric {
    fn increment(&self, value: u64) {
        self.write(&format!("+{value}"));
    }

    fn absolute(&self, value: u64) {
        self.write(&format!("={value}"));
    }
}

impl GaugeFn for Metric {
    fn increment(&self, value: f64) {
        self.write(&format!("+{value}"));
    }

    fn decrement(&self, value: f64) {
        self.write(&format!("-{value}"));
    }

    fn set(&self, value: f64) {
        self.write(&format!("={value}"));
    }
}

impl HistogramFn for Metric {
    fn record(&self, value: f64) {
        self.write(if (0.0..60.0).contains(&value) { "seconds" } else { "no time that passed" });
    }
}

impl Lines {
    fn metric(&self, key: &Key) -> Arc<Metric> {
        let labels = key.labels().map(|label| format!("{}={}", label.key(), label.value()));
        let named = std::iter::once(key.name().to_owned()).chain(labels).collect::<Vec<_>>();
        Arc::new(Metric(self.clone(), named.join(" ")))
    }

    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("lines"))
    }
}

impl Recorder for Lines {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.metric(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.metric(key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.metric(key))
    }
}

#[tokio::test]
async fn every_decision_is_counted_and_timed_once_in_a_fixed_vocabulary() {
    let lines = Lines::default();
    let kit = Kit::new().await;
    let issued = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada()).with_prefix("igny8_")).await;
    let value = issued.secret.expose_text().expect("text").to_owned();
    let keys = ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::prefix("igny8_"));
    let chain = keys.or(XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone()));
    let layer = kit.layer(chain);
    let down = kit.layer(ApiKeyAuthenticator::new(Down, KeyShape::any()));
    let wrong = format!("{value}x");
    let _guard = metrics::set_default_local_recorder(&lines);
    for (layer_is_down, headers, expected) in [
        (false, vec![("x-api-key", value.as_str())], "scheme=api-key outcome=authenticated reason=none"),
        (
            false,
            vec![("x-api-key", wrong.as_str())],
            "scheme=api-key outcome=refused reason=the key is unknown",
        ),
        (false, vec![], "scheme=none outcome=refused reason=no credential was presented"),
        (
            false,
            vec![("x-auth-iss", "k")],
            "scheme=x-auth outcome=refused reason=some parts of the credential are missing",
        ),
        (
            true,
            vec![("x-api-key", &value)],
            "scheme=api-key outcome=unavailable reason=a store cannot answer",
        ),
    ] {
        let sent = get("/orders?page=2", &headers);
        let _ = if layer_is_down { send(&down, sent).await } else { send(&layer, sent).await };
        let timed = expected.split(" reason").next().expect("labels");
        assert_eq!(
            lines.taken(),
            [
                format!("portcullis_decisions_total {expected} +1"),
                format!("portcullis_decision_seconds {timed} seconds"),
            ]
        );
    }
    let _ = send(&layer.allow_anonymous(), get("/", &[])).await;
    let counted = lines.taken();
    assert_eq!(counted[0], "portcullis_decisions_total scheme=none outcome=anonymous reason=none +1");
}

/// The key is good and the body is another, and the handler reads it.
#[tokio::test]
async fn a_body_that_fails_while_it_is_read_is_counted_beside_the_decision() {
    use crate::guarded_bodies::{Ask, data};
    let lines = Lines::default();
    let _guard = metrics::set_default_local_recorder(&lines);
    let _ = Ask::new("abcd", [data("ab"), data("cx")]).of_tower().await;
    let scheme = "scheme=message-signature";
    assert_eq!(
        lines.taken(),
        [
            format!("portcullis_decisions_total {scheme} outcome=authenticated reason=none +1"),
            format!("portcullis_decision_seconds {scheme} outcome=authenticated seconds"),
            format!(
                "portcullis_interrupted_bodies_total {scheme} reason=the body is not the one that was signed +1"
            ),
        ]
    );
}

#[test]
fn an_unsafe_setting_is_seen() {
    let lines = Lines::default();
    let log = crate::leaks::Log::capture();
    metrics::with_local_recorder(&lines, || {
        let kit: portcullis::store::memory::MemoryKeyStore = Default::default();
        let nonces = portcullis::store::memory::MemoryNonceStore::new();
        let _ = XAuthAuthenticator::new(kit, nonces).dangerous_accept_eleven_digit_exp();
        let _ = JwtPolicy::new().dangerous_without_exp();
    });
    assert_eq!(
        lines.taken(),
        [
            "portcullis_dangerous_settings setting=x-auth: eleven digits of exp =1",
            "portcullis_dangerous_settings setting=jwt: tokens without exp =1",
        ]
    );
    assert_eq!(log.text().matches("an unsafe setting is on").count(), 2);
}
