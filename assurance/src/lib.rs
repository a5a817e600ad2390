//! What the programs of this folder share. `cargo xtask assure` runs them.

pub mod delivery;
pub mod valgrind;
