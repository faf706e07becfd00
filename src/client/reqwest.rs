//! The client `reqwest`.

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use reqwest::redirect::Policy;

use super::{Answer, HttpClient, HttpClientError, ResponseLimits};

/// An [`HttpClient`] over `reqwest`, with TLS by `rustls` and the certificates that the
/// system trusts.
///
/// ```
/// use portcullis::client::ReqwestClient;
/// let client = ReqwestClient::new()?;
/// # Ok::<(), portcullis::client::HttpClientError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReqwestClient(reqwest::Client);

impl ReqwestClient {
    /// A client that keeps every promise of [`HttpClient`]: it follows no redirect, repeats no
    /// request, keeps no cookies, undoes no compression, and asks no proxy, whatever
    /// `HTTPS_PROXY` says and whichever features of `reqwest` are on in the build. It sends
    /// no `User-Agent`.
    ///
    /// # Errors
    /// When TLS cannot be set up, such as where the system has no certificates.
    pub fn new() -> Result<Self, HttpClientError> {
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .build();
        Ok(Self(client.map_err(failed)?))
    }

    /// The application's own client, for its proxy, its certificates or its resolver.
    ///
    /// The limits of length and time are kept for every client. The other promises of
    /// [`HttpClient`] are the client's, and `reqwest` keeps none of them by default:
    ///
    /// * `redirect(Policy::none())`, or it goes wherever an answer points, which is how an
    ///   issuer that was taken over reaches hosts of the inner network;
    /// * no `cookie_store`, and no `default_headers` with a credential;
    /// * `no_gzip()`, `no_brotli()`, `no_zstd()` and `no_deflate()`, or the limit of length
    ///   is about what comes out of the compression. It is kept then too;
    /// * `no_proxy()`, unless a proxy is meant.
    #[must_use]
    pub const fn with_client(client: reqwest::Client) -> Self {
        Self(client)
    }

    /// The client itself.
    #[cfg(feature = "tower")]
    pub(crate) const fn client(&self) -> &reqwest::Client {
        &self.0
    }

    async fn whole_answer(
        &self,
        request: Request<Bytes>,
        limit: usize,
    ) -> Result<Response<Bytes>, HttpClientError> {
        let request = reqwest::Request::try_from(request).map_err(failed)?;
        let mut answer = self.0.execute(request).await.map_err(failed)?;
        let is_longer = |length: u64| usize::try_from(length).map_or(true, |length| length > limit);
        if answer.content_length().is_some_and(is_longer) {
            return Err(HttpClientError::TooLong);
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if chunk.len() > limit.saturating_sub(body.len()) {
                return Err(HttpClientError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        let mut whole = Response::new(body.freeze());
        *whole.status_mut() = answer.status();
        *whole.version_mut() = answer.version();
        *whole.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(whole)
    }
}

impl HttpClient for ReqwestClient {
    fn send(&self, request: Request<Bytes>, limits: ResponseLimits) -> Answer<'_> {
        Box::pin(async move {
            let answer = tokio::time::timeout(limits.time, self.whole_answer(request, limits.body));
            answer.await.unwrap_or(Err(HttpClientError::TimedOut))
        })
    }
}

fn failed(error: reqwest::Error) -> HttpClientError {
    // The address is the caller's, and may say more than a log should hold.
    HttpClientError::Failed(error.without_url().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::task::JoinHandle;

    /// Answers one connection with `answer` and leaves it open; gives back what was sent to it.
    async fn serve(answer: Vec<u8>) -> (String, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
        let address = listener.local_addr().expect("address");
        let heard = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("connection");
            let mut heard = Vec::new();
            while !heard.ends_with(b"\r\n\r\n") {
                heard.push(stream.read_u8().await.expect("request"));
            }
            // Whoever has read enough hangs up.
            let _ = stream.write_all(&answer).await;
            let _ = stream.read_u8().await;
            String::from_utf8(heard).expect("text")
        });
        (format!("http://{address}/keys?a=b"), heard)
    }

    async fn ask(url: &str, limits: ResponseLimits) -> Result<Response<Bytes>, HttpClientError> {
        let request = Request::get(url).header("accept", "application/json").body(Bytes::new());
        ReqwestClient::new().expect("client").send(request.expect("request"), limits).await
    }

    fn with_body(head: &str, body: &[u8]) -> Vec<u8> {
        [head.as_bytes(), b"\r\n\r\n", body].concat()
    }

    const LIMITS: ResponseLimits = ResponseLimits::new(1_000, Duration::from_secs(60));

    #[tokio::test]
    async fn the_whole_answer_comes_back_whatever_its_status() {
        let head = "HTTP/1.1 503 Away\r\ncontent-length: 5\r\netag: \"a\"\r\nset-cookie: a=b";
        let (url, heard) = serve(with_body(head, b"a\nb\0c")).await;
        let answer = ask(&url, LIMITS).await.expect("answer");
        assert_eq!((answer.status().as_u16(), &answer.body()[..]), (503, &b"a\nb\0c"[..]));
        assert_eq!(answer.headers()["etag"], "\"a\"");
        let heard = heard.await.expect("heard").to_ascii_lowercase();
        assert!(heard.starts_with("get /keys?a=b http/1.1\r\n"), "{heard}");
        let names: Vec<_> = heard.lines().skip(1).filter_map(|line| line.split_once(':')).collect();
        let mut names: Vec<_> = names.into_iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept", "host"]);
    }

    #[tokio::test]
    async fn no_redirect_is_followed() {
        let (elsewhere, never) = serve(Vec::new()).await;
        let head = format!("HTTP/1.1 302 There\r\ncontent-length: 0\r\nlocation: {elsewhere}");
        let (url, _) = serve(with_body(&head, b"")).await;
        assert_eq!(ask(&url, LIMITS).await.expect("answer").status(), 302);
        assert!(!never.is_finished());
        never.abort();
    }

    #[tokio::test]
    async fn what_is_too_long_is_not_read_to_its_end() {
        let exact = with_body("HTTP/1.1 200 OK\r\ncontent-length: 1000", &[b'a'; 1_000]);
        let (url, _) = serve(exact).await;
        assert_eq!(ask(&url, LIMITS).await.expect("answer").body().len(), 1_000);

        // It says so, and nothing more has to come.
        let (url, _) = serve(with_body("HTTP/1.1 200 OK\r\ncontent-length: 1001", b"")).await;
        assert!(matches!(ask(&url, LIMITS).await, Err(HttpClientError::TooLong)));

        let chunks = "100\r\n".to_owned() + &"a".repeat(256) + "\r\n";
        let endless = with_body("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked", chunks.repeat(8).as_bytes());
        let (url, _) = serve(endless).await;
        assert!(matches!(ask(&url, LIMITS).await, Err(HttpClientError::TooLong)));
    }

    #[tokio::test]
    async fn compression_is_not_undone() {
        let packed = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\ncontent-encoding: gzip";
        let (url, _) = serve(with_body(head, &packed)).await;
        let answer = ask(&url, LIMITS).await.expect("answer");
        assert_eq!(
            (&answer.body()[..], &answer.headers()["content-encoding"]),
            (&packed[..], &"gzip".parse().expect("value"))
        );
    }

    #[tokio::test]
    async fn a_server_that_stays_silent_is_given_up() {
        let brief = ResponseLimits::new(1_000, Duration::from_millis(50));
        for silent in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc"] {
            let (url, _) = serve(silent.into()).await;
            assert!(matches!(ask(&url, brief).await, Err(HttpClientError::TimedOut)), "{silent:?}");
        }
    }

    #[tokio::test]
    async fn an_error_names_no_address() {
        let (url, heard) = serve(b"nothing of HTTP\r\n\r\n".to_vec()).await;
        let error = ask(&url, LIMITS).await.expect_err("no answer");
        assert!(matches!(error, HttpClientError::Failed(_)));
        assert!(!format!("{error:?}").contains("a=b"), "{error:?}");
        heard.abort();
    }
}
