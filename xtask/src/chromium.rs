//! Finds a Chromium for the tests, or installs one with the means of the platform.

use std::path::PathBuf;

use crate::{
    failure::{Failure, Result},
    setup::npm,
    shell::{self, Shell},
};

/// A Chromium that runs: the one that a variable names, one of this machine, or a new one.
pub(crate) fn find() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM").map(PathBuf::from) {
        return runs(&named).then(|| named.clone()).ok_or_else(|| {
            Failure::new(format!("CHROMIUM is {}, which does not run", named.display()))
        });
    }
    for get in [|| Ok(()), install_package, install_by_playwright] {
        // The output of a failed installation is visible, and the next means may still work.
        if let Err(error) = get() {
            println!("-- {error}");
        }
        if let Some(found) = installed() {
            return Ok(found);
        }
    }
    Err(Failure::new(
        "there is no Chromium, and none could be installed; install it (on Debian as root \
         `apt-get install chromium`, elsewhere `npx playwright-core install --with-deps chromium`), \
         name one by the variable CHROMIUM, or leave out what needs it by --without-chromium",
    ))
}

/// One of this machine, if there is one.
pub(crate) fn installed() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let own = Shell::new("node")
        .args(["--print", "require('playwright-core').chromium.executablePath()"])
        .env(BROWSERS, browsers())
        .quiet_output();
    let own = own.map(|path| PathBuf::from(path.trim()));
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&folders).collect();
    let on_path = names.iter().flat_map(|name| folders.iter().map(move |path| path.join(name)));
    on_path.filter(|program| program.exists()).chain(own).find(runs)
}

fn runs(program: &PathBuf) -> bool {
    Shell::new(program).arg("--version").quiet_output().is_some_and(|text| text.contains("Chrom"))
}

fn install_package() -> Result {
    let root = Shell::new("id").arg("-u").quiet_output().is_some_and(|user| user.trim() == "0");
    if !root || Shell::new("apt-get").arg("--version").quiet_output().is_none() {
        return Ok(());
    }
    println!("-- chromium by apt-get");
    let apt = || Shell::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").arg("--quiet=2");
    apt().arg("update").run()?;
    apt().args(["install", "--yes", "chromium"]).run()
}

fn install_by_playwright() -> Result {
    println!("-- chromium by Playwright");
    npm(["exec", "--", "playwright-core", "install", "chromium"]).env(BROWSERS, browsers()).run()
}

const BROWSERS: &str = "PLAYWRIGHT_BROWSERS_PATH";

fn browsers() -> PathBuf {
    std::env::var_os(BROWSERS).map_or_else(|| shell::work().join("browsers"), PathBuf::from)
}
