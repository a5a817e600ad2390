//! Runs the tool as a person or a script does.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod delivery;
mod events;
mod exits;
mod forms;
mod help;
mod secrets;
mod signing;
mod tool;
mod triggering;
