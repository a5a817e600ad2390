//! `xtask-bindgen <input.wasm> <out-dir>` writes `core.wasm` into the folder.
//!
//! Only the module: its exports take and return numbers, so JavaScript calls them without the glue
//! that wasm-bindgen would write.

use core::error::Error;
use std::{env, fs, path::PathBuf};

use wasm_bindgen_cli_support::Bindgen;

const USAGE: &str = "usage: xtask-bindgen <input.wasm> <out-dir>";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let (Some(input), Some(out_dir), None) = (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err(USAGE.into());
    };

    let mut output = Bindgen::new()
        .input_path(input)
        .out_name("core")
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate_output()?;

    fs::create_dir_all(&out_dir)?;
    fs::write(out_dir.join("core.wasm"), output.wasm_mut().emit_wasm())?;
    Ok(())
}
