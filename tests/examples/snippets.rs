//! The programs of the manual's chapter for clients do what they say.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::demo::{Demo, changed};

const CHAPTER: &str = include_str!("../../src/manual/clients.md");

/// The sections that have programs, with the user and the scheme that the service names.
const SECTIONS: [(&str, &str, &str); 9] = [
    ("An API key", "demo", "api-key"),
    ("A token for a password", "demo", "jwt"),
    ("`x-auth` headers", "demo", "x-auth"),
    ("Signed URLs", "demo", "query-signature"),
    ("The strict forms", "demo", "x-auth"),
    ("Strict signed URLs", "demo", "query-signature"),
    ("AWS Signature Version 4", "demo", "sigv4"),
    ("HTTP Message Signatures", "demo", "message-signature"),
    ("Signed events", "demo-shop", "webhook"),
];

/// What a block is marked with, what runs it from its standard input, and the package of that.
const LANGUAGES: [(&str, &[&str], &str); 4] = [
    ("bash", &["bash", "-euo", "pipefail"], "bash"),
    ("python", &["python3", "-"], "python3"),
    ("js", &["node", "--input-type=module"], "nodejs"),
    ("php", &["php"], "php-cli"),
];

/// A fenced block, with the heading above it and what it is marked with.
#[derive(Debug)]
struct Block {
    section: &'static str,
    language: &'static str,
    text: String,
}

fn blocks() -> Vec<Block> {
    let (mut section, mut found, mut open) = ("", Vec::new(), None);
    for line in CHAPTER.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => open = Some(Block { section, language, text: String::new() }),
            (None, None) => section = line.strip_prefix("# ").unwrap_or(section),
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(block), None) => block.text.extend([line, "\n"]),
        }
    }
    assert!(open.is_none(), "a block does not end");
    found
}

/// Runs a block with the credentials of the demo and nothing else of this environment; `secret`
/// says what becomes of the secrets among them.
fn run(block: &Block, demo: &Demo, secret: fn(&str) -> String) -> Output {
    let (_, program, package) =
        LANGUAGES.into_iter().find(|(name, ..)| *name == block.language).expect("a language that is run");
    let [program, arguments @ ..] = program else { panic!("a program") };
    let mut command = Command::new(program);
    command.args(arguments).env_clear().env("HOME", "/nonexistent").current_dir(demo.folder.path());
    command.env("PATH", std::env::var_os("PATH").expect("a path"));
    command.env("ENDPOINT", format!("http://{}", demo.address)).env("API_KEY", secret(demo.api_key()));
    command.env("API_USER", "demo").env("API_PASSWORD", secret(demo.password()));
    command.env("X_AUTH_ID", demo.x_auth_id()).env("X_AUTH_SECRET", secret(demo.x_auth_secret()));
    command.env("URL_ID", demo.url_id()).env("URL_SECRET", secret(demo.url_secret()));
    command.env("SIGV4_ID", demo.sigv4_id()).env("SIGV4_SECRET", secret(demo.sigv4_secret()));
    command.env("MESSAGE_ID", demo.message_id()).env("MESSAGE_SECRET", secret(demo.message_secret()));
    command.env("WEBHOOK_SECRET", secret(demo.event_secret()));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| {
        panic!(
            "this test needs {program} ({error}): install it, for example with `apt-get install {package}`"
        )
    });
    child.stdin.take().expect("its input").write_all(block.text.as_bytes()).expect("written");
    child.wait_with_output().expect("its output")
}

/// The JSON object that a block printed, and whatever it printed around that.
fn printed(output: &Output) -> (Value, String) {
    let text = String::from_utf8_lossy(&output.stdout);
    let object = text.find('{').zip(text.rfind('}')).map(|(first, last)| (first, last + 1));
    let (first, end) = object.unwrap_or_else(|| panic!("no object: {output:?}"));
    let object = serde_json::from_str(&text[first..end]).unwrap_or_else(|_| panic!("no JSON: {output:?}"));
    (object, format!("{}{}", &text[..first], &text[end..]))
}

#[test]
fn every_snippet_for_clients_is_let_in_and_says_who_it_was() {
    let demo = Demo::start();
    let mut ran = Vec::new();
    for block in blocks() {
        let output = run(&block, &demo, str::to_owned);
        assert!(output.status.success(), "{block:?}: {output:?}");
        let (me, around) = printed(&output);
        let scheme = SECTIONS.iter().find(|(section, ..)| *section == block.section);
        let (_, user, scheme) = scheme.unwrap_or_else(|| panic!("a section without a scheme: {block:?}"));
        assert_eq!((&me["user"], &me["scheme"]), (&json!(user), &json!(scheme)), "{block:?}: {me}");
        assert_eq!(around.trim(), "200", "{block:?}: {output:?}");
        ran.push((block.section, block.language));
    }
    let all =
        SECTIONS.iter().flat_map(|(section, ..)| LANGUAGES.iter().map(move |(name, ..)| (*section, *name)));
    assert_eq!(ran, all.collect::<Vec<_>>());
    assert_eq!(ran.len(), 36);
}

#[test]
fn no_snippet_for_clients_is_let_in_with_another_secret() {
    let demo = Demo::start();
    for block in blocks() {
        let output = run(&block, &demo, changed);
        let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
        assert!(said.concat().contains("401") && !said[0].contains("200"), "{said:?}");
    }
}
