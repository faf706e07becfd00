//! Messages whose fields stand behind their lengths, so that each can be read in one way only.
//!
//! A field is its length in bytes, as eight bytes with the highest first, and then its bytes. A
//! field that may be missing begins with one byte more: 0 and nothing else where it is missing,
//! 1 and the field where it is there, be it empty. The first field is a label, which says how
//! many fields follow and which of them may be missing. Whoever knows the label can take the
//! message apart again, so no two lists of fields make the same message.

/// As long as almost every message.
const ROOM: usize = 512;

/// Feeds a message to a sink, in one piece if it is not long: a MAC takes one faster than many.
#[must_use = "what is held is lost without `finish`"]
pub(crate) struct Framed<'s> {
    held: [u8; ROOM],
    length: usize,
    sink: &'s mut dyn FnMut(&[u8]),
}

impl<'s> Framed<'s> {
    /// Begins a message of the kind that `label` names.
    pub(crate) fn begin(label: &str, sink: &'s mut dyn FnMut(&[u8])) -> Self {
        let mut framed = Self { held: [0; ROOM], length: 0, sink };
        framed.field(label.as_bytes());
        framed
    }

    /// A field that is always there.
    pub(crate) fn field(&mut self, bytes: &[u8]) -> &mut Self {
        let length = (bytes.len() as u64).to_be_bytes();
        self.push(&length).push(bytes)
    }

    /// A field that may be missing.
    pub(crate) fn optional(&mut self, bytes: Option<&[u8]>) -> &mut Self {
        match bytes {
            None => self.push(&[0]),
            Some(bytes) => self.push(&[1]).field(bytes),
        }
    }

    /// Passes on what is left.
    pub(crate) fn finish(mut self) {
        self.pass_on();
    }

    #[inline]
    fn push(&mut self, bytes: &[u8]) -> &mut Self {
        let end = self.length + bytes.len();
        if let Some(place) = self.held.get_mut(self.length..end) {
            place.copy_from_slice(bytes);
            self.length = end;
        } else {
            self.pass_on();
            (self.sink)(bytes);
        }
        self
    }

    fn pass_on(&mut self) {
        (self.sink)(self.held.get(..self.length).unwrap_or_default());
        self.length = 0;
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
        framed.finish();
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
    fn a_long_field_is_framed_like_a_short_one() {
        for length in [0, 1, 64, 300, ROOM - 26, ROOM - 18, ROOM - 17, ROOM, 5000] {
            let bytes = vec![7; length];
            let mut expected = framed("l", &[]);
            expected.push(1);
            expected.extend((length as u64).to_be_bytes());
            expected.extend(&bytes);
            assert_eq!(framed("l", &[Some(&bytes)]), expected, "{length}");
            expected.push(0);
            assert_eq!(framed("l", &[Some(&bytes), None]), expected, "{length}");
        }
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
