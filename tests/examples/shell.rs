//! Command lines, as they are pasted into a shell.

use std::process::Command;
use std::sync::Once;

use serde_json::Value;

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The headers, names in lower case.
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The values of a header, in their order.
    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(held, _)| held == name).map(|(_, value)| value.as_str()).collect()
    }
}

/// Runs a command line that begins with `curl`.
pub(crate) fn paste(line: &str) -> Answer {
    assert!(!line.contains('\n'), "{line}");
    paste_lines(line)
}

/// Runs lines of which the last begins with `curl`.
pub(crate) fn paste_lines(line: &str) -> Answer {
    static TOOLS: Once = Once::new();
    TOOLS.call_once(|| ["curl", "openssl"].into_iter().for_each(need));
    assert!(line.lines().last().is_some_and(|last| last.starts_with("curl ")), "{line}");
    let mut shell = Command::new("sh");
    // Nothing of whoever runs this test decides where the request goes.
    let proxies = ["http_proxy", "all_proxy", "ALL_PROXY", "CURL_HOME", "XDG_CONFIG_HOME"];
    for name in proxies {
        shell.env_remove(name);
    }
    let output = shell.env("HOME", "/nonexistent").arg("-c").arg(format!("{line} -sSi")).output();
    let output = output.expect("a shell");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    let mut head = head.lines();
    let status = head.next().and_then(|line| line.split(' ').nth(1)).expect("a status");
    let headers = head.filter_map(|line| line.split_once(": "));
    Answer {
        status: status.parse().expect("a number"),
        headers: headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect(),
        body: body.to_owned(),
    }
}

fn need(tool: &str) {
    let found = Command::new(tool).arg(if tool == "curl" { "--version" } else { "version" }).output();
    assert!(found.is_ok(), "this test needs {tool}: install it, for example with `apt-get install {tool}`");
}
