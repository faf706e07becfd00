//! The program `curl`, which has SigV4 built in.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::echo::Wanted;
use crate::key::Key;
use crate::server::Server;
use crate::verdict;

pub(crate) const NAME: &str = "curl, SigV4";

/// Sends everything, as a peer in another language does.
pub(crate) fn ask(
    server: &Server,
    key: &Key,
    (region, service): (&str, &str),
    token: Option<&str>,
    wanted: &[Wanted],
) -> Value {
    verdict::version(NAME, &version());
    let one = |wanted: &Wanted| {
        // Nothing of whoever runs this test decides where the request goes.
        let mut curl = Command::new("curl");
        curl.args([
            "-q",
            "-sS",
            "--noproxy",
            "*",
            "--path-as-is",
            "-w",
            "\n%{http_code}",
            "-X",
            wanted.method,
        ]);
        curl.args(["--aws-sigv4", &format!("aws:amz:{region}:{service}")]);
        curl.args(["--user", &format!("{}:{}", key.id, key.secret)]);
        for (name, value) in &wanted.headers {
            curl.args(["-H", &format!("{name}: {value}")]);
        }
        if let Some(token) = token {
            curl.args(["-H", &format!("x-amz-security-token: {token}")]);
        }
        if !wanted.body.is_empty() {
            curl.args(["--data-binary", "@-"]);
        }
        curl.arg(format!("{}{}", server.endpoint(), wanted.target()));
        let (status, body) = sent(curl, &wanted.body);
        json!({ "status": status, "body": body })
    };
    wanted.iter().map(one).collect()
}

/// The status and the body that came back.
fn sent(mut curl: Command, body: &[u8]) -> (u16, String) {
    let curl = curl.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut curl = curl.spawn().expect("this test needs curl");
    curl.stdin.take().expect("its input").write_all(body).expect("written");
    let output = curl.wait_with_output().expect("its end");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("text");
    let (body, status) = text.rsplit_once('\n').expect("a status");
    (status.parse().expect("a number"), body.to_owned())
}

/// What it says of itself.
fn version() -> String {
    let output = Command::new("curl").arg("--version").output().expect("this test needs curl");
    let text = String::from_utf8(output.stdout).expect("text");
    text.split_whitespace().nth(1).expect("a version").to_owned()
}
