//! JSON Web Tokens beside other credentials, other carriers and other keys.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use portcullis::api_key::{ApiKeyAuthenticator, ApiKeyCarrier, KeyShape};
use portcullis::jwt::{ClaimsError, JwtAuthenticator, JwtPolicy, VerifiedToken};
use portcullis::store::{NewKey, StoredPrincipal};
use portcullis::tower::AuthBody;
use portcullis::{AuthState, AuthenticatorExt, Principal, Scheme, UserId};
use tower::{Layer, ServiceExt, service_fn};

use crate::body::{Counted, data};
use crate::jwt::{
    CLAIMS, HEADER, INVALID, OTHER, SECRET, ask, but, good, jwt, jwt_of, key, refused, status, token,
};
use crate::kit::{Kit, answer, get, send};

#[tokio::test]
async fn an_opaque_bearer_credential_goes_on_to_the_next_member() {
    let kit = Kit::new().await;
    let issued = kit.issue(NewKey::new(Scheme::ApiKey, Kit::ada())).await;
    let opaque = issued.secret.expose_text().expect("text");
    let keys = ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any());
    let (first, last) = (kit.layer(jwt().or(keys.clone())), kit.layer(keys.or(jwt())));
    for layer in [&status(&first, opaque).await, &status(&last, opaque).await] {
        assert_eq!(*layer, 200);
    }
    assert_eq!((status(&first, &good()).await, status(&last, &good()).await), (200, 200));
    let broken = format!("{}x", good());
    assert_eq!((status(&first, &broken).await, status(&last, &broken).await), (401, 401));
}

#[tokio::test]
async fn a_wrong_token_never_goes_on_to_the_next_member() {
    let kit = Kit::new().await;
    let wrong = token(r#"{"alg":"none"}"#, CLAIMS);
    let new = NewKey::new(Scheme::ApiKey, Kit::ada()).with_secret(wrong.as_str().into());
    let _ = kit.issue(new).await;
    let raw = ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any())
        .with_carriers([ApiKeyCarrier::Bearer, ApiKeyCarrier::RawAuthorization]);
    assert_eq!(ask(&kit.layer(raw.clone()), &wrong).await.status, 200);
    assert_eq!(status(&kit.layer(jwt().or(raw)), &wrong).await, 401);
}

#[tokio::test]
async fn what_no_member_claims_is_401_also_where_anonymous_is_allowed() {
    let layer = Kit::new().await.layer(jwt()).allow_anonymous();
    let expected = refused(&layer, "an opaque token", "Bearer 0123456789abcdef0123456789").await;
    assert_eq!(expected.header("www-authenticate"), ["Bearer"]);
    for other in [
        "",
        "Bearer",
        "Basic eDp5",
        &good(),
        &format!("Bearer\t{}", good()),
        &format!("Bearer token={}", good().replace('.', "")),
        &format!("Token {}", good()),
        &format!("JWT {}", good()),
        r#"Bearer {"payload":"e30","signatures":[]}"#,
        "Bearer a.b",
        "Bearer a.b.c.d.e",
    ] {
        assert_eq!(refused(&layer, other, other).await, expected, "{other}");
    }
    let wrong = refused(&layer, "claimed", "Bearer a.b.c").await;
    assert_eq!((wrong.header("www-authenticate"), &wrong.body), (INVALID.to_vec(), &expected.body));
}

#[tokio::test]
async fn a_token_is_read_from_no_other_place() {
    let kit = Kit::new().await;
    let (strict, open) = (kit.layer(jwt()), kit.layer(jwt()).allow_anonymous());
    let (good, bearer) = (good(), format!("Bearer {}", good()));
    let (query, cookie) = (format!("/?access_token={good}&token={good}"), format!("access_token={good}"));
    let requests: [(&str, &[(&str, &str)]); 5] = [
        (&query, &[]),
        ("/", &[("proxy-authorization", &bearer)]),
        ("/", &[("cookie", &cookie)]),
        ("/", &[("x-authorization", &bearer), ("x-forwarded-authorization", &bearer)]),
        ("/", &[("x-user-id", "ada"), ("x-jwt-assertion", &good)]),
    ];
    for (target, headers) in requests {
        let answer = send(&strict, get(target, headers)).await;
        assert_eq!((answer.status.as_u16(), answer.header("www-authenticate")), (401, vec!["Bearer"]));
        assert_eq!(send(&open, get(target, headers)).await.body, "anonymous|", "{target} {headers:?}");
    }
}

#[tokio::test]
async fn a_body_is_never_read_for_a_token() {
    let layer = Kit::new().await.layer(jwt()).with_body_limit(1);
    for (value, expected) in [(good(), 200), (format!("{}x", good()), 401)] {
        let (body, polled) = Counted::new(vec![data("abc")], Some(3));
        let seen = polled.clone();
        let inner = service_fn(move |_: Request<AuthBody<Counted>>| {
            assert_eq!(seen.count(), 0, "the body was read before the handler ran");
            async { Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())) }
        });
        let sent = Request::post("/").header("authorization", format!("Bearer {value}")).body(body);
        let response = layer.layer(inner).oneshot(sent.expect("request")).await.expect("infallible");
        assert_eq!((response.status().as_u16(), polled.count()), (expected, 0));
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Tenant(u32);

impl TryFrom<&VerifiedToken> for Tenant {
    type Error = ClaimsError;

    fn try_from(token: &VerifiedToken) -> Result<Self, ClaimsError> {
        #[derive(serde::Deserialize)]
        struct Mine {
            tenant: u32,
        }
        token.claims::<Mine>().map(|mine| Self(mine.tenant))
    }
}

#[tokio::test]
async fn a_token_that_maps_to_no_principal_looks_like_a_wrong_one() {
    let layer = Kit::new().await.layer(jwt_of(JwtPolicy::new(), [key(SECRET)]));
    let wrong = refused(&layer, "wrong", &format!("Bearer {}x", good())).await;
    let unmapped = token(HEADER, r#"{"exp":1700000060}"#);
    assert_eq!(refused(&layer, "unmapped", &format!("Bearer {unmapped}")).await, wrong);
}

#[tokio::test]
async fn a_principal_comes_out_of_its_own_try_from() {
    let jwt: JwtAuthenticator<Tenant> = jwt().with_try_from();
    let layer = Kit::new().await.layer(jwt);
    for (token, expected) in
        [(good(), 200), (token(HEADER, but("7", r#""7""#)), 401), (token(HEADER, but("7", "-7")), 401)]
    {
        let inner = service_fn(|request: Request<AuthBody<Full<Bytes>>>| async move {
            let state = request.extensions().get::<AuthState<Tenant>>();
            assert_eq!(state.and_then(AuthState::principal), Some(&Tenant(7)));
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
        });
        let sent = get("/", &[("authorization", &format!("Bearer {token}"))]);
        let response = layer.layer(inner).oneshot(sent).await.expect("infallible");
        assert_eq!(answer(response).await.status, expected);
    }
}

#[tokio::test]
async fn without_a_mapping_the_subject_is_the_user() {
    let verifier = portcullis::jwt::JwtVerifier::new(JwtPolicy::new(), [key(SECRET)]).expect("verifier");
    let stored = |me: Principal<UserId>| -> StoredPrincipal {
        Principal::builder(Some(me.user().clone())).account(None).site(None).build()
    };
    let layer = Kit::new().await.layer(JwtAuthenticator::new(verifier).map_principal(stored));
    assert_eq!(ask(&layer, &format!("Bearer {}", good())).await.body, "ada|");
    for sub in [r#""sub":"""#, r#""scope":["a"]"#, r#""sub":"ada","scope":7"#] {
        let nobody = token(HEADER, format!(r#"{{{sub},"exp":1700000060}}"#));
        assert_eq!(status(&layer, &nobody).await, 401, "{sub}");
    }
}

#[tokio::test]
async fn a_kid_chooses_the_key_and_reaches_nothing_else() {
    let layer =
        Kit::new().await.layer(jwt_of(JwtPolicy::new(), [key(OTHER).with_id("a"), key(SECRET).with_id("b")]));
    let with_kid = |kid: &str| token(format!(r#"{{"alg":"HS256","kid":{kid}}}"#), CLAIMS);
    for (kid, expected) in [
        (r#""b""#, 200),
        (r#""\u0062""#, 200),
        (r#""a""#, 401),
        (r#""B""#, 401),
        (r#""""#, 401),
        (r#""../../dev/null""#, 401),
        (r#""' UNION SELECT 'x""#, 401),
        (r#""http://127.0.0.1/""#, 401),
        (r#""a&b=c#""#, 401),
        (r#"["b"]"#, 401),
        (r#"null"#, 401),
    ] {
        assert_eq!(status(&layer, &with_kid(kid)).await, expected, "{kid}");
    }
    assert_eq!(status(&layer, &good()).await, 200);
    let brought =
        token(format!(r#"{{"alg":"HS256","kid":"a","jwk":{{"kty":"oct","k":"{SECRET}"}}}}"#), CLAIMS);
    assert_eq!(status(&layer, &brought).await, 401);
}

#[tokio::test]
async fn a_replaced_key_is_accepted_until_it_is_taken_away() {
    let kit = Kit::new().await;
    let layer = |keys: Vec<_>| kit.layer(jwt_of(JwtPolicy::new(), keys));
    let (old, new) = (key(OTHER).with_id("old"), key(SECRET).with_id("new"));
    let with_kid = |kid: &str| token(format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#), CLAIMS);
    let during = layer(vec![new.clone(), old.clone()]);
    let (before, after) = (layer(vec![old]), layer(vec![new]));
    for token in [with_kid("new"), good()] {
        let statuses = (status(&before, &token).await, status(&during, &token).await);
        assert_eq!((statuses, status(&after, &token).await), ((401, 200), 200));
    }
    assert_eq!(status(&after, &with_kid("old")).await, 401);
}
