//! A library of another language, as a program that answers one question.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

use crate::verdict;

/// Longer than any answer takes: a peer that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    PyJwt,
    Jose,
    Jsonwebtoken,
    CryptoJs,
    NodeUrl,
    StrictNode,
    Boto3,
    S3Sdk,
    Botocore,
    RequestsAws4Auth,
    Pycurl,
    Aws4,
    Smithy,
    MessagesPython,
    MessagesNode,
    WebhooksPython,
    WebhooksNode,
}

/// Where `scripts/test-interop` installs them.
pub(crate) fn place() -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop");
    assert!(
        place.join("installed").is_file(),
        "the libraries of other languages are missing: install them with `scripts/test-interop --install`"
    );
    place
}

impl Peer {
    /// What it is called, and its script beside this file.
    const fn name_and_script(self) -> (&'static str, &'static str) {
        match self {
            Self::PyJwt => ("PyPI PyJWT", "pyjwt.py"),
            Self::Jose => ("npm jose", "jose.mjs"),
            Self::Jsonwebtoken => ("npm jsonwebtoken", "jsonwebtoken.cjs"),
            Self::CryptoJs => ("npm crypto-js, x-auth", "x_auth_crypto_js.cjs"),
            Self::NodeUrl => ("plain Node, signed URLs", "url_node.mjs"),
            Self::StrictNode => ("plain Node, strict forms", "strict_node.mjs"),
            Self::Boto3 => ("PyPI boto3, S3", "s3_boto3.py"),
            Self::S3Sdk => ("npm @aws-sdk/client-s3", "s3_sdk.mjs"),
            Self::Botocore => ("PyPI botocore, SigV4", "sigv4_botocore.py"),
            Self::RequestsAws4Auth => ("PyPI requests-aws4auth", "sigv4_requests.py"),
            Self::Pycurl => ("PyPI pycurl, SigV4", "sigv4_pycurl.py"),
            Self::Aws4 => ("npm aws4", "sigv4_aws4.cjs"),
            Self::Smithy => ("npm @smithy/signature-v4", "sigv4_smithy.mjs"),
            Self::MessagesPython => ("PyPI http-message-signatures", "messages.py"),
            Self::MessagesNode => ("npm http-message-signatures", "messages.mjs"),
            Self::WebhooksPython => ("PyPI standardwebhooks", "webhooks.py"),
            Self::WebhooksNode => ("npm standardwebhooks", "webhooks.mjs"),
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        self.name_and_script().0
    }

    fn command(self) -> Command {
        let (place, script) = (place(), self.name_and_script().1);
        let program = if script.ends_with(".py") { place.join("venv/bin/python") } else { "node".into() };
        let mut command = Command::new(program);
        // The scripts are copied there, because node looks for libraries beside them. Nothing of
        // whoever runs this test decides where a request goes, or whose it is.
        command.arg(place.join(script)).env_clear().env("HOME", "/nonexistent");
        command.env("NODE_OPTIONS", "--no-warnings");
        command.env("PATH", std::env::var_os("PATH").expect("a path")).current_dir(place);
        command
    }

    /// Asks and waits for the answer; what version answered is written down.
    pub(crate) fn ask(self, request: &Value) -> Value {
        let mut command = self.command();
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child =
            command.spawn().expect("python and node, which `scripts/test-interop --install` sees to");
        child.stdin.take().expect("its input").write_all(request.to_string().as_bytes()).expect("written");
        let output = child.stdout.take().expect("its output");
        let (send, answer) = mpsc::channel();
        std::thread::spawn(move || {
            let mut objects = serde_json::Deserializer::from_reader(output).into_iter::<Value>();
            send.send(objects.next())
        });
        // Its end is not waited for: now and then, node stands still on its way out.
        let answer = answer.recv_timeout(PATIENCE);
        child.kill().expect("killed");
        let status = child.wait().expect("its end");
        let Ok(Some(Ok(mut answer))) = answer else { panic!("{}: {answer:?}, {status}", self.name()) };
        verdict::version(self.name(), answer["version"].as_str().expect("a version"));
        answer["answers"].take()
    }
}
