//! The token endpoint of the OAuth2 password form (RFC 6749, section 4.3).

use std::borrow::Cow;
use std::collections::HashMap;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use super::{JwtIssuer, RefreshTokens};
use crate::password::{PasswordStore, PasswordVerifier};
use crate::trace::event;
use crate::{Secret, Timestamp};

/// No form with a name and a password is longer than this.
pub(super) const LONGEST_FORM: usize = 16 * 1024;

/// Exchanges a user name and a password for a token, as a plain function over content
/// type and body, for whatever framework calls it.
///
/// | request | answer |
/// |---|---|
/// | the right password | 200 `{"access_token": "..", "token_type": "bearer"}` |
/// | an unknown user, a wrong password | the same 401, after the same time |
/// | no user name, no password, another `grant_type` | 422 |
/// | a field twice, text that is not UTF-8 | 400 |
/// | not `application/x-www-form-urlencoded` | 415 |
/// | a form of more than 16 KiB | 413 |
/// | the password store cannot answer | 503 |
///
/// [`with_refresh`](Self::with_refresh) adds refresh tokens:
///
/// | request | answer |
/// |---|---|
/// | the right password | 200 with `expires_in` and `refresh_token` besides |
/// | `grant_type=refresh_token` with one that is good | 200, likewise; the token is used up |
/// | with one that is unknown, past, used before or another client's | 400 `{"error": "invalid_grant"}` |
/// | with a `scope` that is more than was granted | 400 `{"error": "invalid_scope"}` |
/// | without `refresh_token`, or with a `client_id` that is none | 400 `{"error": "invalid_request"}` |
/// | the store of refresh tokens cannot answer | 503 |
///
/// ```
/// use portcullis::jwt::{JwtAlgorithm, JwtIssuer, JwtKey, TokenEndpoint};
/// use portcullis::password::{PasswordHash, PasswordVerifier, SinglePassword};
/// use portcullis::Timestamp;
/// use std::time::Duration;
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let key = JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into())?;
/// let issuer = JwtIssuer::new(key, Duration::from_secs(3600));
/// let hash = PasswordHash::bcrypt(&"correct horse".into(), 4)?;
/// let passwords = PasswordVerifier::single(SinglePassword::new("ada".into(), hash))?;
/// let endpoint = TokenEndpoint::new(issuer, passwords);
///
/// let now = Timestamp::from_unix_seconds(1_700_000_000);
/// let form = "application/x-www-form-urlencoded";
/// let answer = endpoint.answer(Some(form), b"username=ada&password=correct+horse", now).await;
/// assert_eq!(answer.status, 200);
/// let answer = endpoint.answer(Some(form), b"username=ada&password=wrong", now).await;
/// assert_eq!(answer.status, 401);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TokenEndpoint<S> {
    pub(super) issuer: JwtIssuer,
    pub(super) passwords: PasswordVerifier<S>,
    pub(super) refresh: Option<RefreshTokens>,
    pub(super) clients: Option<Box<[Box<str>]>>,
}

/// A form's fields, each there once.
pub(super) type Fields<'a> = HashMap<Cow<'a, str>, Cow<'a, str>>;

/// What to answer: a status, headers and a JSON body.
#[derive(Clone)]
#[non_exhaustive]
pub struct TokenAnswer {
    /// The status code.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(&'static str, &'static str)>,
    /// JSON.
    pub body: Bytes,
}

impl TokenAnswer {
    pub(super) fn too_long() -> Self {
        Self::detail(413, "The form is too long.")
    }

    pub(super) fn unreadable() -> Self {
        Self::detail(400, "The form cannot be read.")
    }

    /// Every answer is JSON, and none is for a cache (RFC 6749, section 5.1).
    pub(super) fn new(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type", "application/json"), ("cache-control", "no-store")];
        Self { status, headers, body: body.to_string().into() }
    }

    pub(super) fn detail(status: u16, detail: &str) -> Self {
        Self::new(status, &json!({ "detail": detail }))
    }

    /// A refusal as RFC 6749 has it (section 5.2).
    pub(super) fn error(error: &str) -> Self {
        Self::new(400, &json!({ "error": error }))
    }

    pub(super) fn unavailable() -> Self {
        Self::detail(503, "Service unavailable.")
    }

    /// A field that is missing or has another value than it must have.
    fn field(name: &str, kind: &str, message: &str) -> Self {
        Self::new(422, &json!({ "detail": [{ "type": kind, "loc": ["body", name], "msg": message }] }))
    }
}

impl From<TokenAnswer> for Response<Bytes> {
    fn from(answer: TokenAnswer) -> Self {
        let mut response = Self::new(answer.body);
        *response.status_mut() =
            StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in answer.headers {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

impl std::fmt::Debug for TokenAnswer {
    /// Without the body, which may hold a token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenAnswer").field("status", &self.status).finish_non_exhaustive()
    }
}

impl<S: PasswordStore> TokenEndpoint<S> {
    /// Issues tokens by `issuer` to users whose password `passwords` knows.
    #[must_use]
    pub const fn new(issuer: JwtIssuer, passwords: PasswordVerifier<S>) -> Self {
        Self { issuer, passwords, refresh: None, clients: None }
    }

    /// Issues refresh tokens too, and takes them for new ones (RFC 6749, section 6). A login may
    /// name a client by `client_id`, of at most 255 printable ASCII characters; then its refresh tokens are
    /// good in the hands of this client alone. A user whom the password store knows no longer gets no token.
    #[must_use]
    pub fn with_refresh(mut self, refresh: RefreshTokens) -> Self {
        self.refresh = Some(refresh);
        self
    }

    /// Names the public clients (RFC 6749, section 2.1) that users may log in with: a form that
    /// names another by `client_id`, or none, is answered 400 `{"error": "invalid_client"}` whatever else
    /// it says, and access tokens have the client's name. Such a client is not authenticated, for it
    /// has no secret: whoever knows a name can use it.
    ///
    /// Without this, access tokens have the `client_id` of the issuer whatever a form says.
    #[must_use]
    pub fn with_clients<C: Into<Box<str>>>(mut self, clients: impl IntoIterator<Item = C>) -> Self {
        self.clients = Some(clients.into_iter().map(Into::into).collect());
        self
    }

    /// Answers one request at the moment `now`. Needs a Tokio runtime.
    pub async fn answer(&self, content_type: Option<&str>, body: &[u8], now: Timestamp) -> TokenAnswer {
        let mut fields = match fields(content_type, body) {
            Ok(fields) => fields,
            Err(answer) => return answer,
        };
        if let Some(refresh) = &self.refresh
            && fields.get("grant_type").is_some_and(|grant| grant == "refresh_token")
        {
            return self.redeem(refresh, &mut fields, now).await;
        }
        let client = match self.client(&mut fields) {
            Ok(client) => client,
            Err(answer) => return answer,
        };
        let (user, password) = match credentials(fields) {
            Ok(credentials) => credentials,
            Err(answer) => return answer,
        };
        match self.passwords.verify(&user, password).await {
            Ok(Some(user)) => self.logged_in(user.as_str(), client.as_deref(), now).await,
            Ok(None) => {
                event!(debug, "a login was refused");
                let mut answer = TokenAnswer::detail(401, "Incorrect username or password.");
                answer.headers.push(("www-authenticate", "Bearer"));
                answer
            }
            Err(_error) => {
                event!(error, error = %_error, "the password store cannot answer");
                TokenAnswer::unavailable()
            }
        }
    }
}

/// A field without a value counts as left out (RFC 6749, section 3.2).
pub(super) fn take<'a>(fields: &mut Fields<'a>, name: &str) -> Option<Cow<'a, str>> {
    fields.remove(name).filter(|value| !value.is_empty())
}

/// The fields of a form, or what to answer instead.
fn fields<'a>(content_type: Option<&str>, body: &'a [u8]) -> Result<Fields<'a>, TokenAnswer> {
    let media_type = content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    if !media_type.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(TokenAnswer::detail(415, "Unsupported media type."));
    }
    if body.len() > LONGEST_FORM {
        return Err(TokenAnswer::too_long());
    }
    form(body).ok_or_else(TokenAnswer::unreadable)
}

/// User name and password out of a form, or what to answer instead.
fn credentials(mut fields: Fields<'_>) -> Result<(String, Secret), TokenAnswer> {
    let mut take = |name: &str| take(&mut fields, name);
    if take("grant_type").is_some_and(|grant| grant != "password") {
        let message = "String should match pattern '^password$'";
        return Err(TokenAnswer::field("grant_type", "string_pattern_mismatch", message));
    }
    let missing = |name| TokenAnswer::field(name, "missing", "Field required");
    let user = take("username").ok_or_else(|| missing("username"))?;
    let password = take("password").ok_or_else(|| missing("password"))?;
    Ok((user.into_owned(), Secret::from(password.into_owned())))
}

/// The fields, each there once; none where the form is ambiguous or not UTF-8.
fn form(body: &[u8]) -> Option<Fields<'_>> {
    let mut fields = HashMap::new();
    for (name, value) in form_urlencoded::parse(body) {
        // What stands for bytes that are not UTF-8 would make different texts alike.
        let garbled = [&name, &value].iter().any(|text| text.contains(char::REPLACEMENT_CHARACTER));
        if garbled || fields.insert(name, value).is_some() {
            return None;
        }
    }
    Some(fields)
}

#[cfg(test)]
mod tests {
    use std::future::{Future, ready};
    use std::time::Duration;

    use super::*;
    use crate::jwt::{JwtAlgorithm, JwtKey, JwtPolicy, JwtVerifier};
    use crate::password::{PasswordHash, SinglePassword};
    use crate::store::StoreError;
    use serde_json::Map;

    const FORM: &str = "application/x-www-form-urlencoded";
    const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

    fn key() -> JwtKey {
        JwtKey::hmac(JwtAlgorithm::Hs256, "T7qvYx2mWn0sKdR5bJ8fUcGz1hLpE4oA".into()).expect("key")
    }

    fn hash() -> PasswordHash {
        PasswordHash::bcrypt(&"pass word".into(), 4).expect("hash")
    }

    async fn post(
        content_type: Option<&str>,
        body: &[u8],
    ) -> (u16, Value, Vec<(&'static str, &'static str)>) {
        let passwords =
            PasswordVerifier::single(SinglePassword::new("ada".into(), hash())).expect("passwords");
        let endpoint = TokenEndpoint::new(JwtIssuer::new(key(), Duration::from_secs(60)), passwords);
        let answer = endpoint.answer(content_type, body, NOW).await;
        (answer.status, serde_json::from_slice(&answer.body).expect("JSON"), answer.headers)
    }

    #[tokio::test]
    async fn the_right_password_gets_a_token_that_verifies() {
        for body in [
            "username=ada&password=pass+word",
            "grant_type=password&scope=&username=ada&password=pass%20word",
        ] {
            let (status, answer, headers) =
                post(Some("Application/X-WWW-Form-URLEncoded; charset=utf-8"), body.as_bytes()).await;
            assert_eq!(
                (status, answer.as_object().map(Map::len), &answer["token_type"]),
                (200, Some(2), &"bearer".into())
            );
            assert!(headers.contains(&("cache-control", "no-store")));
            let token = answer["access_token"].as_str().expect("token");
            let verifier = JwtVerifier::new(JwtPolicy::new(), [key()]).expect("verifier");
            assert_eq!(verifier.verify(token, NOW).expect("verified").subject(), Some("ada"));
        }
    }

    #[tokio::test]
    async fn unknown_and_wrong_are_answered_alike() {
        let wrong = post(Some(FORM), b"username=ada&password=x").await;
        assert_eq!(wrong, post(Some(FORM), b"username=bob&password=pass+word").await);
        assert_eq!((wrong.0, wrong.1), (401, json!({ "detail": "Incorrect username or password." })));
        assert!(wrong.2.contains(&("www-authenticate", "Bearer")));
    }

    #[tokio::test]
    async fn other_forms_are_refused_by_what_is_wrong_with_them() {
        let long = [b"username=ada&password=".as_slice(), &[b'x'; 20_000]].concat();
        for (content_type, body, expected) in [
            (Some(FORM), b"username=ada".as_slice(), 422),
            (Some(FORM), b"username=&password=x", 422),
            (Some(FORM), b"", 422),
            (Some(FORM), b"username=ada&password=pass+word&grant_type=refresh_token", 422),
            (Some(FORM), b"username=ada&username=ada&password=pass+word", 400),
            (Some(FORM), b"username=ada&password=pass+word&p%61ssword=x", 400),
            (Some(FORM), b"username=ada&password=%ff", 400),
            (Some(FORM), &long, 413),
            (Some("application/json"), br#"{"username":"ada","password":"pass word"}"#, 415),
            (Some("application/x-www-form-urlencodedx"), b"username=ada&password=pass+word", 415),
            (None, b"username=ada&password=pass+word", 415),
        ] {
            let (status, answer, _) = post(content_type, body).await;
            assert_eq!(status, expected, "{answer}");
        }
    }

    struct Down;

    impl PasswordStore for Down {
        fn find(&self, _: &str) -> impl Future<Output = Result<Option<PasswordHash>, StoreError>> + Send {
            ready(Err(StoreError::unavailable("the password is hunter2")))
        }
    }

    #[tokio::test]
    async fn an_outage_is_neither_a_refusal_nor_shown() {
        let passwords = PasswordVerifier::new(Down, &hash()).expect("passwords");
        let endpoint = TokenEndpoint::new(JwtIssuer::new(key(), Duration::from_secs(60)), passwords);
        let answer = endpoint.answer(Some(FORM), b"username=ada&password=x", NOW).await;
        assert_eq!(answer.status, 503);
        assert!(!String::from_utf8_lossy(&answer.body).contains("hunter2"));
    }
}
