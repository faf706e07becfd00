//! Messages whose fields stand behind their lengths, so that each can be read in one way only.
//!
//! A field is its length in bytes, as eight bytes with the highest first, and then its bytes. A
//! field that may be missing begins with one byte more: 0 and nothing else where it is missing,
//! 1 and the field where it is there, be it empty. The first field is a label, which says how
//! many fields follow and which of them may be missing. Whoever knows the label can take the
//! message apart again, so no two lists of fields make the same message.

/// Feeds a message to a sink, field by field and without a copy.
pub(crate) struct Framed<'s> {
    sink: &'s mut dyn FnMut(&[u8]),
}

impl<'s> Framed<'s> {
    /// Begins a message of the kind that `label` names.
    pub(crate) fn begin(label: &str, sink: &'s mut dyn FnMut(&[u8])) -> Self {
        let mut framed = Self { sink };
        framed.field(label.as_bytes());
        framed
    }

    /// A field that is always there.
    pub(crate) fn field(&mut self, bytes: &[u8]) -> &mut Self {
        (self.sink)(&(bytes.len() as u64).to_be_bytes());
        (self.sink)(bytes);
        self
    }

    /// A field that may be missing.
    pub(crate) fn optional(&mut self, bytes: Option<&[u8]>) -> &mut Self {
        match bytes {
            None => {
                (self.sink)(&[0]);
                self
            }
            Some(bytes) => {
                (self.sink)(&[1]);
                self.field(bytes)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(label: &str, fields: &[Option<&[u8]>]) -> Vec<u8> {
        let mut message = Vec::new();
        let mut sink = |part: &[u8]| message.extend_from_slice(part);
        let mut framed = Framed::begin(label, &mut sink);
        for field in fields {
            framed.optional(*field);
        }
        message
    }

    #[test]
    fn a_field_is_behind_its_length_and_a_missing_one_is_a_zero() {
        let message = framed("ab", &[None, Some(b""), Some(b"x")]);
        let mut expected = vec![0, 0, 0, 0, 0, 0, 0, 2, b'a', b'b', 0];
        expected.extend([1, 0, 0, 0, 0, 0, 0, 0, 0]);
        expected.extend([1, 0, 0, 0, 0, 0, 0, 0, 1, b'x']);
        assert_eq!(message, expected);
    }

    #[test]
    fn the_same_bytes_in_other_fields_are_another_message() {
        let lists: [&[Option<&[u8]>]; 6] = [
            &[Some(b"ab"), Some(b"")],
            &[Some(b"a"), Some(b"b")],
            &[Some(b""), Some(b"ab")],
            &[Some(b"ab"), None],
            &[None, Some(b"ab")],
            &[Some(b"ab")],
        ];
        let messages: std::collections::HashSet<_> = lists.iter().map(|list| framed("l", list)).collect();
        assert_eq!(messages.len(), lists.len());
        assert_ne!(framed("l", &[]), framed("m", &[]));
    }
}
