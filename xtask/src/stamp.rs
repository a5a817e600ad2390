//! Skips a step if its inputs have not changed since it last succeeded.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::{
    failure::{About as _, Result},
    shell,
};

/// Runs `work` unless it succeeded before with the same inputs and left its outputs.
///
/// Inputs are files and folders of the project. `facts` are the other values that the result depends on.
pub(crate) fn unless_fresh(
    name: &str,
    inputs: &[&str],
    facts: &[&str],
    outputs: &[PathBuf],
    work: impl FnOnce() -> Result,
) -> Result {
    let stamp = shell::work().join("stamps").join(name);
    let digest = digest(inputs, facts)?;
    let made = outputs.iter().all(|output| output.exists());
    if made && fs::read_to_string(&stamp).is_ok_and(|before| before == digest) {
        return Ok(());
    }
    println!("-- {name}");
    work()?;
    fs::create_dir_all(shell::work().join("stamps"))?;
    fs::write(&stamp, digest).about(stamp.display())
}

/// The SHA-256 digest of a file, in hex.
pub(crate) fn file_digest(path: &Path) -> Result<String> {
    Ok(hex(&Sha256::digest(fs::read(path).about(path.display())?)))
}

/// Bytes as text.
pub(crate) fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digest(inputs: &[&str], facts: &[&str]) -> Result<String> {
    let mut files = Vec::new();
    // How things are built is an input of everything that is built.
    for input in inputs.iter().chain(&["xtask/src/setup.rs"]) {
        collect(&shell::root().join(input), &mut files)?;
    }
    files.sort();
    let mut hash = Sha256::new();
    for fact in facts {
        hash.update(fact);
        hash.update([0]);
    }
    for file in files {
        hash.update(file.strip_prefix(shell::root()).unwrap_or(&file).to_string_lossy().as_bytes());
        hash.update([0]);
        hash.update(Sha256::digest(fs::read(&file).about(file.display())?));
    }
    Ok(hex(&hash.finalize()))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result {
    if !path.is_dir() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    for entry in fs::read_dir(path).about(path.display())? {
        let entry = entry?;
        if !MADE.contains(&entry.file_name().to_string_lossy().as_ref()) {
            collect(&entry.path(), files)?;
        }
    }
    Ok(())
}

/// Folders that builds make beside their sources.
const MADE: &[&str] = &["__pycache__", "dist", "native", "node_modules", "target"];
