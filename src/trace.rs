//! Log events, which vanish where the `tracing` feature is off.

/// An event at the given level of `tracing`: fields first, then a fixed text.
#[cfg(feature = "tracing")]
macro_rules! event {
    ($level:ident, $($rest:tt)*) => { ::tracing::$level!(target: "portcullis", $($rest)*) };
}

/// Nothing, where the feature is off.
#[cfg(not(feature = "tracing"))]
macro_rules! event {
    ($($rest:tt)*) => {};
}

#[allow(unused_imports, reason = "which features use it depends on which are on")]
pub(crate) use event;
