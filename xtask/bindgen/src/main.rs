//! `xtask-bindgen <input.wasm> <output.wasm>` finishes a module.
//!
//! Nothing beside it: its exports take and return numbers, so JavaScript calls them without the glue
//! that wasm-bindgen would write.

use core::error::Error;
use std::{env, fs, path::PathBuf};

use walrus::{Module, passes::gc};
use wasm_bindgen_cli_support::Bindgen;

const USAGE: &str = "usage: xtask-bindgen <input.wasm> <output.wasm>";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let (Some(input), Some(finished), None) =
        (arguments.next(), arguments.next(), arguments.next())
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

    let module = output.wasm_mut();
    drop_glue(module)?;
    fs::create_dir_all(finished.parent().ok_or(USAGE)?)?;
    fs::write(finished, module.emit_wasm())?;
    Ok(())
}

/// Drops the exports that only the glue would use, and what only they need.
fn drop_glue(module: &mut Module) -> Result<(), Box<dyn Error>> {
    let is_glue = |name: &str| name.starts_with("__");
    let names: Vec<_> = module.exports.iter().map(|export| export.name.clone()).collect();
    for name in names.into_iter().filter(|name| is_glue(name)) {
        module.exports.remove(name)?;
    }
    gc::run(module);
    Ok(())
}
