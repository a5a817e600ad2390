//! LLVM's tools, of the version that the pinned compiler is built with.

use std::path::{Path, PathBuf};

use crate::{
    failure::{About as _, Failure, Result},
    shell::Shell,
};

/// The folder of LLVM's tools, which rustup installs if they are missing.
pub(crate) fn folder() -> Result<PathBuf> {
    let installed = Shell::new("rustup").args(["component", "add", "llvm-tools"]).run();
    installed.about("`rustup component add llvm-tools`")?;
    let target = Shell::new("rustc").args(["--print", "target-libdir"]).output()?;
    let bin = Path::new(target.trim()).parent().map(|folder| folder.join("bin"));
    bin.ok_or_else(|| Failure::new("rustc has no sysroot"))
}
