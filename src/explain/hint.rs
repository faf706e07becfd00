//! What an operator may do about a refusal, or should know of it.

use std::fmt;

use super::times::utc;
use crate::{Scheme, Timestamp};

/// What an operator may do about a refusal, or should know of it. Its `Display` is a sentence
/// for people; a program that has names of its own for what is to be set says it in its own words.
///
/// [`EntryPointTaken`](Self::EntryPointTaken) repeats what a stranger wrote, with control
/// characters escaped. No secret is in any of them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hint {
    /// An API key of the checked form has a wrong checksum.
    Mistyped,
    /// The id that the request names is that of a key of this other scheme.
    OtherScheme(Scheme),
    /// The id in an API key is known, the rest is not.
    KnownIdAlone,
    /// The realm has no such key.
    NoSuchKey,
    /// A token is signed with another key than the service's, or was changed.
    ForeignToken,
    /// A secret was replaced, and ended at this moment.
    Rotated {
        /// The end of the secret before the newest.
        until: Timestamp,
    },
    /// What the client signed was not given, and could be compared.
    ClientTextMissing,
    /// The form that `x-auth` headers have.
    XAuthForm,
    /// The form that the parameters of a signed URL have.
    SignedUrlForm,
    /// There is a session token, and none is expected.
    SessionTokenUnexpected,
    /// There is a session token, and another one is expected.
    SessionTokenDiffers,
    /// There is no session token, and one is expected.
    SessionTokenMissing,
    /// An API key begins like one of the formats that the service has, and is none.
    FormatBroken,
    /// A time that the request names.
    Time {
        /// What the scheme calls it.
        name: &'static str,
        /// The time.
        moment: Timestamp,
        /// When the request came.
        at: Timestamp,
    },
    /// A time decides, and so does the moment that the request is judged at.
    JudgedAt,
    /// The signature is for another region, service or host.
    OtherAudience,
    /// The signed digest is that of another body.
    OtherBody,
    /// The key does not accept the compatible form.
    StrictFormAlone,
    /// The body is not signed, which the service may accept.
    UnsignedBody,
    /// The chunks of the body are not signed, which the service may accept.
    UnsignedChunks,
    /// A header is not among the signed ones.
    HeaderNotCovered,
    /// The name that the entry point is taken to have.
    EntryPointTaken(String),
    /// The key is limited to networks, and no address is known.
    PeerUnknown,
    /// `Authorization` holds one word, which may be an API key.
    RawAuthorization,
    /// Tokens are not looked at, for there is no key for them.
    NoTokenKey,
    /// Passwords are not looked at.
    NoPasswords,
    /// There is more than one credential.
    SeveralCredentials,
    /// Parts of a signature are missing.
    IncompleteSignature,
    /// Where a signed URL ends and its body begins could be read in two ways.
    AmbiguousEnd,
    /// The store holds a secret that its master key does not open.
    OtherMasterKey {
        /// What it holds, in words.
        what: String,
    },
    /// The store holds something that cannot be read.
    Damaged {
        /// What it holds, in words.
        what: String,
    },
    /// Networks decide, and a proxy may stand before the service.
    BehindProxy,
    /// The body was sent in chunks, and is read as it stands.
    ChunksNotJoined,
    /// There is more of a body than `Content-Length` says.
    BodyTooLong {
        /// What it says, in bytes.
        declared: usize,
        /// How many bytes are behind that.
        left_out: usize,
    },
    /// There is less of a body than `Content-Length` says.
    BodyTooShort {
        /// What it says, in bytes.
        declared: usize,
        /// How many bytes there are.
        held: usize,
    },
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mistyped => {
                "the key looks like the checked form, but its checksum is wrong: it was mistyped, cut or made up"
            }
            Self::OtherScheme(scheme) => {
                return write!(f, "there is a key of this id, but for {scheme}");
            }
            Self::KnownIdAlone => {
                "the id in the key is one of ours, but the rest of the key is not: was it rotated, or cut?"
            }
            Self::NoSuchKey => {
                "the store has no such key in this realm: is it of another realm, or peppered otherwise?"
            }
            Self::ForeignToken => "the token was signed with another key than the service has, or changed",
            Self::Rotated { until } => {
                let until = utc(*until);
                return write!(
                    f,
                    "the secret before the last rotation ended at {until}: the client may still use it"
                );
            }
            Self::ClientTextMissing => {
                "paste what the client signed, and it is compared with what the server signs"
            }
            Self::XAuthForm => {
                "x-auth-exp and x-auth-nbf are ten digits each, and the signature is base64 of 32 bytes"
            }
            Self::SignedUrlForm => {
                "the timestamp is decimal seconds since 1970, and the signature standard base64 of 32 bytes"
            }
            Self::SessionTokenUnexpected => "it has a session token, and the key is taken to have none",
            Self::SessionTokenDiffers => {
                "the session token may be another one than the key is taken to have"
            }
            Self::SessionTokenMissing => "it has no session token, and the key is taken to have one",
            Self::FormatBroken => {
                "the key begins like those of the service, but has not their whole form: it was mistyped or cut"
            }
            Self::Time { name, moment, at } => {
                let apart = moment.abs_diff(*at).as_secs();
                let side = if moment < at { "before" } else { "after" };
                return write!(f, "{name} is {}: {apart} s {side} the time of the request", utc(*moment));
            }
            Self::JudgedAt => "the request is judged as if it came at the time above: say when it came",
            Self::OtherAudience => "it was signed for another region, service or host",
            Self::OtherBody => "the digest that was signed is not that of the body",
            Self::StrictFormAlone => "the key accepts the strict form alone: that can be edited",
            Self::UnsignedBody => "its body is not signed: a service has to accept that",
            Self::UnsignedChunks => "its chunks are not signed: a service has to accept that",
            Self::HeaderNotCovered => {
                "a header that is there, or must be, is not among the signed ones"
            }
            Self::EntryPointTaken(name) => {
                return write!(f, "the entry point is taken to be {name}: say what the route is called");
            }
            Self::PeerUnknown => {
                "the key is limited to networks: say which address the request came from"
            }
            Self::RawAuthorization => {
                "Authorization holds one word: a service has to accept API keys without a word before them"
            }
            Self::NoTokenKey => "tokens are not looked at: there is no key for them here",
            Self::NoPasswords => "passwords (Basic) are the application's, and are not explained here",
            Self::SeveralCredentials => "send one credential, in one place",
            Self::IncompleteSignature => "all parts of a signature are sent, or none",
            Self::AmbiguousEnd => {
                "with a body, apikey is the last parameter, and the body does not begin with &"
            }
            Self::OtherMasterKey { what } => {
                return write!(f, "the store holds {what}: its master key may be another one than the services'");
            }
            Self::Damaged { what } => return write!(f, "the store holds what cannot be read: {what}"),
            Self::BehindProxy => "behind a proxy, the service must know which address is the client's",
            Self::ChunksNotJoined => {
                "the body is taken as it stands in the dump: chunks must be joined before"
            }
            Self::BodyTooLong { declared, left_out } => {
                return write!(f, "Content-Length is {declared}: the {left_out} bytes behind it are left out");
            }
            Self::BodyTooShort { declared, held } => {
                return write!(f, "Content-Length is {declared}, but the dump has only {held} bytes of body");
            }
        })
    }
}
