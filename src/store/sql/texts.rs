//! Which texts a database can hold, in SQL.

use super::dialect::HOLDS_NUL;
use crate::store::AdminError;

const LONGEST_ID: usize = 1024;

/// Whether a text that somebody presents can be in the database at all. One that cannot
/// is the name of nothing: the database is not asked, for it would refuse the question,
/// and a refusal looks like an outage.
pub(super) fn can_hold(text: &str) -> bool {
    HOLDS_NUL || !text.contains('\0')
}

/// Refuses the id of a query that no index holds.
pub(super) fn check_id(id: &str) -> Result<(), AdminError> {
    if id.len() > LONGEST_ID || !can_hold(id) {
        return Err(AdminError::Invalid("an id is at most 1024 bytes without NUL"));
    }
    Ok(())
}
