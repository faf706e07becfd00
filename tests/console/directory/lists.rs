//! Pages of lists, and searches in them.

use http::StatusCode;
use portcullis::store::{KeyAdmin, RoleAdmin};
use portcullis::{GroupId, UserId};

use crate::harness::{Answer, World};

/// Where the next page is.
fn next(page: &Answer) -> Option<String> {
    let pattern = regex::Regex::new(r#"rel="next" href="/admin/keys([^"]*)""#).expect("a pattern");
    pattern.captures(&page.text).map(|found| found[1].replace("&amp;", "&"))
}

#[tokio::test]
async fn lists_are_paged_and_searched() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;
    for number in 0..120 {
        let user = UserId::from(format!("u{number:03}"));
        world.store.add_user(&user, None).await.expect("added");
        world.store.add_user_to_group(&user, &"adas".into()).await.expect("added");
        world.store.add_group(&GroupId::from(format!("v{number:03}"))).await.expect("added");
    }
    for (start, link, number) in [
        ("/users", "/user?id=u", 120),
        ("/users?q=U0", "/user?id=u0", 100),
        ("/group?id=adas", "/user?id=u", 120),
        ("/group?id=adas&q=u1", "/user?id=u1", 20),
        ("/groups", "/group?id=v", 120),
        ("/groups?q=v1", "/group?id=v1", 20),
    ] {
        let (mut path, mut seen, mut pages) = (start.to_owned(), Vec::new(), 0);
        loop {
            let page = grace.get(&path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            let rows = page.text.match_indices(link);
            let rows = rows.filter_map(|(at, _)| Some(page.text[at..].split_once('"')?.0.to_owned()));
            let rows: Vec<_> = rows.collect();
            assert!(rows.len() <= 50, "{path}");
            seen.extend(rows);
            pages += 1;
            match next(&page) {
                Some(next) => path = next,
                None => break,
            }
        }
        let mut unique = seen.clone();
        unique.dedup();
        assert_eq!((unique.len(), seen.len()), (number, number), "{start}");
        assert!(pages >= number / 50, "{start}");
    }
    assert!(grace.get("/users?q=zzz").await.has("Nothing fits."));
}

#[tokio::test]
async fn a_search_looks_at_so_many_on_each_page_and_goes_on_with_the_next() {
    let world = World::new().await;
    let mut grace = world.logged_in("grace").await;
    for number in 0..20_100 {
        world.store.add_user(&UserId::from(format!("u{number:05}")), None).await.expect("added");
    }
    let page = grace.get("/users?q=u20099").await;
    assert!(page.has("looked at 20000 entries") && !page.has("/user?id=u20099"));
    let page = grace.get(&next(&page).expect("a next page")).await;
    assert!(page.has("/user?id=u20099") && next(&page).is_none(), "{}", page.text);
    // One user is found without a search through all.
    assert!(grace.get("/user?id=u20099").await.has("User u20099"));
}
