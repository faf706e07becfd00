//! What becomes of the answers of an issuer.

use portcullis::Authenticator;
use portcullis::jwt::IntrospectionError;
use portcullis::request::{BodyGate, RequestTarget, RequestView};

use super::*;

#[tokio::test]
async fn what_was_said_counts_for_its_time_and_never_beyond_the_end() {
    let kit = Kit::new().await;
    let fake = Fake::new(active());
    let layer = kit.layer(fake.opaque(JwtPolicy::new()));
    let after = async |seconds| {
        kit.clock.advance(Duration::from_secs(seconds));
        (status(&layer, TOKEN).await, fake.asked())
    };
    assert_eq!((after(0).await, after(59).await), ((200, 1), (200, 1)));
    // Revoked: known at the end of the 60 seconds at the latest.
    fake.say(json!({ "active": false }));
    assert_eq!(after(1).await, (401, 2));
    // What was not active may be so soon: 5 seconds.
    fake.say(with(json!({ "exp": 1_700_000_070 })));
    assert_eq!((after(4).await, after(1).await), ((401, 2), (200, 3)));
    assert_eq!((after(4).await, after(1).await), ((200, 3), (401, 3)), "it has ended");
}

#[tokio::test]
async fn an_outage_is_not_kept_and_does_not_disturb_what_is() {
    let kit = Kit::new().await;
    let fake = Fake::new(active());
    let layer = kit.layer(fake.opaque(JwtPolicy::new()));
    assert_eq!(status(&layer, TOKEN).await, 200);
    fake.say(Value::Null);
    assert_eq!((status(&layer, "another").await, status(&layer, "another").await), (503, 503));
    assert_eq!((status(&layer, TOKEN).await, fake.asked()), (200, 3));
    kit.clock.advance(Duration::from_secs(60));
    assert_eq!(status(&layer, TOKEN).await, 503, "what was said counts no longer, outage or not");
}

#[tokio::test]
async fn a_flood_of_unknown_tokens_washes_out_no_active_one_and_is_bounded() {
    let kit = Kit::new().await;
    let fake = Fake::new(active());
    let opaque = fake.opaque(JwtPolicy::new()).with_capacity(20);
    let layer = kit.layer(opaque.clone());
    assert_eq!(status(&layer, TOKEN).await, 200);
    fake.say(json!({ "active": false }));
    for n in 0..500 {
        assert_eq!(status(&layer, &format!("t{n}")).await, 401);
    }
    assert_eq!((status(&layer, TOKEN).await, fake.asked()), (200, 501));
    let shown = format!("{opaque:?}");
    let (_, kept) = shown.split_once("inactive: ").expect("a count");
    let kept: String = kept.chars().take_while(char::is_ascii_digit).collect();
    assert!((1..=20).contains(&kept.parse::<usize>().expect("a count")), "{shown}");
    assert!(!shown.contains(TOKEN), "{shown}");
}

#[tokio::test]
async fn many_requests_with_one_token_ask_once() {
    let kit = Kit::new().await;
    let fake = Fake::gated(active());
    let layer = kit.layer(fake.opaque(JwtPolicy::new()));
    let requests: Vec<_> = (0..100)
        .map(|_| {
            let layer = layer.clone();
            tokio::spawn(async move { status(&layer, TOKEN).await })
        })
        .collect();
    while fake.asked() == 0 {
        tokio::task::yield_now().await;
    }
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    fake.gate.add_permits(1);
    for request in requests {
        assert_eq!(request.await.expect("an answer"), 200);
    }
    assert_eq!(fake.asked(), 1);
}

#[tokio::test]
async fn a_failure_is_the_failure_of_all_who_waited_for_it() {
    let kit = Kit::new().await;
    let fake = Fake::gated(Value::Null);
    let layer = kit.layer(fake.opaque(JwtPolicy::new()));
    let ask = || {
        let layer = layer.clone();
        tokio::spawn(async move { status(&layer, TOKEN).await })
    };
    let (one, two) = (ask(), ask());
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert_eq!(fake.asked(), 1);
    fake.gate.add_permits(1);
    assert_eq!((one.await.expect("an answer"), two.await.expect("an answer")), (503, 503));
}

#[tokio::test]
async fn who_goes_away_while_asking_hands_over() {
    let kit = Kit::new().await;
    let fake = Fake::gated(active());
    let layer = kit.layer(fake.opaque(JwtPolicy::new()));
    let ask = || {
        let layer = layer.clone();
        tokio::spawn(async move { status(&layer, TOKEN).await })
    };
    let leader = ask();
    while fake.asked() == 0 {
        tokio::task::yield_now().await;
    }
    let waiting = ask();
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    leader.abort();
    assert!(leader.await.expect_err("aborted").is_cancelled());
    while fake.asked() == 1 {
        tokio::task::yield_now().await;
    }
    fake.gate.add_permits(1);
    assert_eq!(waiting.await.expect("an answer"), 200);
    assert_eq!(fake.asked(), 2);
}

#[tokio::test]
async fn what_one_audience_was_told_is_no_answer_for_another() {
    let kit = Kit::new().await;
    let fake = Fake::new(active());
    let shop = kit.layer(fake.opaque(JwtPolicy::new().with_audience("shop")));
    let mail = kit.layer(fake.opaque(JwtPolicy::new().with_audience("mail")));
    assert_eq!((status(&shop, TOKEN).await, status(&mail, TOKEN).await), (200, 401));
    assert_eq!(fake.asked(), 2);
}

/// So many requests, each with a token of its own.
fn with_tokens(layer: &AuthLayer<Opaque>, count: usize) -> Vec<tokio::task::JoinHandle<u16>> {
    let one = |n| {
        let layer = layer.clone();
        tokio::spawn(async move { status(&layer, &format!("t{n}")).await })
    };
    (0..count).map(one).collect()
}

#[tokio::test]
async fn so_many_questions_are_under_way_at_once_and_no_more() {
    let kit = Kit::new().await;
    for (most, expected) in [(None, 64), (Some(2), 2), (Some(0), 1)] {
        let fake = Fake::gated(active());
        let opaque = fake.opaque(JwtPolicy::new());
        let opaque = match most {
            Some(most) => opaque.with_max_questions(most).with_ttl(Duration::from_secs(60)),
            None => opaque,
        };
        let requests = with_tokens(&kit.layer(opaque), 100);
        for _ in 0..500 {
            tokio::task::yield_now().await;
        }
        assert_eq!(fake.asked(), expected);
        fake.gate.add_permits(100);
        for request in requests {
            assert_eq!(request.await.expect("an answer"), 200);
        }
        assert_eq!(fake.asked(), 100);
    }
}

#[tokio::test(start_paused = true)]
async fn who_gets_no_turn_or_no_answer_until_the_deadline_is_503() {
    let kit = Kit::new().await;
    // It pays no heed to the limits that it is given.
    let fake = Fake::gated(active());
    let layer = kit.layer(fake.opaque(JwtPolicy::new()).with_max_questions(2));
    let begun = tokio::time::Instant::now();
    for request in with_tokens(&layer, 10) {
        assert_eq!(request.await.expect("an answer"), 503);
    }
    let waited = begun.elapsed();
    assert!((Duration::from_secs(5)..Duration::from_secs(6)).contains(&waited), "{waited:?}");
    // Whoever gave up has left its place.
    fake.gate.add_permits(100);
    assert_eq!(status(&layer, TOKEN).await, 200);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_says_what_became_of_the_question() {
    let ask = async |opaque: &Opaque, token: &str| {
        let headers = vec![("authorization".to_owned(), format!("Bearer {token}").into_bytes())];
        let gate = BodyGate::new();
        let view = RequestView::new(RequestTarget::new("GET", "/", None), &headers, &gate, crate::kit::NOW);
        opaque.authenticate(&view).await.expect_err("refused")
    };
    let opaque = Fake::gated(active()).opaque(JwtPolicy::new()).with_max_questions(1);
    let (late, busy) = tokio::join!(ask(&opaque, "a"), ask(&opaque, "b"));
    assert!(
        matches!(
            IntrospectionError::of(&late),
            Some(IntrospectionError::NoAnswer(HttpClientError::TimedOut))
        ),
        "{late:?}"
    );
    assert!(matches!(IntrospectionError::of(&busy), Some(IntrospectionError::Busy)), "{busy:?}");
    let inactive = ask(&Fake::new(json!({ "active": false })).opaque(JwtPolicy::new()), "a").await;
    assert!(IntrospectionError::of(&inactive).is_none(), "{inactive:?}");
}
