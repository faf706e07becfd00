//! Log events, which vanish where the `tracing` feature is off.

/// An event at the given level of `tracing`: fields first, then a fixed text.
#[cfg(feature = "tracing")]
macro_rules! event {
    ($level:ident, $($rest:tt)*) => { ::tracing::$level!(target: "portcullis", $($rest)*) };
}

/// Nothing, where the feature is off.
#[cfg(not(feature = "tracing"))]
macro_rules! event {
    ($($rest:tt)*) => {{}};
}

#[allow(unused_imports, reason = "which features use it depends on which are on")]
pub(crate) use event;

/// Makes it seen that an unsafe option is on: a warning, and a gauge.
#[allow(dead_code, reason = "which schemes have such an option depends on the features")]
pub(crate) fn danger(setting: &'static str) {
    event!(warn, setting, "an unsafe setting is on");
    #[cfg(feature = "metrics")]
    {
        metrics::describe_gauge!("portcullis_dangerous_settings", "unsafe settings that are on");
        metrics::gauge!("portcullis_dangerous_settings", "setting" => setting).set(1);
    }
    let _ = setting;
}
