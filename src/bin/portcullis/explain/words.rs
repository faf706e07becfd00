//! Hints in the words of the command line: with the options and variables that are meant.

use portcullis::explain::Hint;

/// What a hint says to whoever runs the command.
pub(super) fn of(hint: &Hint) -> String {
    match hint {
        Hint::NoSuchKey => {
            "the store has no such key in this realm: see --realm, and PORTCULLIS_KEY_PEPPER where keys are peppered"
        }
        Hint::ForeignToken => {
            "the token was signed with another key than that of JWT_SECRET_KEY, or changed"
        }
        Hint::ClientTextMissing => {
            "--client-canonical FILE compares what the client signed with what the server signs"
        }
        Hint::SessionTokenUnexpected => {
            "it has a session token: --session-token-file says which one the key has"
        }
        Hint::SessionTokenDiffers => {
            "the session token may be another one than that of --session-token-file"
        }
        Hint::SessionTokenMissing => {
            "it has no session token, and --session-token-file says that the key has one"
        }
        Hint::FormatBroken => {
            "the key begins like one of --key-format, but has not its whole form: it was mistyped or cut"
        }
        Hint::JudgedAt => {
            "the request is judged as if it came at the time above: --at says when it came"
        }
        Hint::OtherAudience => {
            "it was signed for another region, service or host: see --sigv4-region and --sigv4-service"
        }
        Hint::OtherBody => "the digest that was signed is not that of the body in the dump",
        Hint::StrictFormAlone => {
            "the key accepts the strict form alone: `keys edit --any-form` changes that"
        }
        Hint::UnsignedBody => "its body is not signed: --unsigned-payload, if the service accepts that",
        Hint::UnsignedChunks => {
            "its chunks are not signed: --unsigned-trailer, if the service accepts that"
        }
        Hint::EntryPointTaken(name) => {
            return format!(
                "the entry point is taken to be {name}: --entry-point says what the route is called"
            );
        }
        Hint::PeerUnknown => {
            "the key is limited to networks: --peer says which address the request came from"
        }
        Hint::RawAuthorization => {
            "Authorization holds one word: --raw-authorization, if the service takes API keys so"
        }
        Hint::NoTokenKey => "a token would need JWT_SECRET_KEY in the environment",
        Hint::OtherMasterKey { what } => {
            return format!(
                "the store holds {what}: PORTCULLIS_MASTER_KEY may be another one than the services'"
            );
        }
        other => return other.to_string(),
    }
    .to_owned()
}
