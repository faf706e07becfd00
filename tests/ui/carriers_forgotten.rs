// error[E0046]

//! An authenticator says where it reads credentials from.

use portcullis::request::RequestView;
use portcullis::{AuthError, Authenticator, Challenges, Outcome};

struct Nobody;

impl Authenticator for Nobody {
    type Principal = ();

    async fn authenticate(&self, _: &RequestView<'_>) -> Result<Outcome<()>, AuthError> {
        Ok(Outcome::Absent)
    }

    fn challenge(&self, _: Option<&AuthError>, _: &mut Challenges) {}
}

fn main() {}
