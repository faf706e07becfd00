//! The options of curl, as far as they say what is sent.

use super::super::InvalidRequest;

/// What an option means for the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Method,
    Header,
    /// Of a body, as it is; `true` where `@` before a name means a file.
    Data(bool),
    DataUrlencode,
    Json,
    UrlQuery,
    Url,
    Get,
    Head,
    User,
    Bearer,
    UserAgent,
    Referer,
    Cookie,
    Compressed,
    PathAsIs,
    GlobOff,
    /// Changes nothing of what is sent.
    Nothing,
    /// The same, with a value behind it.
    NothingOf,
    /// What cannot be explained, and why.
    Refused(&'static str),
}

impl Meaning {
    /// Whether a value stands behind it.
    pub(super) const fn has_value(self) -> bool {
        !matches!(
            self,
            Self::Get
                | Self::Head
                | Self::Compressed
                | Self::PathAsIs
                | Self::GlobOff
                | Self::Nothing
                | Self::Refused(_)
        )
    }
}

const FORM: &str = "curl makes up the boundary of a form anew each time: paste a dump of the request";
const SIGNS: &str = "curl signs when it runs, and the line has the secret: paste what `curl -v` says it sent";
const FILE: &str = "it reads a file that is not here: paste a dump of the request";
const CONFIG: &str = "it reads further options from a file that is not here: write them into the line";
const SEVERAL: &str = "it makes several requests: paste one of them";
const LOGIN: &str = "it talks to the server before it logs in: paste a dump of the request";

/// What a long option means, without its hyphens.
pub(super) fn long(name: &[u8]) -> Option<Meaning> {
    Some(match name {
        b"request" => Meaning::Method,
        b"header" => Meaning::Header,
        b"data" | b"data-ascii" | b"data-binary" => Meaning::Data(true),
        b"data-raw" => Meaning::Data(false),
        b"data-urlencode" => Meaning::DataUrlencode,
        b"json" => Meaning::Json,
        b"url-query" => Meaning::UrlQuery,
        b"url" => Meaning::Url,
        b"get" => Meaning::Get,
        b"head" => Meaning::Head,
        b"user" => Meaning::User,
        b"oauth2-bearer" => Meaning::Bearer,
        b"user-agent" => Meaning::UserAgent,
        b"referer" => Meaning::Referer,
        b"cookie" => Meaning::Cookie,
        b"compressed" => Meaning::Compressed,
        b"path-as-is" => Meaning::PathAsIs,
        b"globoff" => Meaning::GlobOff,
        b"insecure"
        | b"silent"
        | b"show-error"
        | b"include"
        | b"show-headers"
        | b"verbose"
        | b"location"
        | b"fail"
        | b"fail-with-body"
        | b"fail-early"
        | b"no-buffer"
        | b"no-keepalive"
        | b"no-progress-meter"
        | b"progress-bar"
        | b"http1.0"
        | b"http1.1"
        | b"http2"
        | b"http2-prior-knowledge"
        | b"http3"
        | b"http3-only"
        | b"ipv4"
        | b"ipv6"
        | b"basic"
        | b"remote-name"
        | b"remote-header-name"
        | b"remote-name-all"
        | b"tlsv1"
        | b"tlsv1.0"
        | b"tlsv1.1"
        | b"tlsv1.2"
        | b"tlsv1.3"
        | b"ssl-reqd"
        | b"tcp-nodelay"
        | b"tcp-fastopen"
        | b"disable"
        | b"junk-session-cookies"
        | b"create-dirs"
        | b"location-trusted"
        | b"post301"
        | b"post302"
        | b"post303"
        | b"retry-connrefused"
        | b"retry-all-errors"
        | b"trace-time"
        | b"trace-ids"
        | b"no-sessionid"
        | b"no-alpn"
        | b"raw"
        | b"styled-output"
        | b"no-styled-output"
        | b"ssl-no-revoke"
        | b"cert-status" => Meaning::Nothing,
        b"output"
        | b"output-dir"
        | b"write-out"
        | b"max-time"
        | b"connect-timeout"
        | b"proxy"
        | b"noproxy"
        | b"cacert"
        | b"capath"
        | b"cert"
        | b"cert-type"
        | b"key"
        | b"key-type"
        | b"pass"
        | b"retry"
        | b"retry-delay"
        | b"retry-max-time"
        | b"resolve"
        | b"connect-to"
        | b"cookie-jar"
        | b"dump-header"
        | b"interface"
        | b"local-port"
        | b"limit-rate"
        | b"max-redirs"
        | b"max-filesize"
        | b"trace"
        | b"trace-ascii"
        | b"stderr"
        | b"tls-max"
        | b"tls13-ciphers"
        | b"ciphers"
        | b"curves"
        | b"speed-limit"
        | b"speed-time"
        | b"keepalive-time"
        | b"dns-servers"
        | b"doh-url"
        | b"proxy-user"
        | b"unix-socket"
        | b"abstract-unix-socket"
        | b"pinnedpubkey"
        | b"crlfile"
        | b"proto"
        | b"proto-default"
        | b"happy-eyeballs-timeout-ms"
        | b"expect100-timeout"
        | b"socks5"
        | b"socks5-hostname"
        | b"socks4"
        | b"socks4a" => Meaning::NothingOf,
        b"form" | b"form-string" => Meaning::Refused(FORM),
        b"aws-sigv4" => Meaning::Refused(SIGNS),
        b"upload-file" | b"netrc" | b"netrc-optional" | b"netrc-file" => Meaning::Refused(FILE),
        b"config" => Meaning::Refused(CONFIG),
        b"next" | b"parallel" => Meaning::Refused(SEVERAL),
        b"digest" | b"ntlm" | b"negotiate" | b"anyauth" => Meaning::Refused(LOGIN),
        _ => return None,
    })
}

/// What an option of one letter means.
pub(super) fn short(letter: u8) -> Option<Meaning> {
    let name: &[u8] = match letter {
        b'X' => b"request",
        b'H' => b"header",
        b'd' => b"data",
        b'G' => b"get",
        b'I' => b"head",
        b'u' => b"user",
        b'A' => b"user-agent",
        b'e' => b"referer",
        b'b' => b"cookie",
        b'g' => b"globoff",
        b'k' | b's' | b'S' | b'i' | b'v' | b'L' | b'f' | b'N' | b'0' | b'4' | b'6' | b'O' | b'J' | b'1'
        | b'2' | b'3' | b'q' | b'j' | b'#' => b"silent",
        b'o' | b'w' | b'm' | b'x' | b'E' | b'c' | b'D' | b'y' | b'Y' | b'U' => b"output",
        b'F' => b"form",
        b'T' => b"upload-file",
        b'n' => b"netrc",
        b'K' => b"config",
        b':' => b"next",
        b'Z' => b"parallel",
        _ => return None,
    };
    long(name)
}

/// One option of a command.
pub(super) struct Given {
    pub(super) meaning: Meaning,
    /// As it was written, with its hyphens.
    pub(super) name: Vec<u8>,
    /// Empty where it has none.
    pub(super) value: Vec<u8>,
}

/// Every option of a command in order, with its value; a URL by itself is one of `--url`.
pub(super) fn read(words: impl IntoIterator<Item = Vec<u8>>) -> Result<Vec<Given>, InvalidRequest> {
    const UNKNOWN: &str = "it is not known here";
    const VALUE: &str = "its value is missing";
    let mut words = words.into_iter();
    let (mut options, mut are_over) = (Vec::new(), false);
    while let Some(word) = words.next() {
        match word.as_slice() {
            b"--" if !are_over => are_over = true,
            [b'-', b'-', name @ ..] if !are_over => {
                let meaning = long(name).ok_or_else(|| InvalidRequest::option(&word, UNKNOWN))?;
                let value = if meaning.has_value() { words.next() } else { Some(Vec::new()) };
                let value = value.ok_or_else(|| InvalidRequest::option(&word, VALUE))?;
                options.push(Given { meaning, name: word, value });
            }
            [b'-', letters @ ..] if !letters.is_empty() && !are_over => {
                let mut letters = letters;
                while let Some((letter, rest)) = letters.split_first() {
                    let name = vec![b'-', *letter];
                    let meaning = short(*letter).ok_or_else(|| InvalidRequest::option(&name, UNKNOWN))?;
                    letters = rest;
                    let mut value = Vec::new();
                    if meaning.has_value() {
                        value = match std::mem::take(&mut letters) {
                            [] => words.next().ok_or_else(|| InvalidRequest::option(&name, VALUE))?,
                            rest => rest.to_vec(),
                        };
                    }
                    options.push(Given { meaning, name, value });
                }
            }
            _ => options.push(Given { meaning: Meaning::Url, name: b"--url".to_vec(), value: word }),
        }
    }
    Ok(options)
}
