//! Who did what, for those who must know it later.
