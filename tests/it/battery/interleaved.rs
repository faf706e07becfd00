//! Many users at once.

use super::app::{ADA, App, BOB, Setup, X_AUTH};
use super::client::exchange;
use super::server::Framework;
use super::table::{get, post, x_auth};
use crate::kit::NOW;

const THREADS: usize = 8;
const EACH: usize = 24;

pub(super) fn users_keep_their_own_principals<F: Framework>() {
    let app = App::new(Setup::Plain);
    let server = F::serve(&app);
    let address = server.address;
    let threads = (0..THREADS).map(|thread| {
        std::thread::spawn(move || {
            for n in 0..EACH {
                let body = format!("{thread}-{n}");
                let (ask, who) = match (thread + n) % 4 {
                    0 => (post("/open", &body).with("X-Api-Key", ADA), "ada|api-key|"),
                    1 => (post("/open", &body).with("X-Api-Key", BOB), "bob|api-key|"),
                    2 => (post("/open", &body), "anonymous|none|"),
                    _ => {
                        let now = NOW.as_unix_seconds();
                        (x_auth(post("/open", &body), body.as_bytes(), X_AUTH, now), "ada|x-auth|")
                    }
                };
                let answer = String::from_utf8(exchange(address, &ask).body).expect("text");
                assert!(answer.starts_with(who) && answer.ends_with(&format!("|{body}")), "{who} {answer}");
            }
            let known = exchange(address, &get("/echo").with("X-Api-Key", BOB));
            assert!(known.body.starts_with(b"bob|"));
        })
    });
    let threads: Vec<_> = threads.collect();
    for thread in threads {
        thread.join().expect("their own principals");
    }
    assert_eq!(app.calls(), THREADS * (EACH + 1));
}
