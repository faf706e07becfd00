//! The scripts: each is one step for the server, which nothing comes between.

use std::sync::LazyLock;

use redis::Script;

macro_rules! scripts {
    ($($name:ident = $($file:literal)+;)+) => {$(
        pub(super) static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new(concat!($(include_str!(concat!("lua/", $file, ".lua"))),+)));
    )+};
}

scripts! {
    FIND_DIGEST = "names" "find_digest";
    FIND_ID = "names" "find_id";
    PAGE = "names" "page";
    OWNERS = "names" "owners";
    OWNER = "names" "owner";
    USE = "names" "use";
    COMMIT = "commit";
    CLAIM = "claim";
    TAKE = "take";
    SEEN = "seen";
    REFRESH_BEGIN = "refresh_begin";
    REFRESH_TURN = "refresh_turn";
    REFRESH_END = "refresh_end";
    REVOKE = "revoke";
    RING = "ring";
}
