//! Names, by which tonic routes calls to services.

use tonic::server::NamedService;

use crate::Authenticator;
use crate::tower::{Auth, RequireScopes};

impl<S: NamedService, A: Authenticator> NamedService for Auth<S, A> {
    const NAME: &'static str = S::NAME;
}

impl<S: NamedService, A: Authenticator> NamedService for RequireScopes<S, A> {
    const NAME: &'static str = S::NAME;
}
