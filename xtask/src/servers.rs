//! Finds the servers that the tests of the stores start, or installs them.

use std::{fs, path::PathBuf};

use crate::{
    debian,
    failure::{Failure, Result},
    shell::{self, Shell},
};

/// The programs that the tests start, and Debian's packages of them.
const SERVERS: [(&str, &str); 2] = [("redis-server", "redis-server"), ("postgres", "postgresql")];

/// A program that the tests start too, and Debian's package of it, which Debian 12 does not have.
const VALKEY: &str = "valkey-server";

/// The suite that Valkey is unpacked from, with the C library of that suite.
const VALKEY_SUITE: &str = "trixie";

/// The variable that tells the tests where Valkey is, if it is not on the PATH.
pub(crate) const VALKEY_PROGRAM: &str = "PIVOTAL_VALKEY";

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

/// The program that runs a Valkey, unpacked from Debian's package if it is not on the PATH.
pub(crate) fn valkey() -> Result<PathBuf> {
    if is_installed(VALKEY) {
        return Ok(VALKEY.into());
    }
    let folder = shell::work().join("servers");
    let program = folder.join(VALKEY);
    if program.exists() {
        return Ok(program);
    }
    let Ok(root) = debian::unpacked(VALKEY_SUITE, "amd64", &[VALKEY]) else {
        debian::install(&[VALKEY])?;
        return Ok(VALKEY.into());
    };
    fs::create_dir_all(&folder)?;
    fs::write(
        &program,
        format!(
            "#!/bin/sh\nexec '{0}/usr/lib64/ld-linux-x86-64.so.2' --library-path \
             '{0}/usr/lib/x86_64-linux-gnu' '{0}/usr/bin/{VALKEY}' \"$@\"\n",
            root.display()
        ),
    )?;
    Shell::new("chmod").arg("+x").arg(&program).run()?;
    Ok(program)
}

fn is_installed(program: &str) -> bool {
    let versions = fs::read_dir(POSTGRESQL).into_iter().flatten().flatten();
    let of_debian: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).chain(of_debian).any(|folder| folder.join(program).exists())
}
