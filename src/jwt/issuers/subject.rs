//! Who a token is about, where there are several issuers.

use std::borrow::Cow;
use std::fmt::{self, Write};

use crate::UserId;

/// Somebody, as one issuer knows them: subjects of two issuers are two persons, even where
/// they have the same name (RFC 7519, section 4.1.2).
///
/// As text, and as a [`UserId`], it is the issuer, a bar, and the subject. A bar or a percent
/// sign within the issuer is written `%7C` or `%25`, so that no two of them have the same
/// text; the subject is written as it is.
///
/// ```
/// use portcullis::UserId;
/// use portcullis::jwt::IssuerSubject;
///
/// let ada = IssuerSubject::new("https://login.example", "ada|7");
/// assert_eq!(ada.to_string(), "https://login.example|ada|7");
/// assert_eq!(UserId::from(&ada).as_str(), "https://login.example|ada|7");
///
/// let other = IssuerSubject::new("https://login.example|ada", "7");
/// assert_eq!(other.to_string(), "https://login.example%7Cada|7");
/// assert_eq!(IssuerSubject::parse("https://login.example|ada|7"), Some(ada));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IssuerSubject<'a> {
    issuer: Cow<'a, str>,
    subject: Cow<'a, str>,
}

impl<'a> IssuerSubject<'a> {
    /// The subject of an issuer.
    pub fn new(issuer: impl Into<Cow<'a, str>>, subject: impl Into<Cow<'a, str>>) -> Self {
        Self { issuer: issuer.into(), subject: subject.into() }
    }

    /// Reads what was written as text; none where it was not written by this type.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let (issuer, subject) = text.split_once('|')?;
        let mut pieces = issuer.split('%');
        let mut read = Cow::Borrowed(pieces.next()?);
        for piece in pieces {
            let (sign, rest) = piece.split_at_checked(2)?;
            read.to_mut().push(match sign {
                "7C" => '|',
                "25" => '%',
                _ => return None,
            });
            read.to_mut().push_str(rest);
        }
        Some(Self::new(read, subject))
    }

    /// The issuer: `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The subject: `sub`.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

impl fmt::Display for IssuerSubject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = &*self.issuer;
        while let Some((plain, after)) = rest.split_once(['|', '%']) {
            f.write_str(plain)?;
            f.write_str(if rest.as_bytes().get(plain.len()) == Some(&b'|') { "%7C" } else { "%25" })?;
            rest = after;
        }
        f.write_str(rest)?;
        f.write_char('|')?;
        f.write_str(&self.subject)
    }
}

impl From<&IssuerSubject<'_>> for UserId {
    fn from(whose: &IssuerSubject<'_>) -> Self {
        let mut text = String::with_capacity(whose.issuer.len() + 1 + whose.subject.len());
        // Writing to a string cannot fail.
        let _ = write!(text, "{whose}");
        Self::from(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_have_the_same_text() {
        let texts =
            ["", "a", "|", "%", "%7C", "%25", "a|", "|a", "a|a", "||", "%|", "%257C", "é|%", "25", "7C"];
        let mut seen = std::collections::HashMap::new();
        for (issuer, subject) in texts.iter().flat_map(|issuer| texts.map(|subject| (*issuer, subject))) {
            let whose = IssuerSubject::new(issuer, subject);
            let text = whose.to_string();
            assert_eq!(IssuerSubject::parse(&text).as_ref(), Some(&whose), "{text}");
            assert_eq!(UserId::from(&whose).as_str(), text);
            assert_eq!(seen.insert(text.clone(), whose), None, "{text}");
        }
        assert_eq!(seen.len(), texts.len() * texts.len());
    }

    #[test]
    fn other_texts_are_not_read() {
        for bad in ["", "a", "%7C", "%|a", "%7|a", "%7c|a", "%41|a", "a%|b", "%é|a"] {
            assert_eq!(IssuerSubject::parse(bad), None, "{bad}");
        }
    }
}
