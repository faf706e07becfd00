//! The console of the quickstart lets in whom the start says.

use crate::demo::{Demo, quickstart, secret_of};
use crate::process::Example;
use crate::shell::{Answer, paste, paste_lines};

/// Asks for the form, and sends it as a browser does.
fn log_in(console: &str, user: &str, password: &str) -> Answer {
    let page = paste(&format!("curl {console}"));
    let token = between(&page.body, "name=\"token\" value=\"", "\"").to_owned();
    let origin = console.strip_suffix("/admin/keys/").expect("its address");
    paste(&format!(
        "curl {console}log-in -H 'Origin: {origin}' -d token={token} -d name={user} -d password={password}"
    ))
}

/// A page of the console, for whoever has just logged in.
fn page(console: &str, logged_in: &Answer, path: &str) -> Answer {
    let cookie = logged_in.header("set-cookie");
    let cookie = cookie.first().and_then(|cookie| cookie.split(';').next()).expect("a cookie");
    paste(&format!("curl {console}{path} -H 'Cookie: {cookie}'"))
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split_once(after).expect("its end").0
}

#[test]
fn the_password_of_the_administrator_is_good_for_one_log_in_of_each_start() {
    let demo = Demo::start();
    let (console, password) = (demo.console(), demo.console_password());
    assert_eq!(console, format!("http://{}/admin/keys/", demo.address));
    assert_eq!(log_in(console, "admin", demo.password()).status, 401, "the password of somebody else");
    let first = log_in(console, "admin", password);
    assert_eq!((first.status, first.header("location")), (303, vec!["/admin/keys/"]));
    assert_eq!(log_in(console, "admin", password).status, 401, "a second time");
    let list = page(console, &first, "");
    assert!(list.status == 200 && list.body.contains("Issue a key"), "{list:?}");

    demo.service.signal("INT");
    assert_eq!(demo.service.remaining(), ["stopped"]);
    let again = Example::start(quickstart(demo.folder.path()));
    let (printed, _) = again.listening();
    let console = secret_of(&printed, "the console is at");
    let new = secret_of(&printed, "admin may log in there once");
    assert_ne!(new, password);
    assert_eq!(log_in(console, "admin", password).status, 401, "that of the start before");
    assert_eq!(log_in(console, "admin", new).status, 303);
}

#[test]
fn the_user_of_the_account_may_look_and_not_change() {
    let demo = Demo::start();
    let console = demo.console();
    for time in ["first", "second"] {
        let user = log_in(console, "demo", demo.password());
        let list = page(console, &user, "");
        assert!(list.status == 200 && list.body.contains("quickstart: API key"), "{time}: {list:?}");
        assert!(!list.body.contains("Issue a key"), "{time}: what it may not do is not offered");
    }
    // A token is for those who have a password for longer.
    let token = demo.command(crate::demo::TOKEN);
    let token =
        token.replace("username=demo", "username=admin").replace(demo.password(), demo.console_password());
    assert_eq!(paste(&token).status, 401);
    assert_eq!(log_in(console, "admin", demo.console_password()).status, 303, "which uses nothing up");
}

#[test]
fn the_lines_that_are_shown_with_a_new_key_are_let_in_whatever_the_scheme() {
    let demo = Demo::start();
    let console = demo.console();
    let origin = console.strip_suffix("/admin/keys/").expect("its address");
    let admin = log_in(console, "admin", demo.console_password());
    let cookie = admin.header("set-cookie")[0].split(';').next().expect("a cookie").to_owned();
    for scheme in ["api-key", "query-signature", "x-auth", "sigv4", "message-signature"] {
        let form = page(console, &admin, "keys/new").body;
        let (token, once) =
            ["token", "once"].map(|name| between(&form, &format!("name=\"{name}\" value=\""), "\"")).into();
        let shown = paste(&format!(
            "curl {console}keys/new -H 'Cookie: {cookie}' -H 'Origin: {origin}' -d token={token} -d once={once} \
             -d scheme={scheme} -d user=demo"
        ));
        let lines = between(&shown.body, "<pre id=\"try\" tabindex=\"0\">", "</pre>");
        let lines =
            lines.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        let answer = paste_lines(&lines);
        assert_eq!(answer.status, 200, "{scheme}: {answer:?}");
        assert!(answer.body.contains(&format!("\"scheme\":\"{scheme}\"")), "{scheme}: {answer:?}");
    }
}
