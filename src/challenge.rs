//! `WWW-Authenticate`, valid by construction (RFC 9110, section 11.6.1).

use std::borrow::Cow;
use std::sync::Arc;

use http::{HeaderName, HeaderValue};

/// One challenge: a scheme word and its parameters, rendered once.
///
/// Cloning is cheap, so an authenticator builds its challenges when it is made and
/// hands out clones.
///
/// ```
/// use portcullis::Challenge;
/// let challenge = Challenge::new("Bearer")?.with_parameter("error", "invalid_token")?;
/// assert_eq!(challenge.header_value(), r#"Bearer error="invalid_token""#);
/// # Ok::<(), portcullis::InvalidChallenge>(())
/// ```
#[derive(Clone, Debug)]
pub struct Challenge {
    word: Cow<'static, str>,
    parameters: Arc<[(Cow<'static, str>, String)]>,
    rendered: HeaderValue,
}

/// The text cannot stand in a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a challenge takes tokens as names, and printable ASCII as values")]
pub struct InvalidChallenge;

impl Challenge {
    /// A challenge without parameters.
    ///
    /// # Errors
    /// When `word` is no token (RFC 9110, section 5.6.2).
    pub fn new(word: impl Into<Cow<'static, str>>) -> Result<Self, InvalidChallenge> {
        let word = word.into();
        if !is_token(&word) {
            return Err(InvalidChallenge);
        }
        Self::render(word, Arc::from([]))
    }

    /// A challenge that is nothing but a fixed word.
    ///
    /// # Panics
    /// When `word` has a character that a header value cannot hold; it is meant for
    /// literals.
    #[must_use]
    pub fn bare(word: &'static str) -> Self {
        let rendered = HeaderValue::from_static(word);
        Self { word: Cow::Borrowed(word), parameters: Arc::from([]), rendered }
    }

    /// Adds a parameter; its value is always a quoted string.
    ///
    /// # Errors
    /// When `name` is no token, when it is there already (names do not know case), or
    /// when `value` has a character other than printable ASCII.
    pub fn with_parameter(
        self,
        name: impl Into<Cow<'static, str>>,
        value: &str,
    ) -> Result<Self, InvalidChallenge> {
        let name = name.into();
        let printable = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if !is_token(&name) || !printable || self.has(&name) {
            return Err(InvalidChallenge);
        }
        let mut parameters = self.parameters.to_vec();
        parameters.push((name, value.to_owned()));
        Self::render(self.word, parameters.into())
    }

    /// The scheme word.
    #[must_use]
    pub fn word(&self) -> &str {
        &self.word
    }

    /// The whole challenge as a header value.
    #[must_use]
    pub const fn header_value(&self) -> &HeaderValue {
        &self.rendered
    }

    /// The same challenge without its parameters.
    #[must_use]
    pub fn without_parameters(&self) -> Self {
        if self.parameters.is_empty() {
            return self.clone();
        }
        Self::render(self.word.clone(), Arc::from([])).unwrap_or_else(|_| self.clone())
    }

    fn has(&self, name: &str) -> bool {
        self.parameters.iter().any(|(held, _)| held.eq_ignore_ascii_case(name))
    }

    fn merge(&mut self, other: &Self) {
        if other.parameters.is_empty() {
            return;
        }
        if self.parameters.is_empty() {
            self.clone_from(other);
            return;
        }
        let mut parameters = self.parameters.to_vec();
        parameters.extend(other.parameters.iter().filter(|(name, _)| !self.has(name)).cloned());
        if let Ok(merged) = Self::render(self.word.clone(), parameters.into()) {
            *self = merged;
        }
    }

    fn render(
        word: Cow<'static, str>,
        parameters: Arc<[(Cow<'static, str>, String)]>,
    ) -> Result<Self, InvalidChallenge> {
        let mut text = word.to_string();
        for (n, (name, value)) in parameters.iter().enumerate() {
            text.push_str(if n == 0 { " " } else { ", " });
            text.push_str(name);
            text.push_str("=\"");
            for character in value.chars() {
                if matches!(character, '"' | '\\') {
                    text.push('\\');
                }
                text.push(character);
            }
            text.push('"');
        }
        let rendered = HeaderValue::try_from(text).map_err(|_| InvalidChallenge)?;
        Ok(Self { word, parameters, rendered })
    }
}

fn is_token(text: &str) -> bool {
    let tchar = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(tchar)
}

/// The challenges of one 401: at most one per scheme word, in the order of the chain.
#[derive(Clone, Debug, Default)]
pub struct Challenges(Vec<Challenge>, Vec<(HeaderName, HeaderValue)>);

impl Challenges {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new(), Vec::new())
    }

    /// Adds a header that belongs to a challenge, such as the nonce that it asks for. It takes
    /// the place of one of the same name.
    pub fn add_header(&mut self, name: HeaderName, value: HeaderValue) {
        match self.1.iter_mut().find(|(held, _)| *held == name) {
            Some((_, held)) => *held = value,
            None => self.1.push((name, value)),
        }
    }

    /// The headers that belong to the challenges.
    pub fn headers(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.1.iter().map(|(name, value)| (name, value))
    }

    /// Adds a challenge. If its word is there already, the two become one, and a
    /// parameter that both have keeps the earlier value.
    pub fn add(&mut self, challenge: &Challenge) {
        match self.0.iter_mut().find(|held| held.word.eq_ignore_ascii_case(&challenge.word)) {
            Some(held) => held.merge(challenge),
            None => self.0.push(challenge.clone()),
        }
    }

    /// The challenges, in the order of the chain.
    pub fn iter(&self) -> std::slice::Iter<'_, Challenge> {
        self.0.iter()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a Challenges {
    type Item = &'a Challenge;
    type IntoIter = std::slice::Iter<'a, Challenge>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(word: &'static str, parameters: &[(&'static str, &str)]) -> Challenge {
        parameters.iter().fold(Challenge::new(word).expect("word"), |built, (name, value)| {
            built.with_parameter(*name, value).expect("parameter")
        })
    }

    #[test]
    fn values_are_quoted() {
        let quoted = challenge("X", &[("realm", r#"a "b" \c"#)]);
        assert_eq!(quoted.header_value(), r#"X realm="a \"b\" \\c""#);
    }

    #[test]
    fn what_breaks_the_syntax_is_refused() {
        assert!(Challenge::new("a b").is_err());
        assert!(Challenge::new("").is_err());
        for (name, value) in [("a=b", "x"), ("a", "x\r\ny"), ("a", "é"), ("", "x")] {
            assert!(Challenge::bare("X").with_parameter(name, value).is_err(), "{name} {value}");
        }
        assert!(challenge("X", &[("realm", "a")]).with_parameter("Realm", "b").is_err());
    }

    #[test]
    fn a_header_takes_the_place_of_one_of_its_name() {
        let mut challenges = Challenges::new();
        for (name, value) in [("dpop-nonce", "a"), ("x-other", "b"), ("dpop-nonce", "c")] {
            challenges.add_header(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let held: Vec<_> =
            challenges.headers().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        assert_eq!(held, [("dpop-nonce", b"c".as_slice()), ("x-other", b"b")]);
    }

    #[test]
    fn one_challenge_per_word_with_the_parameters_of_both() {
        let mut all = Challenges::new();
        all.add(&Challenge::bare("Bearer"));
        all.add(&Challenge::bare("X-Auth"));
        all.add(&challenge("bearer", &[("realm", "a"), ("error", "invalid_token")]));
        all.add(&challenge("Bearer", &[("realm", "b"), ("scope", "s")]));
        let rendered: Vec<_> = all.iter().map(|c| c.header_value().to_str().expect("ascii")).collect();
        assert_eq!(rendered, [r#"bearer realm="a", error="invalid_token", scope="s""#, "X-Auth"]);
    }
}
