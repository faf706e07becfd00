//! The text that both sides sign (RFC 9421, section 2.5).

use super::component::Component;
use super::message::Message;
use super::values::{self, Unsignable};

/// Builds the signature base: a line for each component, and one for the parameters, which
/// are given as they stand in `Signature-Input`, behind the label and its `=`.
///
/// No value has a line break and each identifier is written in one way, so the lines can be
/// told apart, and two lists of components never have the same base.
pub(super) fn build(
    message: &Message<'_>,
    components: &[Component],
    parameters: &str,
) -> Result<String, Unsignable> {
    const LINE: usize = 48;
    let mut base = String::with_capacity((components.len() + 1) * LINE + parameters.len());
    for component in components {
        if !component.write(&mut base) {
            return Err(Unsignable::Characters);
        }
        base.push_str(": ");
        values::write(message, component, &mut base)?;
        base.push('\n');
    }
    base.push_str("\"@signature-params\": ");
    base.push_str(parameters);
    Ok(base)
}
