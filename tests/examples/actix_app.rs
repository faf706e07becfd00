//! The quickstart's twin in actix-web, over the same folder.

use crate::demo::{
    API_KEY, COMMANDS, Demo, EVENT, FEED, JWT, MESSAGE, ORDER, SIGNED_URL, SIGV4, TOKEN, X_AUTH, X_AUTH_BODY,
    actix_app, changed,
};
use crate::process::Example;
use crate::shell::{Answer, paste};

/// Stops the quickstart and starts the twin on what it has left.
fn succeed(demo: &Demo) -> (Example, String) {
    demo.service.signal("INT");
    assert_eq!(demo.service.remaining(), ["stopped"]);
    let twin = Example::start(actix_app(demo.folder.path()));
    let (printed, address) = twin.listening();
    let printed = printed.join("\n");
    assert!(printed.contains("the secrets were shown at the first start"), "{printed}");
    (twin, address)
}

/// All of an answer that does not differ from one time to the next. `Allow` does: axum says it
/// around the guard, actix-web inside.
fn same(answer: &Answer) -> (u16, String, [Vec<&str>; 4]) {
    let headers = ["content-type", "www-authenticate", "cache-control", "vary"];
    (answer.status, answer.body.clone(), headers.map(|name| answer.header(name)))
}

#[test]
fn every_command_that_the_quickstart_printed_works_in_the_twin() {
    let demo = Demo::start();
    let before: Vec<_> = COMMANDS.iter().map(|label| demo.paste(label)).collect();
    let (twin, address) = succeed(&demo);
    for (label, before) in COMMANDS.into_iter().zip(before) {
        let command = demo.command(label).replace(&demo.address, &address);
        for _ in 0..2 {
            let after = paste(&command);
            if label == TOKEN || label == "The same, as IGNY8 asks" {
                // A token and an id are another one each time.
                assert_eq!((after.status, after.body.len()), (200, before.body.len()), "{label}");
            } else {
                assert_eq!(same(&after), same(&before), "{label}");
            }
        }
    }
    twin.signal("TERM");
    assert_eq!(twin.remaining(), ["stopped"]);
    assert_eq!(twin.end().code, Some(0));
}

#[test]
fn a_token_of_the_one_is_good_in_the_other() {
    let demo = Demo::start();
    let token = demo.paste(TOKEN).json()["access_token"].as_str().expect("a token").to_owned();
    let (_twin, address) = succeed(&demo);
    let whoami = format!("curl http://{address}/whoami -H 'Authorization: Bearer {token}'");
    assert_eq!(paste(&whoami).json()["scheme"], "jwt");
}

#[test]
fn what_is_refused_is_refused_with_the_same_bytes() {
    let demo = Demo::start();
    let wrong = |label: &str, secret: &str| demo.command(label).replace(secret, &changed(secret));
    let base = format!("http://{}", demo.address);
    let bearer = format!("-H 'Authorization: Bearer {}'", demo.api_key());
    let refused = [
        (401, wrong(API_KEY, demo.api_key())),
        (401, wrong(ORDER, demo.api_key())),
        (401, wrong(TOKEN, demo.password())),
        (401, wrong(SIGNED_URL, demo.url_secret())),
        (401, wrong(X_AUTH, demo.x_auth_secret())),
        (401, wrong(X_AUTH_BODY, demo.x_auth_secret())),
        (401, wrong(SIGV4, demo.sigv4_secret())),
        (401, wrong(MESSAGE, demo.message_secret())),
        (401, wrong(EVENT, demo.event_secret())),
        (401, demo.command(EVENT).replace("-d $b", "-d $b.")),
        (403, demo.command(EVENT).replace("/events ", "/feed ")),
        (401, format!("curl {base}/whoami -H 'Authorization: Bearer igny8_unknown'")),
        (401, format!("curl {base}/whoami -H 'Authorization: Bearer a.b.c'")),
        (401, format!("curl {base}/whoami")),
        (401, format!("curl {base}/orders")),
        (401, format!("{} -H 'X-API-Key: something'", demo.command(FEED))),
        (400, format!("{} {bearer}", demo.command(SIGNED_URL))),
        // Not with this key, not with this scope, not with this method, not here.
        (403, demo.command(SIGNED_URL).replace("/api/hello/?", "/feed?")),
        (403, demo.command(SIGNED_URL).replace("/api/hello/?", "/orders?")),
        (403, demo.command(X_AUTH_BODY).replace("/whoami", "/orders")),
        (403, demo.command(JWT).replace("/whoami", "/orders -d x")),
        (404, format!("curl {base}/nothing {bearer}")),
        (404, demo.command(SIGNED_URL).replace("/api/hello/?", "/api/hello?")),
    ];
    let before: Vec<_> = refused.iter().map(|(_, command)| paste(command)).collect();
    let (_twin, address) = succeed(&demo);
    for ((status, command), before) in refused.iter().zip(before) {
        assert_eq!(before.status, *status, "{command}");
        let after = paste(&command.replace(&demo.address, &address));
        assert_eq!(same(&after), same(&before), "{command}");
    }
}

#[test]
fn the_twin_can_start_first() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let twin = Example::start(actix_app(folder.path()));
    let (printed, _) = twin.listening();
    let commands: Vec<_> = printed.iter().filter(|line| line.starts_with("curl")).collect();
    assert_eq!(commands.len(), COMMANDS.len());
    for command in commands {
        assert!(paste(command).status < 300, "{command}");
    }
}
