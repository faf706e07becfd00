//! What an authenticator found.

/// What an [`Authenticator`](crate::Authenticator) found in a request that it did not refuse.
///
/// There is deliberately no variant for a *wrong* credential: that is an
/// [`AuthError`](crate::AuthError), so that `?` stops a chain and a wrong
/// credential can never be mistaken for a missing one.
#[must_use = "an outcome that nobody looks at lets everybody in"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome<P> {
    /// The credential is good, and this is who presented it.
    Authenticated(P),
    /// The request carries no credential of this scheme.
    Absent,
}

impl<P> Outcome<P> {
    /// Applies `f` to the principal, if there is one.
    ///
    /// ```
    /// use portcullis::Outcome;
    /// assert_eq!(Outcome::Authenticated(2).map(|n| n + 1), Outcome::Authenticated(3));
    /// assert_eq!(Outcome::Absent.map(|n: i32| n + 1), Outcome::Absent);
    /// ```
    pub fn map<Q>(self, f: impl FnOnce(P) -> Q) -> Outcome<Q> {
        match self {
            Self::Authenticated(principal) => Outcome::Authenticated(f(principal)),
            Self::Absent => Outcome::Absent,
        }
    }
}
