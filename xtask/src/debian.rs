//! Debian's packages: installed on this machine, or unpacked into a folder for another suite or
//! architecture.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    failure::{About as _, Failure, Result},
    shell::{self, Shell},
};

/// Installs packages, if this is a Debian and the user is root.
pub(crate) fn install(packages: &[&str]) -> Result {
    let root = Shell::new("id").arg("-u").quiet_output().is_some_and(|user| user.trim() == "0");
    if !root || Shell::new("apt-get").arg("--version").quiet_output().is_none() {
        return Err(Failure::new(format!(
            "install {} (on Debian as root `apt-get install {}`)",
            packages.join(" and "),
            packages.join(" ")
        )));
    }
    println!("-- {} by apt-get", packages.join(" and "));
    let apt = || Shell::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").arg("--quiet=2");
    apt().arg("update").run()?;
    apt().args(["install", "--yes", "--no-install-recommends"]).args(packages).run()
}

/// Installs the package of a program, unless the program is on the PATH.
pub(crate) fn ensure(program: &str, packages: &[&str]) -> Result {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path);
    if folders.any(|folder| folder.join(program).exists()) { Ok(()) } else { install(packages) }
}

/// A folder with packages of a suite and an architecture, and with what they need. Nothing of them
/// runs while they are unpacked.
pub(crate) fn unpacked(suite: &str, architecture: &str, packages: &[&str]) -> Result<PathBuf> {
    let name = format!("{suite}-{architecture}-{}", packages.join("-"));
    let folder = shell::work().join("debian").join(name);
    let (apt, root) = (Apt::new(&folder, suite, architecture), folder.join("root"));
    if root.exists() {
        return Ok(root);
    }
    let mirror = apt.prepare("deb")?;
    println!("-- {} for {architecture} from {mirror}", packages.join(" and "));
    apt.get()
        .args(["--download-only", "--yes", "--no-install-recommends", "install"])
        .args(packages)
        .run()?;
    let made = folder.join("making");
    fs::create_dir_all(&made)?;
    for archive in fs::read_dir(folder.join("cache/archives"))? {
        let archive = archive?.path();
        if archive.extension().is_some_and(|extension| extension == "deb") {
            Shell::new("dpkg-deb").arg("--extract").arg(archive).arg(&made).run()?;
        }
    }
    // The package that makes these links in a real system is not among them.
    #[cfg(unix)]
    for link in ["lib", "lib64"] {
        if !made.join(link).exists() && made.join("usr").join(link).exists() {
            std::os::unix::fs::symlink(format!("usr/{link}"), made.join(link))?;
        }
    }
    fs::rename(&made, &root)?;
    Ok(root)
}

/// The folder of a package's unpacked upstream source.
pub(crate) fn source(suite: &str, package: &str) -> Result<PathBuf> {
    let folder = shell::work().join("debian").join(format!("{suite}-source-{package}"));
    let source = folder.join("source");
    if source.exists() {
        return Ok(source);
    }
    let apt = Apt::new(&folder, suite, "amd64");
    apt.prepare("deb-src")?;
    println!("-- source of {package}");
    apt.get().args(["--download-only", "source", package]).dir(&folder).run()?;
    let made = folder.join("making");
    fs::create_dir_all(&made)?;
    for file in fs::read_dir(&folder)? {
        let file = file?.path();
        let name = file.to_string_lossy();
        // The signature of the archive lies beside it.
        if name.contains(".orig.tar.") && !name.ends_with(".asc") {
            let tar = Shell::new("tar").arg("--extract").arg("--file").arg(&file);
            tar.arg("--strip-components=1").arg("--directory").arg(&made).run()?;
        }
    }
    fs::rename(&made, &source)?;
    Ok(source)
}

/// An apt with a state of its own, so that this machine's is left alone.
struct Apt {
    folder: PathBuf,
    suite: String,
    architecture: String,
}

impl Apt {
    fn new(folder: &Path, suite: &str, architecture: &str) -> Self {
        let (folder, suite) = (folder.to_owned(), suite.to_owned());
        Self { folder, suite, architecture: architecture.to_owned() }
    }

    fn get(&self) -> Shell {
        Shell::new("apt-get").env("APT_CONFIG", self.folder.join("apt.conf")).arg("--quiet=2")
    }

    /// Reads the lists of packages of the mirror that this machine uses, and returns its address.
    fn prepare(&self, kind: &str) -> Result<String> {
        let targets = ["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"];
        let mirrors = Shell::new("apt-get").args(targets).arg("Origin: Debian").quiet_output();
        let mirrors = mirrors.ok_or_else(|| Failure::new("apt-get is not installed"))?;
        let mirror = mirrors.lines().next().ok_or_else(|| Failure::new("this is no Debian"))?;
        let folder = self.folder.display();
        for made in ["state/lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(self.folder.join(made))?;
        }
        let keys = "/usr/share/keyrings/debian-archive-keyring.gpg";
        let (suite, architecture) = (&self.suite, &self.architecture);
        for (file, text) in [
            (
                "apt.conf",
                format!(
                    "Dir::State \"{folder}/state\";\nDir::State::status \"{folder}/status\";\n\
                     Dir::Cache \"{folder}/cache\";\nDir::Etc::sourcelist \"{folder}/list\";\n\
                     Dir::Etc::sourceparts \"-\";\nAPT::Architecture \"{architecture}\";\n\
                     APT::Architectures {{ \"{architecture}\"; }};\nAPT::Sandbox::User \"\";\n\
                     Acquire::Languages \"none\";\n"
                ),
            ),
            ("list", format!("{kind} [signed-by={keys}] {mirror} {suite} main\n")),
            ("status", String::new()),
        ] {
            fs::write(self.folder.join(file), text).about(file)?;
        }
        self.get().arg("update").run()?;
        Ok(mirror.to_owned())
    }
}
