//! Lists the public items of crates, one a line: `xtask-surface RUSTDOC.json...`.

#![allow(clippy::print_stdout, reason = "the list is the result")]

use std::{env, process::ExitCode};

use public_api::Builder;

fn main() -> ExitCode {
    for file in env::args().skip(1) {
        // What the compiler derives is left out as a function, and stays as an `impl`.
        let items = Builder::from_rustdoc_json(file)
            .omit_blanket_impls(true)
            .omit_auto_trait_impls(true)
            .build();
        match items {
            Ok(items) => items.items().for_each(|item| println!("{item}")),
            Err(error) => {
                eprintln!("error: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
