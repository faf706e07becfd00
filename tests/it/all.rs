//! Two credentials in one request, both required.

use portcullis::api_key::{ApiKeyAuthenticator, ApiKeyCarrier, KeyShape};
use portcullis::jwt::{JwtAuthenticator, JwtPolicy, JwtVerifier, VerifiedToken};
use portcullis::store::{IssuedKey, KeyOwner, NewKey, StoredPrincipal};
use portcullis::x_auth::{XAuthAuthenticator, XAuthSigner};
use portcullis::{
    AccountId, Authenticator, AuthenticatorExt, KeyAdmin, KeyStore, Principal, Scheme, UserId, all,
};

use crate::jwt::{HEADER, SECRET, but, key, token};
use crate::kit::{Answer, Calls, Down, Kit, NOW, get, request, send, send_counted};

const BOTH: [&str; 2] = ["Api-Key", "Bearer"];

fn keys_of<K: KeyStore>(keys: K, header: &str) -> ApiKeyAuthenticator<K> {
    ApiKeyAuthenticator::new(keys, KeyShape::any()).with_carriers([ApiKeyCarrier::header(header)])
}

#[derive(serde::Deserialize)]
struct OfTenant {
    tenant: Option<String>,
}

type Member = Principal<UserId, Option<AccountId>>;

fn member(token: &VerifiedToken) -> Result<Member, Box<dyn std::error::Error + Send + Sync>> {
    let user = UserId::from(token.subject().ok_or("no subject")?);
    let account = token.claims::<OfTenant>()?.tenant.map(AccountId::from);
    Ok(Principal::builder(user).account(account).build())
}

fn members() -> JwtAuthenticator<Member> {
    let verifier = JwtVerifier::new(JwtPolicy::new().with_audience("shop"), [key(SECRET)]);
    JwtAuthenticator::new(verifier.expect("verifier")).with_mapping(member)
}

/// A token of grace, who is a member of this account.
fn of(account: &str) -> String {
    let claims = but(r#""tenant":7"#, account).replace("ada", "grace");
    format!("Bearer {}", token(HEADER, claims))
}

fn of_acme() -> String {
    of(r#""tenant":"acme""#)
}

fn both<K>(keys: K) -> impl Authenticator<Principal = StoredPrincipal> + Clone + use<K>
where
    K: KeyStore<Principal = StoredPrincipal> + Clone,
{
    all(keys_of(keys, "x-api-key"), members())
}

async fn key_of(kit: &Kit, owner: KeyOwner) -> String {
    text(&kit.issue(NewKey::new(Scheme::ApiKey, owner)).await)
}

fn text(key: &IssuedKey) -> String {
    key.secret.expose_text().expect("text").to_owned()
}

async fn refused<A>(kit: &Kit, authenticator: A, headers: &[(&str, &str)]) -> Answer
where
    A: Authenticator<Principal = StoredPrincipal>,
{
    let calls = Calls::default();
    let answer = send_counted(&kit.layer(authenticator), get("/", headers), &calls).await;
    assert_eq!(calls.count(), 0, "{headers:?}");
    answer
}

#[tokio::test]
async fn two_credentials_of_one_account_are_the_first_ones_principal() {
    let kit = Kit::new().await;
    let (key, token) = (key_of(&kit, Kit::ada()).await, of_acme());
    let headers = [("x-api-key", key.as_str()), ("authorization", &token)];
    let answer = send(&kit.layer(both(kit.keys.clone())), get("/", &headers)).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "ada|"));
    let erased = all(keys_of(kit.keys.clone(), "x-api-key").boxed(), members().boxed()).boxed();
    assert_eq!(send(&kit.layer(erased), get("/", &headers)).await, answer);
}

#[tokio::test]
async fn credentials_of_different_accounts_look_like_a_wrong_first_one() {
    let kit = Kit::new().await;
    kit.keys.add_account(&AccountId::from("umbrella")).await.expect("added");
    let (good, wrong) = (key_of(&kit, Kit::ada()).await, "0123456789abcdef0123456789");
    let stranger = key_of(&kit, KeyOwner::account("umbrella")).await;
    let nobodys = key_of(&kit, KeyOwner::default()).await;
    let acme = of_acme();
    let unknown =
        refused(&kit, both(kit.keys.clone()), &[("x-api-key", wrong), ("authorization", &acme)]).await;
    assert_eq!((unknown.status.as_u16(), unknown.header("www-authenticate")), (401, BOTH.to_vec()));
    for (key, token) in [
        (&stranger, &acme),
        (&nobodys, &acme),
        (&good, &of(r#""tenant":"umbrella""#)),
        (&good, &of(r#""tenant":"ACME""#)),
        (&good, &of(r#""tenant":null"#)),
        (&nobodys, &of(r#""tenant":null"#)),
        (&nobodys, &of(r#""tenant":"""#)),
    ] {
        let headers = [("x-api-key", key.as_str()), ("authorization", token)];
        assert_eq!(refused(&kit, both(kit.keys.clone()), &headers).await, unknown, "{token}");
    }

    // Under `Bearer` a wrong key is told that it is; so is the key of another account.
    let chain = || {
        let first = ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any());
        all(first.with_carriers([ApiKeyCarrier::Bearer]), keys_of(kit.keys.clone(), "x-second"))
    };
    let (stranger, wrong) = (format!("Bearer {stranger}"), format!("Bearer {wrong}"));
    let [stranger, wrong] =
        [stranger.as_str(), &wrong].map(|line| [("authorization", line), ("x-second", &good)]);
    let unknown = refused(&kit, chain(), &wrong).await;
    assert_eq!(unknown.header("www-authenticate")[0], r#"Bearer error="invalid_token""#);
    assert_eq!(refused(&kit, chain(), &stranger).await, unknown);
}

#[tokio::test]
async fn one_without_the_other_is_401_with_the_challenges_of_both() {
    let kit = Kit::new().await;
    let (key, token) = (key_of(&kit, Kit::ada()).await, of_acme());
    let none = refused(&kit, both(kit.keys.clone()), &[]).await;
    assert_eq!((none.status.as_u16(), none.header("www-authenticate")), (401, BOTH.to_vec()));
    let open = kit.layer(both(kit.keys.clone())).allow_anonymous();
    for alone in [("x-api-key", key.as_str()), ("authorization", &token)] {
        assert_eq!(refused(&kit, both(kit.keys.clone()), &[alone]).await, none, "{alone:?}");
        assert_eq!(send(&open, get("/", &[alone])).await, none, "{alone:?}");
    }
    assert_eq!(send(&open, get("/", &[])).await.body, "anonymous|");
}

#[tokio::test]
async fn a_wrong_one_is_refused_whatever_the_other_is() {
    let kit = Kit::new().await;
    let (key, token) = (key_of(&kit, Kit::ada()).await, of_acme());
    let (wrong_key, wrong_token) = ("0123456789abcdef0123456789", format!("{token}x"));
    let (plain, invalid) = ("Bearer", r#"Bearer error="invalid_token""#);
    for (headers, bearer) in [
        (&[("x-api-key", wrong_key), ("authorization", &*token)][..], plain),
        (&[("x-api-key", wrong_key), ("authorization", &wrong_token)], plain),
        (&[("x-api-key", wrong_key)], plain),
        (&[("x-api-key", &*key), ("authorization", &wrong_token)], invalid),
        (&[("authorization", &wrong_token)], invalid),
        (&[("x-api-key", &*key), ("authorization", "Bearer opaque")], plain),
        (&[("x-api-key", "short"), ("authorization", &*token)], plain),
        (&[("x-api-key", "short")], plain),
    ] {
        let answer = refused(&kit, both(kit.keys.clone()), headers).await;
        let expected = (401, vec!["Api-Key", bearer]);
        assert_eq!((answer.status.as_u16(), answer.header("www-authenticate")), expected, "{headers:?}");
    }
}

#[tokio::test]
async fn an_outage_of_either_is_503_unless_the_first_refuses() {
    let kit = Kit::new().await;
    let key = key_of(&kit, Kit::ada()).await;
    let (keys, down) = (|| keys_of(kit.keys.clone(), "x-first"), || keys_of(Down, "x-second"));
    let (first, second) = (("x-first", &*key), ("x-second", &*key));
    let wrong = ("x-first", "0123456789abcdef0123456789");
    for (headers, status) in [(&[first, second][..], 503), (&[second], 503), (&[wrong, second], 401)] {
        assert_eq!(refused(&kit, all(keys(), down()), headers).await.status, status, "{headers:?}");
    }
    assert_eq!(refused(&kit, all(down(), keys()), &[first, second]).await.status, 503);
    assert_eq!(refused(&kit, all(down(), keys()), &[wrong, second]).await.status, 503);
}

#[tokio::test]
async fn beside_another_member_only_the_two_may_be_in_one_request() {
    let kit = Kit::new().await;
    let (key, token) = (key_of(&kit, Kit::ada()).await, of_acme());
    let chain = |other| keys_of(kit.keys.clone(), other).or(both(kit.keys.clone()));
    let (c, a, b) = (("x-other", &*key), ("x-api-key", &*key), ("authorization", &*token));
    for (headers, status) in [
        (&[c][..], 200),
        (&[a, b], 200),
        (&[b, a], 200),
        (&[c, a], 400),
        (&[c, b], 400),
        (&[c, a, b], 400),
        (&[a, a], 400),
        (&[a, a, b], 400),
        (&[a, b, b], 400),
        (&[a], 401),
    ] {
        assert_eq!(send(&kit.layer(chain("x-other")), get("/", headers)).await.status, status, "{headers:?}");
        let boxed = both(kit.keys.clone()).or(keys_of(kit.keys.clone(), "x-other")).boxed();
        assert_eq!(send(&kit.layer(boxed), get("/", headers)).await.status, status, "{headers:?}");
    }
    // The first member would take the key, and nobody look at the token.
    assert_eq!(refused(&kit, chain("x-api-key"), &[a, b]).await.status, 400);
}

#[tokio::test]
async fn two_carriers_of_one_member_are_still_two() {
    let kit = Kit::new().await;
    let (key, token) = (key_of(&kit, Kit::ada()).await, of_acme());
    let carriers = [ApiKeyCarrier::header("x-api-key"), ApiKeyCarrier::parameter("key")];
    let keys = ApiKeyAuthenticator::new(kit.keys.clone(), KeyShape::any()).with_carriers(carriers);
    let layer = kit.layer(all(members(), keys).map_principal(|member| {
        Principal::builder(Some(member.user().clone())).account(None).site(None).build()
    }));
    let (a, b, in_query) = (("authorization", &*token), ("x-api-key", &*key), format!("/?key={key}"));
    assert_eq!(send(&layer, get("/", &[a, b])).await.body, "grace|");
    assert_eq!(send(&layer, get(&in_query, &[a])).await.body, "grace|");
    assert_eq!(send(&layer, get(&in_query, &[a, b])).await.status, 400);
    assert_eq!(send(&layer, get(&in_query, &[b])).await.status, 400);
}

#[tokio::test]
async fn a_second_signature_is_used_up_only_when_the_first_credential_was_not_refused() {
    let kit = Kit::new().await;
    let key = key_of(&kit, Kit::ada()).await;
    let signer = kit.issue(NewKey::new(Scheme::XAuth, Kit::ada())).await;
    let sent = |key: &str| {
        let mut request = request("POST", "/", &[("x-api-key", key)], b"");
        let signed = XAuthSigner::new(signer.id.clone(), &signer.secret).sign(b"", NOW).expect("signed");
        signed.insert_into(request.headers_mut()).expect("headers");
        request
    };
    let wrong = "0123456789abcdef0123456789";
    let keys = || keys_of(kit.keys.clone(), "x-api-key");
    let layer = kit.layer(all(keys(), XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone())));
    for (key, status) in [(wrong, 401), (&*key, 200), (&*key, 401)] {
        assert_eq!(send(&layer, sent(key)).await.status, status);
    }
    let kit = Kit { nonces: Default::default(), ..kit.clone() };
    let layer = kit.layer(all(XAuthAuthenticator::new(kit.keys.clone(), kit.nonces.clone()), keys()));
    for (key, status) in [(wrong, 401), (&*key, 401)] {
        assert_eq!(send(&layer, sent(key)).await.status, status);
    }
}
