//! A server that means harm, on loopback.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// What the server does with a request once it has read it.
#[derive(Clone, Debug)]
pub(crate) enum Harm {
    /// An answer as it should be, of this type.
    Good(&'static str, Arc<str>),
    /// The same, after so long.
    Slow(Duration, Arc<str>),
    /// A head and a body that are sent as they are.
    Sends(String, Vec<u8>),
    /// Nothing at all.
    Silence,
    /// The connection is closed before there is an answer.
    HangsUp,
    /// The head, and then a byte of the body now and then.
    Drips,
    /// Headers without an end.
    EndlessHeaders,
    /// Chunks without an end.
    EndlessChunks,
}

#[derive(Debug)]
struct Doing {
    harm: Mutex<Harm>,
    /// How many requests were read, and how many bytes of answers were taken by the client.
    asked: AtomicUsize,
    sent: AtomicU64,
}

/// The server, until it is dropped.
#[derive(Debug)]
pub(crate) struct Hostile {
    doing: Arc<Doing>,
    pub(crate) url: String,
    accepting: JoinHandle<()>,
}

impl Hostile {
    pub(crate) async fn start(harm: Harm) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
        let url = format!("http://{}/keys", listener.local_addr().expect("address"));
        let (asked, sent) = (AtomicUsize::new(0), AtomicU64::new(0));
        let doing = Arc::new(Doing { harm: Mutex::new(harm), asked, sent });
        let accepting = tokio::spawn({
            let doing = Arc::clone(&doing);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, Arc::clone(&doing)));
                }
            }
        });
        Self { doing, url, accepting }
    }

    pub(crate) fn does(&self, harm: Harm) {
        *self.doing.harm.lock().expect("harm") = harm;
    }

    pub(crate) fn asked(&self) -> usize {
        self.doing.asked.load(Ordering::SeqCst)
    }

    pub(crate) fn sent(&self) -> u64 {
        self.doing.sent.load(Ordering::SeqCst)
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(mut stream: TcpStream, doing: Arc<Doing>) {
    let mut head = Vec::new();
    loop {
        head.clear();
        while !head.ends_with(b"\r\n\r\n") {
            let Ok(byte) = stream.read_u8().await else { return };
            head.push(byte);
        }
        doing.asked.fetch_add(1, Ordering::SeqCst);
        let harm = doing.harm.lock().expect("harm").clone();
        if do_harm(&mut stream, &doing, harm).await.is_none() {
            return;
        }
    }
}

/// None when the connection is to end.
async fn do_harm(stream: &mut TcpStream, doing: &Doing, harm: Harm) -> Option<()> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    match harm {
        Harm::Good(kind, body) => {
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
            send(stream, doing, head.as_bytes()).await?;
            send(stream, doing, body.as_bytes()).await
        }
        Harm::Slow(wait, body) => {
            sleep(wait).await;
            Box::pin(do_harm(stream, doing, Harm::Good("application/json", body))).await
        }
        Harm::Sends(head, body) => {
            send(stream, doing, head.as_bytes()).await?;
            send(stream, doing, &body).await
        }
        Harm::Silence => {
            let _ = stream.read_u8().await;
            None
        }
        Harm::HangsUp => None,
        Harm::Drips => {
            let head = format!("{head}content-length: 1000\r\n\r\n");
            send(stream, doing, head.as_bytes()).await?;
            loop {
                send(stream, doing, b" ").await?;
                sleep(Duration::from_millis(20)).await;
            }
        }
        Harm::EndlessHeaders => {
            send(stream, doing, head.as_bytes()).await?;
            let lines = "x-more: and more of it\r\n".repeat(100);
            loop {
                send(stream, doing, lines.as_bytes()).await?;
            }
        }
        Harm::EndlessChunks => {
            let head = format!("{head}transfer-encoding: chunked\r\n\r\n");
            send(stream, doing, head.as_bytes()).await?;
            let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
            loop {
                send(stream, doing, chunk.as_bytes()).await?;
            }
        }
    }
}

async fn send(stream: &mut TcpStream, doing: &Doing, mut bytes: &[u8]) -> Option<()> {
    while !bytes.is_empty() {
        let sent = stream.write(bytes).await.ok().filter(|sent| *sent > 0)?;
        doing.sent.fetch_add(sent as u64, Ordering::SeqCst);
        bytes = bytes.get(sent..)?;
    }
    Some(())
}
