//! The project's own tasks. `cargo xtask demo` and `cargo xtask test` are all that a user needs.

#![allow(clippy::print_stdout, reason = "a program for a person at a terminal")]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod assure;
mod bench;
mod catalogue;
mod checks;
mod chromium;
mod conventions;
mod debian;
mod demo;
mod dist;
mod failure;
mod floors;
mod generated;
mod instructions;
mod llvm;
mod once;
mod pydantic;
mod release;
mod servers;
mod setup;
mod shell;
mod stamp;
mod surface;
mod template;
mod threats;
mod tool;

/// Tasks of pivotal-webhooks.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds everything and sends genuine and forged deliveries to real receivers.
    Demo,
    /// Runs every check; with names, only the checks whose name contains one of them.
    Test {
        /// Parts of check names.
        names: Vec<String>,
        /// Leaves out what runs in a browser.
        #[arg(long)]
        without_chromium: bool,
        /// Leaves out what needs Redis, Valkey or PostgreSQL.
        #[arg(long)]
        without_servers: bool,
    },
    /// Kills receivers and troubles their stores, and counts whether each event is completed once.
    Once {
        /// Stores (redis, postgres, sqlite), or how the names of plans begin. All plans by default.
        only: Vec<String>,
        /// How many events there are.
        #[arg(long, default_value_t = 10_000)]
        events: u32,
        /// How many times each event is delivered.
        #[arg(long, default_value_t = 10)]
        deliveries: u32,
        /// Decides the order of the deliveries and which receivers are killed.
        #[arg(long, default_value_t = 1)]
        seed: u32,
        /// Writes the results into idempotency/faults/records and docs/audits.md.
        #[arg(long)]
        record: bool,
    },
    /// Runs the checks that need no build of the bindings: format, lints, drift.
    Check,
    /// Writes the generated sources: error codes and events of each language.
    Gen,
    /// Compares the public surface of each language with the lists in packaging/surface.
    Surface {
        /// Writes the lists anew, if CHANGELOG.md has a new line.
        #[arg(long)]
        accept: bool,
    },
    /// Builds every artefact of a release into `target/dist`, and runs those that this machine can run.
    Dist {
        /// Only the artefacts whose names contain one of these words.
        #[arg(long, num_args = 1..)]
        only: Vec<String>,
    },
    /// Gives every manifest the version of a release, and says what remains to be done by a person.
    Release {
        /// Three numbers, such as 0.2.0.
        version: String,
        /// The address of the repository, for the first release.
        #[arg(long)]
        repository: Option<String>,
        /// Changes nothing: compares the manifests and the changes with the version.
        #[arg(long)]
        check: bool,
    },
    /// Measures what the core promises, and writes docs/assurance.md.
    Assure {
        /// Takes minutes. It is the default.
        #[arg(long, conflicts_with = "deep")]
        quick: bool,
        /// Takes longer, with more samples.
        #[arg(long)]
        deep: bool,
        /// These parts: memcheck, dudect, fuzzing, differential, coverage, load, soak.
        #[arg(long, num_args = 1..)]
        only: Vec<String>,
    },
    /// Counts the instructions of the core's paths, and compares them with assurance/instructions.json.
    Instructions {
        /// Compares nothing: writes the counts of this source.
        #[arg(long)]
        accept: bool,
    },
    /// Measures the speed beside the bare hash and other packages, and writes docs/benchmarks.md.
    Bench {
        /// Only these parts: core, rust, node, unwrap, python, throughput, footprint, once, criterion,
        /// javascript.
        #[arg(long, num_args = 1..)]
        only: Vec<String>,
        /// This number of rounds, as a trial: the page is written into target/bench/trial.
        #[arg(long)]
        rounds: Option<u32>,
    },
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Demo => demo::run(),
        Task::Test { names, without_chromium, without_servers } => {
            checks::run(&names, without_chromium, without_servers)
        }
        Task::Once { only, events, deliveries, seed, record } => {
            once::run(&only, [events, deliveries, seed], record)
        }
        Task::Check => checks::run(&checks::STATIC.map(String::from), false, false),
        Task::Gen => generated::write(),
        Task::Surface { accept: true } => {
            setup::Machine::detect().and_then(|machine| surface::accept(&machine))
        }
        Task::Surface { accept: false } => {
            setup::Machine::detect().and_then(|machine| surface::check(&machine))
        }
        Task::Dist { only } => dist::run(&only),
        Task::Release { version, check: true, .. } => release::check(&version),
        Task::Release { version, repository, .. } => {
            release::prepare(&version, repository.as_deref())
        }
        Task::Assure { deep, quick: _, only } => {
            assure::run(if deep { assure::Depth::Deep } else { assure::Depth::Quick }, &only)
        }
        Task::Instructions { accept: true } => instructions::accept(),
        Task::Instructions { accept: false } => instructions::check(),
        Task::Bench { only, rounds } => bench::run(&only, rounds),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error}");
            ExitCode::FAILURE
        }
    }
}
