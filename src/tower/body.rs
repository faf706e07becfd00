//! Bodies on their way in and out.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::refusal::RefusalBody;
use crate::guard::{Guarded, Interrupted, PassingBody};
#[cfg(doc)]
use crate::request::BodyFailure;

type BoxError = Box<dyn Error + Send + Sync>;

pin_project! {
    /// The body that the inner service sees: untouched; exactly the bytes that were verified,
    /// with the trailers that came behind them; or checked while it is read.
    ///
    /// One that is checked while it is read ends when it is known to be the one that was signed,
    /// and else in a [`BodyFailure`], behind which nothing follows. Errors of the body inside are
    /// handed on as they are.
    ///
    /// ```
    /// use std::error::Error;
    /// use http::{Request, Response, StatusCode};
    /// use http_body_util::{BodyExt, Full};
    /// use portcullis::request::BodyFailure;
    /// use portcullis::tower::AuthBody;
    ///
    /// async fn store(request: Request<AuthBody<Full<bytes::Bytes>>>) -> Response<String> {
    ///     let (status, text) = match request.into_body().collect().await {
    ///         Ok(body) => (StatusCode::OK, format!("{} bytes", body.to_bytes().len())),
    ///         Err(error) => match BodyFailure::behind(&*error) {
    ///             Some(BodyFailure::NotAsSigned) => (StatusCode::UNAUTHORIZED, "another body".into()),
    ///             _ => (StatusCode::BAD_REQUEST, "the body broke off".into()),
    ///         },
    ///     };
    ///     let mut response = Response::new(text);
    ///     *response.status_mut() = status;
    ///     response
    /// }
    /// # let _ = store;
    /// ```
    #[derive(Debug)]
    pub struct AuthBody<B> {
        #[pin]
        kind: Kind<B>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = KindProjection]
    enum Kind<B> {
        Untouched { #[pin] body: B },
        Verified { data: Option<Bytes>, trailers: Option<Box<HeaderMap>> },
        Guarded { body: Pin<Box<Guarded<B>>> },
    }
}

impl<B> AuthBody<B> {
    pub(super) fn new(body: PassingBody<B>) -> Self {
        let kind = match body {
            PassingBody::Untouched(body) => Kind::Untouched { body },
            PassingBody::Whole(data, trailers) => {
                Kind::Verified { data: (!data.is_empty()).then_some(data), trailers }
            }
            PassingBody::Guarded(body) => Kind::Guarded { body },
        };
        Self { kind }
    }
}

impl<B> Body for AuthBody<B>
where
    B: Body,
    B::Data: From<Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = B::Data;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        match self.project().kind.project() {
            KindProjection::Untouched { body } => {
                body.poll_frame(cx).map(|frame| frame.map(|frame| frame.map_err(Into::into)))
            }
            KindProjection::Verified { data, trailers } => {
                let frame = data.take().map(|data| Frame::data(data.into()));
                Poll::Ready(
                    frame.or_else(|| trailers.take().map(|trailers| Frame::trailers(*trailers))).map(Ok),
                )
            }
            KindProjection::Guarded { body } => body.as_mut().poll_frame(cx).map(|frame| {
                let frame = frame?.map(|frame| frame.map_data(Into::into));
                Some(frame.map_err(|interrupted| match interrupted {
                    Interrupted::Inner(error) => error.into(),
                    Interrupted::Refused(failure) => failure.into(),
                }))
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Untouched { body } => body.is_end_stream(),
            Kind::Verified { data, trailers } => data.is_none() && trailers.is_none(),
            Kind::Guarded { body } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Untouched { body } => body.size_hint(),
            Kind::Verified { data, .. } => {
                SizeHint::with_exact(data.as_ref().map_or(0, |data| data.remaining() as u64))
            }
            Kind::Guarded { body } => body.size_hint(),
        }
    }
}

pin_project! {
    /// The body of an answer: the inner service's, or that of a refusal.
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        #[pin]
        answer: Answer<B>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = AnswerProjection]
    enum Answer<B> {
        Inner { #[pin] body: B },
        Refusal { body: RefusalBody },
    }
}

impl<B> ResponseBody<B> {
    pub(super) const fn inner(body: B) -> Self {
        Self { answer: Answer::Inner { body } }
    }

    pub(super) const fn refusal(body: RefusalBody) -> Self {
        Self { answer: Answer::Refusal { body } }
    }
}

impl<B> Body for ResponseBody<B>
where
    B: Body,
    B::Data: From<Bytes>,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        match self.project().answer.project() {
            AnswerProjection::Inner { body } => body.poll_frame(cx),
            AnswerProjection::Refusal { body } => {
                body.poll_data(cx).map(|data| data.map(|data| Ok(Frame::data(data.into()))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.answer {
            Answer::Inner { body } => body.is_end_stream(),
            Answer::Refusal { body } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.answer {
            Answer::Inner { body } => body.size_hint(),
            Answer::Refusal { body } => body.size_hint(),
        }
    }
}
