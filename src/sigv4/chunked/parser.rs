//! Reading the framing, however it is split.

use bytes::{Buf, Bytes};

use super::ChunkedPayload;
use crate::crypto::hex;

/// The body is not framed as its payload says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// What comes next in a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A chunk of this size begins, which is not zero.
    Chunk { size: u64, signature: Option<[u8; 32]> },
    /// A piece of its data, which is not empty.
    Data(Bytes),
    /// All of its data has come.
    ChunkEnd,
    /// The chunk of no bytes.
    Last { signature: Option<[u8; 32]> },
    /// A trailer.
    Trailer { name: String, value: String },
    /// The signature of the trailers, which was the last line of them.
    TrailerSignature([u8; 32]),
    /// The end, after which there is nothing.
    End,
}

/// Reads the framing of one payload. What is kept between two pieces of a body is at most a line.
pub(super) struct Parser {
    payload: ChunkedPayload,
    state: State,
    line: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Size,
    Data {
        left: u64,
    },
    AfterData,
    Trailers(Lines),
    /// The empty line at the end.
    LastLine,
    End,
}

/// How the lines of trailers have ended so far.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    /// There was none.
    None,
    WithReturn,
    /// As in AWS's documentation.
    Bare,
    /// So, and the return that ends them all has come.
    BareAndEnded,
}

/// A line without its end, and whether that was a CRLF.
type Line = (Vec<u8>, bool);

const SIGNATURE: &[u8] = b"chunk-signature=";
const LONGEST_SIZE: usize = 16;
/// Size, semicolon, and the signature with its name.
const LONGEST_HEAD: usize = LONGEST_SIZE + 1 + SIGNATURE.len() + 64;
pub(super) const LONGEST_NAME: usize = 64;
const LONGEST_VALUE: usize = 256;
pub(super) const TRAILER_SIGNATURE: &str = "x-amz-trailer-signature";

impl Parser {
    pub(super) const fn new(payload: ChunkedPayload) -> Self {
        Self { payload, state: State::Size, line: Vec::new() }
    }

    /// The next event of `input`, which is taken off it; none where more must come first.
    pub(super) fn next(&mut self, input: &mut Bytes) -> Result<Option<Event>, Malformed> {
        if input.is_empty() {
            return Ok(None);
        }
        match self.state {
            State::Size => {
                let Some(line) = self.line(input, LONGEST_HEAD)? else { return Ok(None) };
                self.head(&line).map(Some)
            }
            State::Data { left } => {
                let take = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
                let left = left.saturating_sub(take as u64);
                self.state = if left == 0 { State::AfterData } else { State::Data { left } };
                Ok(Some(Event::Data(input.split_to(take))))
            }
            State::AfterData => {
                let Some(line) = self.line(input, 0)? else { return Ok(None) };
                empty(&line)?;
                self.state = State::Size;
                Ok(Some(Event::ChunkEnd))
            }
            State::Trailers(lines) => self.trailer(lines, input),
            State::LastLine => {
                let Some(line) = self.line(input, 0)? else { return Ok(None) };
                empty(&line)?;
                self.state = State::End;
                Ok(Some(Event::End))
            }
            State::End => Err(Malformed),
        }
    }

    /// Whether the end has come.
    pub(super) fn has_ended(&self) -> bool {
        self.state == State::End
    }

    /// A line of at most this many bytes.
    fn line(&mut self, input: &mut Bytes, longest: usize) -> Result<Option<Line>, Malformed> {
        let end = input.iter().position(|byte| *byte == b'\n');
        let take = end.unwrap_or(input.len());
        // With its return.
        if self.line.len().saturating_add(take) > longest + 1 {
            return Err(Malformed);
        }
        self.line.extend_from_slice(&input.split_to(take));
        if end.is_none() {
            return Ok(None);
        }
        input.advance(1);
        let mut line = std::mem::take(&mut self.line);
        let with_return = line.pop_if(|last| *last == b'\r').is_some();
        if line.len() > longest { Err(Malformed) } else { Ok(Some((line, with_return))) }
    }

    fn head(&mut self, line: &Line) -> Result<Event, Malformed> {
        let (text, true) = line else { return Err(Malformed) };
        let (size, signature) = match text.iter().position(|byte| *byte == b';') {
            Some(place) => {
                let (size, rest) = text.split_at_checked(place).ok_or(Malformed)?;
                let digits = rest.get(1..).and_then(|rest| rest.strip_prefix(SIGNATURE));
                (size, Some(digits.and_then(hex::read).ok_or(Malformed)?))
            }
            None => (text.as_slice(), None),
        };
        if signature.is_some() != self.payload.signs_chunks() {
            return Err(Malformed);
        }
        let size = size_of(size)?;
        if size > 0 {
            self.state = State::Data { left: size };
            return Ok(Event::Chunk { size, signature });
        }
        let trailers = State::Trailers(Lines::None);
        self.state = if self.payload.has_trailers() { trailers } else { State::LastLine };
        Ok(Event::Last { signature })
    }

    fn trailer(&mut self, lines: Lines, input: &mut Bytes) -> Result<Option<Event>, Malformed> {
        let longest = LONGEST_NAME + 1 + LONGEST_VALUE;
        let Some((line, with_return)) = self.line(input, longest)? else { return Ok(None) };
        let signed = self.payload == ChunkedPayload::SignedTrailers;
        if line.is_empty() {
            self.state = match (signed, with_return, lines) {
                (false, true, _) => State::End,
                (true, true, Lines::Bare) => State::Trailers(Lines::BareAndEnded),
                _ => return Err(Malformed),
            };
            return if signed { self.next(input) } else { Ok(Some(Event::End)) };
        }
        let place = line.iter().position(|byte| *byte == b':').ok_or(Malformed)?;
        let (name, value) = line.split_at_checked(place).ok_or(Malformed)?;
        let value = value.get(1..).ok_or(Malformed)?;
        if name == TRAILER_SIGNATURE.as_bytes() {
            if !signed || !with_return || !matches!(lines, Lines::WithReturn | Lines::BareAndEnded) {
                return Err(Malformed);
            }
            self.state = State::LastLine;
            return hex::read(value).map(Event::TrailerSignature).map(Some).ok_or(Malformed);
        }
        self.state = State::Trailers(match (lines, with_return) {
            (Lines::None | Lines::WithReturn, true) => Lines::WithReturn,
            (Lines::None | Lines::Bare, false) if signed => Lines::Bare,
            _ => return Err(Malformed),
        });
        let text = |bytes: &[u8], longest: usize, allowed: fn(&u8) -> bool| {
            let good = !bytes.is_empty() && bytes.len() <= longest && bytes.iter().all(allowed);
            std::str::from_utf8(bytes).ok().filter(|_| good).map(str::to_owned).ok_or(Malformed)
        };
        let name = text(name, LONGEST_NAME, |byte| is_name(*byte))?;
        let value = text(value, LONGEST_VALUE, u8::is_ascii_graphic)?;
        Ok(Some(Event::Trailer { name, value }))
    }
}

fn empty(line: &Line) -> Result<(), Malformed> {
    let (text, with_return) = line;
    if text.is_empty() && *with_return { Ok(()) } else { Err(Malformed) }
}

/// Whether a trailer's name may have this byte.
pub(super) const fn is_name(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')
}

/// Reads 1 to 16 hexadecimal digits.
fn size_of(digits: &[u8]) -> Result<u64, Malformed> {
    if digits.is_empty() || digits.len() > LONGEST_SIZE {
        return Err(Malformed);
    }
    digits.iter().try_fold(0, |size: u64, digit| {
        let digit = char::from(*digit).to_digit(16).ok_or(Malformed)?;
        Ok(size << 4 | u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::ChunkedPayload::{Signed, SignedTrailers, UnsignedTrailers};
    use super::*;

    /// All events of a body, which comes at once.
    fn events(payload: ChunkedPayload, body: &str) -> Result<Vec<Event>, Malformed> {
        let (mut parser, mut input) = (Parser::new(payload), Bytes::copy_from_slice(body.as_bytes()));
        let mut events = Vec::new();
        while let Some(event) = parser.next(&mut input)? {
            events.push(event);
        }
        if parser.has_ended() { Ok(events) } else { Err(Malformed) }
    }

    fn trailer(name: &str, value: &str) -> Event {
        Event::Trailer { name: name.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn each_payload_is_read_as_it_is_framed() {
        let (digits, signature) = ("ab".repeat(32), [0xab; 32]);
        let signed = format!("00A;chunk-signature={digits}\r\n0123456789\r\n0;chunk-signature={digits}\r\n");
        let expected = || {
            vec![
                Event::Chunk { size: 10, signature: Some(signature) },
                Event::Data("0123456789".into()),
                Event::ChunkEnd,
                Event::Last { signature: Some(signature) },
            ]
        };
        let with = |mut events: Vec<Event>, more: Vec<Event>| {
            events.extend(more);
            Ok(events)
        };
        assert_eq!(events(Signed, &format!("{signed}\r\n")), with(expected(), vec![Event::End]));
        let trailers =
            || vec![trailer("a", "1"), trailer("b", "2"), Event::TrailerSignature(signature), Event::End];
        for lines in ["a:1\r\nb:2\r\n", "a:1\nb:2\n\r\n"] {
            let body = format!("{signed}{lines}x-amz-trailer-signature:{digits}\r\n\r\n");
            assert_eq!(events(SignedTrailers, &body), with(expected(), trailers()), "{lines:?}");
        }
        let unsigned = vec![
            Event::Chunk { size: 1, signature: None },
            Event::Data("x".into()),
            Event::ChunkEnd,
            Event::Last { signature: None },
            trailer("a", "1"),
            Event::End,
        ];
        assert_eq!(events(UnsignedTrailers, "1\r\nx\r\n0\r\na:1\r\n\r\n"), Ok(unsigned));
    }

    #[test]
    fn what_is_not_framed_to_the_byte_is_malformed() {
        let bad = [
            "hello",
            "",
            "1\nx\r\n0\r\na:1\r\n\r\n",
            "1\r\nx\n0\r\na:1\r\n\r\n",
            "1\r\nx0\r\na:1\r\n\r\n",
            "1\r\nxy\r\n0\r\na:1\r\n\r\n",
            "1\r\nx\r\n0\r\na:1\n\r\n",
            "1\r\nx\r\n0\r\na:1\r\n\n",
            "1\r\nx\r\n0\r\na:1\r\n",
            "1\r\nx\r\n0\r\na:1\r\n\r\n ",
            "1\r\nx\r\n0\r\na:1\r\n\r\n0\r\n\r\n",
            "1\r\nx\r\n0\r\na: 1\r\n\r\n",
            "1\r\nx\r\n0\r\na:\r\n\r\n",
            "1\r\nx\r\n0\r\nA:1\r\n\r\n",
            "1\r\nx\r\n0\r\na\r\n\r\n",
            "1\r\nx\r\n0\r\n:1\r\n\r\n",
            "1\r\nx\r\n0\r\na:1\r\r\n\r\n",
            "1 \r\nx\r\n0\r\n\r\n",
            "1;a=b\r\nx\r\n0\r\n\r\n",
            "1;\r\nx\r\n0\r\n\r\n",
            "-1\r\nx\r\n0\r\n\r\n",
            "+1\r\nx\r\n0\r\n\r\n",
            "0x1\r\nx\r\n0\r\n\r\n",
            "00000000000000001\r\nx\r\n0\r\n\r\n",
            "\r\n1\r\nx\r\n0\r\n\r\n",
            "\r\na:1\r\n\r\n",
            "1\r\r\nx\r\n0\r\n\r\n",
        ];
        for body in bad {
            assert_eq!(events(UnsignedTrailers, body), Err(Malformed), "{body:?}");
        }
        let digits = "ab".repeat(32);
        for head in [
            "0".to_owned(),
            format!("0;chunk-signature={}", digits.to_uppercase()),
            format!("0;chunk-signature={digits}0"),
            format!("0;chunk-signature={digits};chunk-signature={digits}"),
            format!("0;Chunk-Signature={digits}"),
            format!("0; chunk-signature={digits}"),
            "0;chunk-signature=".to_owned(),
        ] {
            assert_eq!(events(Signed, &format!("{head}\r\n\r\n")), Err(Malformed), "{head}");
        }
        let last = format!("0;chunk-signature={digits}\r\n");
        let signature = format!("x-amz-trailer-signature:{digits}\r\n");
        // Of the other payloads, no trailer and no signature of them.
        assert_eq!(events(Signed, &format!("{last}a:1\r\n\r\n")), Err(Malformed));
        assert_eq!(events(UnsignedTrailers, &format!("0\r\na:1\r\n{signature}\r\n")), Err(Malformed));
        for behind in [
            "\r\n".to_owned(),
            format!("{signature}\r\n"),
            "a:1\r\n\r\n".to_owned(),
            format!("a:1\r\n\r\n{signature}\r\n"),
            format!("a:1\n{signature}\r\n"),
            format!("a:1\nb:2\r\n{signature}\r\n"),
            format!("a:1\r\nb:2\n\r\n{signature}\r\n"),
            format!("a:1\n\r\n\r\n{signature}\r\n"),
            format!("a:1\n\n{signature}\r\n"),
            format!("a:1\n\r\n{}\r\n", signature.replace('\r', "")),
            format!("a:1\n\r\nb:1\n\r\n{signature}\r\n"),
            format!("a:1\r\n{signature}a:1\r\n\r\n"),
            format!("a:1\r\n{signature}{signature}\r\n"),
            format!("a:1\r\n{signature}"),
        ] {
            assert_eq!(events(SignedTrailers, &format!("{last}{behind}")), Err(Malformed), "{behind:?}");
        }
        assert!(events(SignedTrailers, &format!("{last}a:1\r\n{signature}\r\n")).is_ok());
    }

    #[test]
    fn a_line_that_never_ends_is_given_up() {
        for (payload, front) in [(Signed, ""), (UnsignedTrailers, "0\r\n")] {
            let mut parser = Parser::new(payload);
            let mut read = Bytes::copy_from_slice(front.as_bytes());
            while let Ok(Some(_)) = parser.next(&mut read) {}
            let given_up = (0..10_000).position(|_| parser.next(&mut Bytes::from_static(b"0")).is_err());
            assert!(given_up.is_some_and(|after| after < 400), "{payload:?}: {given_up:?}");
        }
    }

    #[test]
    fn a_trailer_is_as_long_as_it_may_be_and_no_longer() {
        let read = |name, value| {
            let line = format!("{}:{}", "a".repeat(name), "1".repeat(value));
            events(UnsignedTrailers, &format!("0\r\n{line}\r\n\r\n")).is_ok()
        };
        assert!(read(64, 256) && !read(65, 255) && !read(63, 257) && !read(65, 256));
    }

    #[test]
    fn the_largest_size_is_a_number() {
        assert_eq!(size_of(b"ffffffffffffffff"), Ok(u64::MAX));
        assert_eq!(size_of(b"fFfF"), Ok(0xffff));
        assert_eq!([size_of(b""), size_of(b"00000000000000001")], [Err(Malformed), Err(Malformed)]);
    }
}
