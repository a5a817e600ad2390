//! Finds the servers that the tests of the stores start, or installs them.

use std::{fs, path::PathBuf};

use crate::{
    debian,
    failure::{Failure, Result},
};

/// The programs that the tests start, and Debian's packages of them.
const SERVERS: [(&str, &str); 2] = [("redis-server", "redis-server"), ("postgres", "postgresql")];

/// Where Debian installs the programs of PostgreSQL, in a folder for each version.
const POSTGRESQL: &str = "/usr/lib/postgresql";

/// The variable by which the tests leave out what needs a server.
pub(crate) const LEFT_OUT: &str = "PIVOTAL_WITHOUT_SERVERS";

/// Installs the servers that are missing, if this is a Debian and the user is root.
pub(crate) fn install() -> Result {
    let missing = || SERVERS.into_iter().filter(|(program, _)| !is_installed(program));
    let packages: Vec<&str> = missing().map(|(_, package)| package).collect();
    if packages.is_empty() {
        return Ok(());
    }
    if let Err(failure) = debian::install(&packages) {
        println!("{failure}");
    }
    match missing().next() {
        None => Ok(()),
        Some((program, package)) => Err(Failure::new(format!(
            "{program} is not installed; install it (on Debian as root `apt-get install {package}`), \
             or leave out what needs it by --without-servers"
        ))),
    }
}

fn is_installed(program: &str) -> bool {
    let versions = fs::read_dir(POSTGRESQL).into_iter().flatten().flatten();
    let of_debian: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).chain(of_debian).any(|folder| folder.join(program).exists())
}
