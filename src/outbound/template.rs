//! Values of headers that name secrets instead of holding them.

use zeroize::Zeroizing;

use super::{InvalidSecretName, OutboundError, OutboundSecrets, SecretName};

/// Text and names of secrets, in their order.
#[derive(Clone, Debug)]
pub(super) struct Template(Box<[Part]>);

#[derive(Clone, Debug)]
enum Part {
    Text(Box<str>),
    Secret(SecretName),
}

/// The text is no template of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTemplate {
    /// It names no secret: perhaps it holds one.
    #[error("the template names no secret")]
    NoSecret,
    /// It has a `$` that begins no name in braces, or a brace that is never closed.
    #[error("a dollar sign that begins no name of a secret in braces")]
    Unclosed,
    /// What is in braces is no name.
    #[error(transparent)]
    Name(#[from] InvalidSecretName),
    /// It has a character that is not printable ASCII, or white space at an end.
    #[error("the template cannot be in a header")]
    NoHeader,
}

impl Template {
    /// Reads a text such as `Api-Key ${NAME}`.
    pub(super) fn parse(text: &str) -> Result<Self, InvalidTemplate> {
        if text.trim() != text || !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(InvalidTemplate::NoHeader);
        }
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once('$') {
            let (name, after) = after
                .strip_prefix('{')
                .and_then(|after| after.split_once('}'))
                .ok_or(InvalidTemplate::Unclosed)?;
            parts.extend((!before.is_empty()).then(|| Part::Text(before.into())));
            parts.push(Part::Secret(name.parse()?));
            rest = after;
        }
        if parts.is_empty() {
            return Err(InvalidTemplate::NoSecret);
        }
        parts.extend((!rest.is_empty()).then(|| Part::Text(rest.into())));
        Ok(Self(parts.into()))
    }

    /// The text with every name replaced by its secret.
    pub(super) fn fill(&self, secrets: &OutboundSecrets) -> Result<Zeroizing<Vec<u8>>, OutboundError> {
        // All of it is allocated before a secret is in it, so that growing leaves none behind.
        let mut values = Vec::with_capacity(self.0.len());
        for part in &self.0 {
            values.push(match part {
                Part::Text(_) => None,
                Part::Secret(name) => Some(secrets.find_named(name)?),
            });
        }
        let filled = || {
            self.0.iter().zip(&values).map(|(part, value)| match (part, value) {
                (Part::Text(text), _) => text.as_bytes(),
                (Part::Secret(_), value) => value.as_ref().map_or(&[][..], |value| value.expose()),
            })
        };
        let mut text = Zeroizing::new(Vec::with_capacity(filled().map(<[u8]>::len).sum()));
        filled().for_each(|part| text.extend_from_slice(part));
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbound::OutboundSecret;

    #[test]
    fn what_is_no_template_is_refused() {
        use InvalidTemplate::{Name, NoHeader, NoSecret, Unclosed};
        for (bad, why) in [
            ("", NoSecret),
            ("Api-Key abc.def", NoSecret),
            ("Api-Key $NAME", Unclosed),
            ("Api-Key ${NAME", Unclosed),
            ("Api-Key ${NAME}$", Unclosed),
            ("$${NAME}", Unclosed),
            ("Api-Key ${}", Name(InvalidSecretName)),
            ("Api-Key ${a b}", Name(InvalidSecretName)),
            ("Api-Key ${${a}}", Name(InvalidSecretName)),
            (" ${a}", NoHeader),
            ("${a} ", NoHeader),
            ("x\r\ny: ${a}", NoHeader),
            ("\u{e4} ${a}", NoHeader),
        ] {
            assert_eq!(Template::parse(bad).err(), Some(why), "{bad:?}");
        }
    }

    #[test]
    fn every_name_is_replaced_and_no_value_is_read_as_a_template() {
        let secrets = OutboundSecrets::new();
        for (name, value) in [("a", "one"), ("b", "${a}")] {
            secrets.put(OutboundSecret::new(name.parse().expect("a name"), value.into()).expect("a secret"));
        }
        for (template, expected) in [
            ("${a}", "one"),
            ("Api-Key ${a}", "Api-Key one"),
            ("${a}${b}", "one${a}"),
            ("<${a}> {}", "<one> {}"),
        ] {
            let filled = Template::parse(template).expect("a template").fill(&secrets);
            assert_eq!(filled.expect("filled").as_slice(), expected.as_bytes(), "{template}");
        }
        let missing = Template::parse("${a} ${c}").expect("a template").fill(&secrets);
        assert_eq!(missing.err(), Some(OutboundError::Missing("c".parse().expect("a name"))));
    }
}
