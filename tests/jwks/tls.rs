//! `https` itself, with the server of `openssl`.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use portcullis::client::ReqwestClient;
use portcullis::jwt::{JwksClient, JwksError};
use portcullis::{Clock, SystemClock};
use tempfile::TempDir;

use crate::keys::{Key, at_once, set};

/// A server with a certificate that it has signed itself, for `localhost`.
struct Server {
    process: Child,
    folder: TempDir,
    port: String,
}

impl Server {
    fn start(document: &str) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(folder.path().join("keys"), document).expect("document");
        let openssl = || {
            let mut openssl = Command::new("openssl");
            openssl.current_dir(folder.path()).stdin(Stdio::null()).stderr(Stdio::null());
            openssl
        };
        let made = openssl()
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
            .args([
                "-days",
                "2",
                "-subj",
                "/CN=nobody trusts this",
                "-addext",
                "subjectAltName=DNS:localhost",
            ])
            .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", "key.pem", "-out", "cert.pem"])
            .status();
        assert!(made.expect("openssl").success());
        let mut serve = openssl();
        serve.args(["s_server", "-accept", "127.0.0.1:0", "-key", "key.pem", "-cert", "cert.pem", "-WWW"]);
        let mut process = serve.stdout(Stdio::piped()).spawn().expect("openssl");
        let mut lines = BufReader::new(process.stdout.take().expect("output")).lines();
        let port = lines.find_map(|line| Some(line.ok()?.strip_prefix("ACCEPT 127.0.0.1:")?.to_owned()));
        // Whoever does not read on lets it wait for ever.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, folder, port: port.expect("a port") }
    }

    fn url(&self, host: &str) -> String {
        format!("https://{host}:{}/keys", self.port)
    }

    fn certificate(&self) -> reqwest::Certificate {
        let pem = std::fs::read(self.folder.path().join("cert.pem")).expect("certificate");
        reqwest::Certificate::from_pem(&pem).expect("certificate")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn a_certificate_is_checked_and_the_applications_own_client_may_trust_another_one() {
    let key = Key::new("a");
    let server = Server::start(&set(&[&key]));
    let stranger = JwksClient::builder(server.url("localhost")).start().await;
    let Err(JwksError::Fetch(failure)) = stranger else { panic!("{stranger:?}") };
    assert!(format!("{failure:?}").contains("InvalidCertificate"), "{failure:?}");

    let trusting = reqwest::Client::builder().tls_certs_only([server.certificate()]).no_proxy();
    let trusting = ReqwestClient::with_client(trusting.build().expect("client"));
    let builder = |host| JwksClient::builder(server.url(host)).with_http_client(trusting.clone());
    let client = builder("localhost").start().await.expect("client");
    assert_eq!(at_once(&client, &key, SystemClock.now()), Ok(()));
    // The name counts, too.
    let other = builder("127.0.0.1").start().await;
    assert!(matches!(other, Err(JwksError::Fetch(_))), "{other:?}");
}
