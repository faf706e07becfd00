//! A client that sends exactly the bytes that a row names, and gives back what came.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than any answer takes: what takes longer has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A request, line by line.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) method: &'static str,
    pub(crate) target: String,
    version: &'static str,
    /// All lines but `Host`, unless there is one here or the version knows none.
    pub(crate) lines: Vec<(String, Vec<u8>)>,
    pub(crate) body: Body,
}

/// What follows the head.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Nothing,
    Whole(Vec<u8>),
    Chunked(Vec<Vec<u8>>),
    /// Chunks, and a line behind them.
    Trailed(Vec<Vec<u8>>, &'static str),
    /// An announced length, and fewer bytes; then the client waits.
    Announced(usize, Vec<u8>),
    /// An announced length, and fewer bytes; then the client sends no more.
    CutOff(usize, Vec<u8>),
    /// A chunk that is never followed by the last one.
    CutOffChunk(Vec<u8>),
}

impl Body {
    /// What a handler that reads it should receive.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Chunked(chunks) | Self::Trailed(chunks, _) => chunks.concat(),
            Self::Whole(bytes) | Self::Announced(_, bytes) | Self::CutOff(_, bytes) => bytes.clone(),
            Self::CutOffChunk(bytes) => bytes.clone(),
        }
    }
}

impl Ask {
    pub(crate) fn new(method: &'static str, target: impl Into<String>) -> Self {
        Self { method, target: target.into(), version: "1.1", lines: Vec::new(), body: Body::Nothing }
    }

    /// Adds a line.
    pub(crate) fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.lines.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    pub(crate) fn with_body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// Asks in HTTP/1.0, where there need be no `Host`.
    pub(crate) fn in_http_1_0(mut self) -> Self {
        self.version = "1.0";
        self
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.lines.iter().any(|(held, _)| held.eq_ignore_ascii_case(name))
    }

    /// All of it, as it is sent.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/{}\r\n", self.method, self.target, self.version).into_bytes();
        let mut line = |name: &str, value: &[u8]| {
            bytes.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
        };
        if !self.has("host") && self.version != "1.0" {
            line("Host", b"battery.example");
        }
        for (name, value) in &self.lines {
            line(name, value);
        }
        let chunk = |chunk: &Vec<u8>| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat();
        let body = match &self.body {
            Body::Nothing => Vec::new(),
            Body::Whole(body) => {
                line("Content-Length", body.len().to_string().as_bytes());
                body.clone()
            }
            Body::Announced(length, body) | Body::CutOff(length, body) => {
                line("Content-Length", length.to_string().as_bytes());
                body.clone()
            }
            Body::Chunked(chunks) => {
                line("Transfer-Encoding", b"chunked");
                [chunks.iter().map(chunk).collect::<Vec<_>>().concat(), b"0\r\n\r\n".to_vec()].concat()
            }
            Body::Trailed(chunks, trailer) => {
                line("Transfer-Encoding", b"chunked");
                let end = format!("0\r\n{trailer}\r\n\r\n").into_bytes();
                [chunks.iter().map(chunk).collect::<Vec<_>>().concat(), end].concat()
            }
            Body::CutOffChunk(body) => {
                line("Transfer-Encoding", b"chunked");
                chunk(body)
            }
        };
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&body);
        bytes
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// 0 where the connection was closed without an answer, 1 where none came.
    pub(crate) status: u16,
    /// In the order of their names; the lines of one name in the order they came in.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Headers that say how an answer is transferred, or when.
const OF_THE_TRANSFER: [&str; 4] = ["date", "connection", "content-length", "transfer-encoding"];

/// Sends `ask` over a connection of its own.
pub(crate) fn exchange(address: SocketAddr, ask: &Ask) -> Answer {
    let mut stream = connect(address);
    // A server may answer, and close, before it has read everything.
    let _ = stream.write_all(&ask.bytes());
    if let Body::CutOff(..) | Body::CutOffChunk(_) = ask.body {
        let _ = stream.shutdown(Shutdown::Write);
    }
    receive(&mut stream, ask.method)
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.set_nodelay(true).expect("no delay");
    stream
}

/// Reads one head, and keeps what has come behind it in `held`.
fn head(stream: &mut TcpStream, held: &mut Vec<u8>) -> Result<String, u16> {
    loop {
        if let Some(end) = held.windows(4).position(|window| window == b"\r\n\r\n") {
            let rest = held.split_off(end + 4);
            return Ok(String::from_utf8(std::mem::replace(held, rest)).expect("a head of text"));
        }
        let status = match more(stream, held) {
            More::Came => continue,
            More::Ended => 0,
            More::Waits => 1,
        };
        assert!(held.is_empty(), "an answer that was cut off: {}", String::from_utf8_lossy(held));
        return Err(status);
    }
}

/// Reads one head and nothing else.
pub(crate) fn read_head(stream: &mut TcpStream) -> Result<String, u16> {
    let mut held = Vec::new();
    let head = head(stream, &mut held);
    assert!(held.is_empty(), "nothing behind the head");
    head
}

/// Reads one answer, and that nothing follows it.
pub(crate) fn receive(stream: &mut TcpStream, method: &str) -> Answer {
    let mut held = Vec::new();
    let mut answer = receive_next(stream, method, &mut held);
    // Whoever expects no more hears no more.
    let _ = stream.shutdown(Shutdown::Write);
    while more(stream, &mut held) == More::Came {}
    answer.body.extend_from_slice(&held);
    answer
}

/// Reads one answer, and leaves what has come behind it in `held`.
pub(crate) fn receive_next(stream: &mut TcpStream, method: &str, held: &mut Vec<u8>) -> Answer {
    let head = match head(stream, held) {
        // What only announces another answer.
        Ok(announced) if announced.starts_with("HTTP/1.1 1") => self::head(stream, held),
        other => other,
    };
    let head = match head {
        Ok(head) => head,
        Err(status) => return Answer { status, headers: Vec::new(), body: Vec::new() },
    };
    let mut lines = head.trim_end().split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status");
    let lines = lines.map(|line| line.split_once(": ").or(line.split_once(':')).expect("a header"));
    let mut headers: Vec<_> =
        lines.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse::<usize>().expect("a length"));
    headers.retain(|(name, _)| !OF_THE_TRANSFER.contains(&name.as_str()));
    headers.sort_by(|one, other| one.0.cmp(&other.0));
    let length = if method == "HEAD" { 0 } else { length };
    while held.len() < length && more(stream, held) == More::Came {}
    assert!(held.len() >= length, "the whole body");
    let rest = held.split_off(length);
    let body = std::mem::replace(held, rest);
    Answer { status: status.parse().expect("a number"), headers, body }
}

#[derive(PartialEq, Eq)]
enum More {
    Came,
    Ended,
    Waits,
}

fn more(stream: &mut TcpStream, held: &mut Vec<u8>) -> More {
    let mut buffer = [0; 16 * 1024];
    match stream.read(&mut buffer) {
        Ok(0) => More::Ended,
        Ok(count) => {
            held.extend_from_slice(&buffer[..count]);
            More::Came
        }
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => More::Waits,
        Err(_) => More::Ended,
    }
}
