//! One security scheme.

use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};

/// A scheme before it has a name that is free: the name that it should have, and its place.
pub(super) type Form = (String, Place);

/// Where a credential is; no two schemes of a list have the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Bearer,
    Basic,
    /// In `Authorization`, behind this word.
    Word(String),
    Header(String),
    Parameter(String),
    Cookie(String),
}

impl Place {
    /// In `Authorization`; words do not know case.
    pub(super) fn of_word(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "bearer" => Self::Bearer,
            "basic" => Self::Basic,
            _ => Self::Word(word.to_owned()),
        }
    }
}

/// A scheme with its name.
#[derive(Clone)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) format: Option<String>,
    pub(super) description: Option<String>,
}

impl Named {
    pub(super) fn render(&self) -> SecurityScheme {
        let described = self.description.clone();
        let value = |name: &str, otherwise: Option<String>| {
            let mut value = ApiKeyValue::new(name);
            value.description = described.clone().or(otherwise);
            value
        };
        let http = |scheme| {
            let mut http = Http::new(scheme);
            http.description.clone_from(&described);
            http.bearer_format.clone_from(&self.format);
            SecurityScheme::Http(http)
        };
        match &self.place {
            Place::Bearer => http(HttpAuthScheme::Bearer),
            Place::Basic => http(HttpAuthScheme::Basic),
            Place::Word(word) => {
                let text = format!("The whole value of the header, which begins with the word `{word}`.");
                SecurityScheme::ApiKey(ApiKey::Header(value("Authorization", Some(text))))
            }
            Place::Header(name) => SecurityScheme::ApiKey(ApiKey::Header(value(name, None))),
            Place::Cookie(name) => SecurityScheme::ApiKey(ApiKey::Cookie(value(name, None))),
            Place::Parameter(name) => SecurityScheme::ApiKey(ApiKey::Query(value(name, None))),
        }
    }
}

/// The name as one of a component: `^[a-zA-Z0-9._-]+$`.
pub(super) fn plain(name: &str) -> String {
    let allowed = |character: char| character.is_ascii_alphanumeric() || ".-_".contains(character);
    name.chars().map(|character| if allowed(character) { character } else { '-' }).collect()
}
