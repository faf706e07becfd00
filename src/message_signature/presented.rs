//! Reading `Signature-Input` and `Signature` (RFC 9421, sections 4.1 and 4.2).

use sfv::{BareItem, Dictionary, FieldType, InnerList, ListEntry, Version};

use super::component::Component;
use super::parameters::SignatureParameters;
use super::structured;
use super::{SIGNATURE, SIGNATURE_INPUT};
use crate::canonical::base64;
use crate::request::RequestView;
use crate::{AuthError, Reason};

/// The longest value of either header, all lines together, in bytes.
const LONGEST: usize = 16 * 1024;

/// The most parts that one signature covers.
const MOST_COMPONENTS: usize = 64;
/// Of these, the most for which a whole field or the query is parsed.
const MOST_PARSED: usize = 16;

/// Which of several signatures is meant.
#[derive(Clone, Debug, Default)]
pub(super) enum Choice {
    /// The only one there is.
    #[default]
    Only,
    /// The one with this label.
    Label(Box<str>),
    /// The one with this `tag`.
    Tag(Box<str>),
}

/// One signature, read.
#[derive(Debug)]
pub(super) struct Presented {
    pub(super) components: Vec<Component>,
    pub(super) parameters: SignatureParameters,
    /// The parameters and the list before them, as a signature base ends with them.
    pub(super) line: String,
    pub(super) signature: Vec<u8>,
}

impl Presented {
    /// Reads the two headers; none where there is neither, or no signature that is meant.
    pub(super) fn read(request: &RequestView<'_>, choice: &Choice) -> Result<Option<Self>, AuthError> {
        let (inputs, signatures) = match (header(request, SIGNATURE_INPUT)?, header(request, SIGNATURE)?) {
            (None, None) => return Ok(None),
            (Some(inputs), Some(signatures)) => (inputs, signatures),
            _ => return Err(AuthError::new(Reason::IncompleteCredential)),
        };
        let malformed = || AuthError::new(Reason::MalformedSignature);
        let input = read(&inputs).ok_or_else(malformed)?;
        let signature = read(&signatures).ok_or_else(malformed)?;
        let same = input.len() == signature.len() && input.keys().all(|label| signature.contains_key(label));
        if !same || input.is_empty() {
            return Err(AuthError::new(Reason::IncompleteCredential));
        }
        let Some((label, list)) = choice.of(&input)? else { return Ok(None) };
        let bytes = signature.get(label).and_then(bytes).ok_or_else(malformed)?;
        // Base64 has more than one spelling for some bytes, and the RFC's parser takes them all.
        if !is_spelt(&signatures, label, bytes) {
            return Err(AuthError::new(Reason::InvalidCredential));
        }
        let (components, parameters) = covered(list).ok_or_else(malformed)?;
        let line = vec![ListEntry::InnerList(list.clone())].serialize().ok_or_else(malformed)?;
        Ok(Some(Self { components, parameters, line, signature: bytes.to_vec() }))
    }
}

impl Choice {
    fn of<'d>(&self, input: &'d Dictionary) -> Result<Option<(&'d str, &'d InnerList)>, AuthError> {
        let malformed = || AuthError::new(Reason::MalformedSignature);
        let mut found = None;
        for (label, member) in input {
            let ListEntry::InnerList(list) = member else { return Err(malformed()) };
            let meant = match self {
                Self::Only => true,
                Self::Label(wanted) => label.as_str() == &**wanted,
                Self::Tag(wanted) => match list.params.get("tag") {
                    Some(BareItem::String(tag)) => tag.as_str() == &**wanted,
                    _ => false,
                },
            };
            // Which of two is meant is not for us to say, nor for whoever added one.
            if meant && found.replace((label.as_str(), list)).is_some() {
                return Err(malformed());
            }
        }
        Ok(found)
    }
}

/// All lines of a header, joined: proxies add lines of their own, and no label can be in two.
fn header(request: &RequestView<'_>, name: &str) -> Result<Option<String>, AuthError> {
    let mut text: Option<String> = None;
    for line in request.header_values(name) {
        let line = std::str::from_utf8(line).ok().filter(|line| line.is_ascii());
        let line = line.ok_or(AuthError::new(Reason::InvalidCharacters))?;
        text = Some(match text {
            None => line.to_owned(),
            Some(before) => before + ", " + line,
        });
    }
    if text.as_ref().is_some_and(|text| text.len() > LONGEST) {
        return Err(AuthError::new(Reason::MalformedSignature));
    }
    Ok(text)
}

/// Whether the member `label` of the dictionary is written as these bytes are.
fn is_spelt(dictionary: &str, label: &str, bytes: &[u8]) -> bool {
    let member = format!("{label}=:{}:", base64::encode_standard(bytes));
    structured::members(dictionary).any(|held| held == member)
}

fn read(text: &str) -> Option<Dictionary> {
    structured::dictionary(text.as_bytes(), Version::Rfc8941)
}

fn bytes(member: &ListEntry) -> Option<&[u8]> {
    let ListEntry::Item(item) = member else { return None };
    match &item.bare_item {
        BareItem::ByteSequence(bytes) if item.params.is_empty() => Some(bytes),
        _ => None,
    }
}

/// The components, none of which is there twice, and the parameters.
fn covered(list: &InnerList) -> Option<(Vec<Component>, SignatureParameters)> {
    if list.items.len() > MOST_COMPONENTS {
        return None;
    }
    let mut components = Vec::with_capacity(list.items.len());
    for item in &list.items {
        let component = Component::read(item)?;
        if components.contains(&component) {
            return None;
        }
        components.push(component);
    }
    if components.iter().filter(|component| component.is_parsed()).count() > MOST_PARSED {
        return None;
    }
    Some((components, SignatureParameters::read(&list.params)?))
}
