//! What a signature must cover.

use super::component::{Component, FieldForm};
use crate::request::RequestView;

/// What must be covered, whatever a signature says it covers.
#[derive(Clone, Debug)]
pub(super) struct Profile {
    pub(super) always: Vec<Component>,
    /// Fields that must be covered where they are.
    pub(super) where_present: Vec<Box<str>>,
    pub(super) body: SignedBody,
}

/// Whether a body needs a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignedBody {
    Required,
    IfSigned,
}

impl Default for Profile {
    fn default() -> Self {
        use Component::{Authority, Method, Path, Query};
        Self {
            always: vec![Method, Authority, Path, Query],
            // Under another type or coding, the same bytes mean something else.
            where_present: ["content-type", "content-encoding"].map(Into::into).into(),
            body: SignedBody::Required,
        }
    }
}

impl Profile {
    /// Whether the signature covers what it must of this request, the body aside.
    pub(super) fn is_met(&self, components: &[Component], request: &RequestView<'_>) -> bool {
        let present = |name: &&Box<str>| request.has_header(name);
        self.always.iter().all(|wanted| covers(components, wanted))
            && self.where_present.iter().filter(present).all(|name| covers_field(components, name))
    }
}

/// Whether a component is covered, by itself or by what contains it.
fn covers(components: &[Component], wanted: &Component) -> bool {
    use Component::{Authority, Field, Path, Query, QueryParam, RequestTarget, Scheme, TargetUri};
    let has = |component: &Component| components.contains(component);
    has(wanted)
        || match wanted {
            Authority | Scheme => has(&TargetUri),
            Path | Query => has(&RequestTarget) || has(&TargetUri),
            RequestTarget => has(&TargetUri) || (has(&Path) && has(&Query)),
            TargetUri => {
                has(&Scheme) && has(&Authority) && (has(&RequestTarget) || (has(&Path) && has(&Query)))
            }
            QueryParam(_) => has(&Query) || has(&RequestTarget) || has(&TargetUri),
            Field(name, FieldForm::Joined | FieldForm::Structured) => covers_field(components, name),
            Field(name, FieldForm::Member(_)) => covers_field(components, name),
            Component::Method | Field(_, FieldForm::Bytes) => false,
        }
}

/// Whether a field is covered as a whole: one member of a dictionary is not the field.
pub(super) fn covers_field(components: &[Component], name: &str) -> bool {
    components.iter().any(|component| match component {
        Component::Field(held, FieldForm::Joined | FieldForm::Structured | FieldForm::Bytes) => held == name,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_covered(wanted: &str, by: &[&str]) -> bool {
        let parse = |text: &str| text.parse::<Component>().expect(text);
        covers(&by.iter().map(|text| parse(text)).collect::<Vec<_>>(), &parse(wanted))
    }

    #[test]
    fn the_whole_covers_its_parts() {
        for part in
            ["@authority", "@scheme", "@path", "@query", "@request-target", r#""@query-param";name="a""#]
        {
            assert!(is_covered(part, &["@target-uri"]), "{part}");
            assert!(!is_covered(part, &["@method"]), "{part}");
        }
        assert!(is_covered("@target-uri", &["@scheme", "@authority", "@path", "@query"]));
        assert!(!is_covered("@target-uri", &["@authority", "@path", "@query"]));
        assert!(!is_covered("@query", &["@path", r#""@query-param";name="a""#]));
        assert!(!is_covered("@method", &["@target-uri"]));
    }

    #[test]
    fn a_member_is_not_its_field() {
        let member = r#""content-digest";key="sha-256""#;
        assert!(!is_covered("content-digest", &[member]));
        assert!(is_covered(member, &["content-digest"]));
        assert!(is_covered("content-digest", &[r#""content-digest";bs"#]));
        assert!(!is_covered(r#""content-digest";bs"#, &["content-digest"]));
    }
}
