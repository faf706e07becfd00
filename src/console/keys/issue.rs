//! Issuing a key.

use maud::{Markup, html};

use super::fields::{Choices, NewKeyForm, new_key};
use super::secret::{Fresh, secret_page};
use crate::console::form::Fields;
use crate::console::layout::{Section, token};
use crate::console::reply::{Answer, Page};
use crate::console::visit::{Change, Visit};
use crate::store::KeyRef;

const TITLE: &str = "Issue a key";

pub(super) async fn form(visit: Visit) -> Answer {
    let choices = Choices::load(visit.store(), &visit.shared.settings).await?;
    Ok(Page::new(Section::Keys, TITLE, fields(&visit, &choices, &visit.query)).into())
}

pub(super) async fn issue(change: Change) -> Answer {
    let visit = &change.visit;
    let choices = Choices::load(visit.store(), &visit.shared.settings).await?;
    let made = async {
        let key = new_key(&change.form, &visit.shared.settings)?;
        choices.check(&key)?;
        let (realm, scheme) = (key.realm.clone(), key.scheme);
        visit.shared.once(&change).await?;
        let issued = change.store.issue(key, visit.now).await?;
        Ok((KeyRef { realm, id: issued.id }, scheme, issued.secret))
    };
    match made.await {
        Ok((key, scheme, secret)) => {
            Ok(secret_page(visit, &Fresh { key, scheme, secret }, "The key is issued"))
        }
        Err(failure) => {
            let page = Page::new(Section::Keys, TITLE, fields(visit, &choices, &change.form));
            Ok(page.with_error(&failure).into())
        }
    }
}

fn fields(visit: &Visit, choices: &Choices, filled: &Fields) -> Markup {
    let form = NewKeyForm { settings: &visit.shared.settings, choices, filled };
    html! {
        form method="post" action=(visit.link("/keys/new")) {
            (token(&visit.me)) (visit.once_field())
            div.grid { (form.label()) (form.kind()) (form.owner(true)) (form.limits()) }
            p { button type="submit" { "Issue" } " " a.button.quiet href=(visit.link("/")) { "Cancel" } }
        }
    }
}
