//! pydantic for a CPython other than that of the tasks.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    failure::Result,
    setup::{pip_install, remove_dir},
    shell,
    stamp::unless_fresh,
};

const LOCK: &str = "bindings-python/requirements-test.txt";

/// pydantic and what it depends on.
const PACKAGES: [&str; 5] =
    ["annotated-types", "pydantic", "pydantic-core", "typing-extensions", "typing-inspection"];

/// A folder with pydantic, in the version of the lock file, for this CPython.
pub(crate) fn for_python(python: &Path, (major, minor): (u32, u32)) -> Result<PathBuf> {
    let name = format!("pydantic for {major}.{minor}");
    let site = shell::work().join(&name);
    let facts = [&*python.to_string_lossy()];
    unless_fresh(&name, &[LOCK], &facts, std::slice::from_ref(&site), || {
        remove_dir(&site)?;
        let lock = fs::read_to_string(shell::root().join(LOCK))?;
        let list = shell::work().join(format!("{name}.txt"));
        fs::write(&list, entries(&lock))?;
        pip_install(python)
            .args(["--require-hashes", "--no-deps", "--only-binary=:all:", "--target"])
            .arg(&site)
            .arg("--requirement")
            .arg(&list)
            .run()
    })?;
    Ok(site)
}

/// The lines of a lock file that are about [`PACKAGES`].
fn entries(lock: &str) -> String {
    let mut wanted = false;
    let lines = lock.lines().filter(|line| {
        if let Some((package, _)) = line.split_once("==") {
            wanted = PACKAGES.contains(&package);
        }
        wanted
    });
    lines.flat_map(|line| [line, "\n"]).collect()
}
