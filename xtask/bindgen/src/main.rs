//! `xtask-bindgen <input.wasm> <output.wasm>` finishes a module.
//!
//! It writes no JavaScript: the exports of the module take and return numbers, so they are called
//! without the glue code of wasm-bindgen.

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
    blank_source_paths(module)?;
    fs::create_dir_all(finished.parent().ok_or(USAGE)?)?;
    fs::write(finished, module.emit_wasm())?;
    Ok(())
}

/// Drops the exports that only the glue code would use, and the code that only they need.
fn drop_glue(module: &mut Module) -> Result<(), Box<dyn Error>> {
    let is_glue = |name: &str| name.starts_with("__");
    let names: Vec<_> = module.exports.iter().map(|export| export.name.clone()).collect();
    for name in names.into_iter().filter(|name| is_glue(name)) {
        module.exports.remove(name)?;
    }
    gc::run(module);
    Ok(())
}

/// Overwrites the paths of source files, which name folders of the machine that built the module. The
/// module never reads them: they are for panic messages, and a panic is a trap without a message.
fn blank_source_paths(module: &mut Module) -> Result<(), Box<dyn Error>> {
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo_home = cargo_home.or_else(|| Some(env::home_dir()?.join(".cargo")));
    let packages = cargo_home.ok_or("there is no home folder")?.join("registry");
    let packages = packages.to_str().ok_or("the home folder is not UTF-8")?;
    let segments: Vec<_> = module.data.iter().map(walrus::Data::id).collect();
    for segment in segments {
        let data = module.data.get_mut(segment);
        for folder in ["/rustc/", packages] {
            blank_paths_in(folder.as_bytes(), &mut data.value);
        }
    }
    Ok(())
}

fn blank_paths_in(folder: &[u8], mut bytes: &mut [u8]) {
    const END: &[u8] = b".rs";
    let find = |text: &[u8], bytes: &[u8]| bytes.windows(text.len()).position(|part| part == text);
    while let Some(start) = find(folder, bytes) {
        let (_, path) = bytes.split_at_mut(start);
        let Some(length) = find(END, path) else { return };
        let (path, rest) = path.split_at_mut(length.saturating_add(END.len()));
        path.fill(0);
        bytes = rest;
    }
}
