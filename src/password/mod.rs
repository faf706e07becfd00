//! Passwords that are kept as bcrypt or argon2 hashes.
