//! Whose account or site a request claims to be about.
