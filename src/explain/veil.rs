//! What of a signed text is as good as a secret, and stands in none of what is shown.

use super::ExplainSettings;

/// The headers whose values are credentials, or may be.
const HEADERS: [&str; 5] =
    ["authorization", "proxy-authorization", "cookie", "x-api-key", "x-amz-security-token"];
/// The query parameters of that kind.
const PARAMETERS: [&str; 2] = ["x-amz-security-token", "access_token"];
const NOT_SHOWN: &[u8] = b"(not shown)";
/// Where the client has signed another value than the server.
const ANOTHER: &[u8] = b"(not shown: another value)";

/// Takes the values of credentials out of texts: of what the server signs first, then of what the
/// client signed, so that values that differ still do.
pub(super) struct Veil<'a> {
    settings: &'a ExplainSettings,
    server: Vec<Vec<u8>>,
}

impl<'a> Veil<'a> {
    pub(super) const fn new(settings: &'a ExplainSettings) -> Self {
        Self { settings, server: Vec::new() }
    }

    /// What the server signs.
    pub(super) fn server(&mut self, text: &[u8]) -> Vec<u8> {
        let mut values = Vec::new();
        let veiled = self.text(text, |value| {
            values.push(value.to_vec());
            NOT_SHOWN
        });
        self.server = values;
        veiled
    }

    /// What the client signed.
    pub(super) fn client(&self, text: &[u8]) -> Vec<u8> {
        self.text(text, |value| match self.server.iter().any(|held| held == value) {
            true => NOT_SHOWN,
            false => ANOTHER,
        })
    }

    fn text(&self, text: &[u8], mut word: impl FnMut(&[u8]) -> &'static [u8]) -> Vec<u8> {
        let mut veiled = Vec::with_capacity(text.len());
        for (number, line) in text.split(|byte| *byte == b'\n').enumerate() {
            if number > 0 {
                veiled.push(b'\n');
            }
            match self.header(line) {
                Some((name, value)) => {
                    veiled.extend_from_slice(name);
                    veiled.extend_from_slice(word(value));
                }
                None => self.parameters(line, &mut veiled, &mut word),
            }
        }
        veiled
    }

    /// The name and the value of a line that is such a header, as SigV4 and message signatures
    /// write it.
    fn header<'t>(&self, line: &'t [u8]) -> Option<(&'t [u8], &'t [u8])> {
        let Some(quoted) = line.strip_prefix(b"\"") else {
            let colon = line.iter().position(|byte| *byte == b':')?;
            return self.is_header(line.get(..colon)?).then(|| line.split_at(colon + 1));
        };
        let name = until_quote(quoted)?;
        let parameter = quoted.strip_prefix(b"@query-param\";name=\"").and_then(until_quote);
        let is_veiled = self.is_header(name) || parameter.is_some_and(|name| self.is_parameter(name));
        let colon = line.windows(2).position(|two| two == b": ").filter(|_| is_veiled)?;
        Some(line.split_at(colon + 2))
    }

    /// A line with any query in it.
    fn parameters(&self, line: &[u8], veiled: &mut Vec<u8>, word: &mut impl FnMut(&[u8]) -> &'static [u8]) {
        for part in line.split_inclusive(|byte| matches!(byte, b'?' | b'&')) {
            let end = part.last().filter(|byte| matches!(byte, b'?' | b'&'));
            let pair = part.get(..part.len() - usize::from(end.is_some())).unwrap_or(part);
            let equals = pair.iter().position(|byte| *byte == b'=');
            match equals.map(|at| (at, pair.split_at(at))) {
                Some((at, (name, _))) if self.is_parameter(name) => {
                    let (name, value) = pair.split_at(at + 1);
                    veiled.extend_from_slice(name);
                    veiled.extend_from_slice(word(value));
                    veiled.extend(end);
                }
                _ => veiled.extend_from_slice(part),
            }
        }
    }

    fn is_header(&self, name: &[u8]) -> bool {
        let own = self.settings.key_headers.iter().map(String::as_str);
        HEADERS.into_iter().chain(own).any(|held| held.as_bytes().eq_ignore_ascii_case(name))
    }

    fn is_parameter(&self, name: &[u8]) -> bool {
        let own = self.settings.key_parameters.iter().map(String::as_str);
        PARAMETERS.into_iter().chain(own).any(|held| held.as_bytes().eq_ignore_ascii_case(name))
    }
}

fn until_quote(text: &[u8]) -> Option<&[u8]> {
    text.get(..text.iter().position(|byte| *byte == b'"')?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_credentials_are_not_shown_and_still_differ() {
        let settings = ExplainSettings::new().with_key_header("X-Own").with_key_parameter("key");
        for (server, shown) in [
            ("x-api-key:s3cret\nhost:a", "x-api-key:(not shown)\nhost:a"),
            ("x-own:s3cret:b", "x-own:(not shown)"),
            ("\"authorization\": Bearer s3cret", "\"authorization\": (not shown)"),
            ("\"cookie\";key=\"a\": s3cret", "\"cookie\";key=\"a\": (not shown)"),
            ("\"@query-param\";name=\"key\": s3cret", "\"@query-param\";name=\"key\": (not shown)"),
            ("\"@query\": ?a=1&key=s3cret&b=2", "\"@query\": ?a=1&key=(not shown)&b=2"),
            ("X-Amz-Date=1&X-Amz-Security-Token=s3cret", "X-Amz-Date=1&X-Amz-Security-Token=(not shown)"),
            ("/orders?apikey=k-1&timestamp=1.5\n", "/orders?apikey=k-1&timestamp=1.5\n"),
            ("\"@method\": GET\n\"x", "\"@method\": GET\n\"x"),
            ("", ""),
            ("?&=&?\n\n:", "?&=&?\n\n:"),
        ] {
            let mut veil = Veil::new(&settings);
            let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
            assert_eq!(text(veil.server(server.as_bytes())), shown);
            assert_eq!(text(veil.client(server.as_bytes())), shown);
            let other = text(veil.client(server.replace("s3cret", "s4cret").as_bytes()));
            assert_eq!(other, shown.replace("(not shown)", "(not shown: another value)"));
        }
    }
}
