//! The CPythons that wheels are run in.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use super::{
    super::{
        artefact::Runtime,
        tools::{NEWEST_SUITE, Tools},
    },
    emulated,
};
use crate::{
    debian,
    failure::{About as _, Failure, Result},
    setup,
    shell::{self, Shell},
    stamp::unless_fresh,
};

/// The interface of the wheels that serve every CPython with the global lock.
const ABI3: &str = "abi3";

/// A CPython.
pub(crate) enum Python {
    /// It makes virtual environments and has pip.
    Here(PathBuf),
    /// It runs through a loader or an emulator, so that this machine's pip installs into its virtual
    /// environments.
    Elsewhere {
        /// The command, whose last word is the path of the Python.
        start: Vec<OsString>,
        version: &'static str,
        abi: &'static str,
        platform: &'static str,
    },
}

/// The CPythons of a system, and why some are not there.
pub(crate) fn of(tools: &Tools, runtime: Runtime) -> (Vec<Python>, Vec<String>) {
    let found = match runtime {
        Runtime::Native => {
            let here = tools.machine.distinct_pythons(false);
            let mut all: Vec<_> = here.into_iter().map(|python| Ok(Python::Here(python))).collect();
            if tools.machine.python_of((3, 14)).is_none() {
                all.push(newest());
            }
            all
        }
        Runtime::FreeThreaded => {
            let here = tools.machine.distinct_pythons(true).into_iter().find(|python| {
                let script = "import sys; sys.exit(sys.version_info[:2] != (3, 14))";
                Shell::new(python).args(["-c", script]).quiet_output().is_some()
            });
            vec![here.map_or_else(|| free_threaded(tools), |python| Ok(Python::Here(python)))]
        }
        Runtime::Arm64 => vec![arm64()],
        Runtime::Musl => vec![musl(tools, "x86_64")],
        Runtime::Arm64Musl => vec![musl(tools, "aarch64")],
        Runtime::Windows | Runtime::None => Vec::new(),
    };
    let (mut pythons, mut lacking) = (Vec::new(), Vec::new());
    for python in found {
        match python {
            Ok(python) => pythons.push(python),
            Err(failure) => lacking.push(failure.to_string()),
        }
    }
    (pythons, lacking)
}

impl Python {
    /// Installs a wheel into a fresh virtual environment, runs all vectors and a receiver, and returns the report.
    pub(crate) fn receive(&self, tools: &Tools, wheel: &Path) -> Result<String> {
        let place = shell::work().join("dist/trial python");
        setup::remove_dir(&place)?;
        let wheels = wheel.parent().unwrap_or(wheel);
        match self {
            Self::Here(python) => {
                Shell::new(python).args(["-m", "venv"]).arg(&place).run()?;
                let python = place.join(setup::IN_ENVIRONMENT).join("python");
                setup::pip_install(&python)
                    .args(["--no-index", "--no-cache-dir", "--find-links"])
                    .arg(wheels)
                    .args(["--only-binary=:all:", "pivotal-webhooks"])
                    .run()?;
                Shell::new(python).arg("packaging/receive.py").output()
            }
            Self::Elsewhere { start, version, abi, platform } => {
                shell_of(start)?.args(["-m", "venv", "--without-pip"]).arg(&place).run()?;
                let inside = inside(start, &place);
                let print = "import sysconfig; print(sysconfig.get_path('purelib'))";
                let packages = shell_of(&inside)?.args(["-c", print]).output()?;
                tools
                    .python(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
                    .args(["--no-index", "--no-cache-dir", "--no-compile", "--find-links"])
                    .arg(wheels)
                    .args(["--only-binary=:all:", "--implementation", "cp", "--abi", abi])
                    .args(["--python-version", version, "--platform", platform, "--target"])
                    .args([packages.trim(), "pivotal-webhooks"])
                    .run()?;
                shell_of(&inside)?
                    .arg("packaging/receive.py")
                    .env("PYTHONDONTWRITEBYTECODE", "1")
                    .output()
            }
        }
    }
}

/// The command that starts the Python of a virtual environment, where `start` starts the Python that made
/// it, by a loader or an emulator.
fn inside(start: &[OsString], environment: &Path) -> Vec<OsString> {
    let mut words = start.to_vec();
    words.pop();
    words.push(environment.join(setup::IN_ENVIRONMENT).join("python").into());
    words
}

fn shell_of(words: &[OsString]) -> Result<Shell> {
    let (program, rest) = words.split_first().ok_or_else(|| Failure::new("no command"))?;
    Ok(Shell::new(program).args(rest))
}

/// CPython 3.14 of Debian's newest suite, with that suite's C library.
fn newest() -> Result<Python> {
    let root = debian::unpacked(NEWEST_SUITE, "amd64", &["python3.14"])?;
    let start = vec![
        root.join("usr/lib64/ld-linux-x86-64.so.2").into(),
        "--library-path".into(),
        root.join("usr/lib/x86_64-linux-gnu").into(),
        root.join("usr/bin/python3.14").into(),
    ];
    checked(Python::Elsewhere {
        start,
        version: "3.14",
        abi: ABI3,
        platform: "manylinux_2_17_x86_64",
    })
}

/// The system root of arm64 with glibc, which has a CPython.
pub(crate) fn arm64_root() -> Result<PathBuf> {
    debian::unpacked("trixie", "arm64", &["python3.13", "libstdc++6", "libatomic1"])
}

fn arm64() -> Result<Python> {
    let root = arm64_root()?;
    let python = root.join("usr/bin/python3.13");
    let start = emulated(&root)?.arg(python).words();
    checked(Python::Elsewhere {
        start,
        version: "3.13",
        abi: ABI3,
        platform: "manylinux_2_17_aarch64",
    })
}

/// CPython linked with musl: built by zig from Debian's source.
fn musl(tools: &Tools, architecture: &'static str) -> Result<Python> {
    let (debian, platform) = match architecture {
        "x86_64" => ("amd64", "musllinux_1_2_x86_64"),
        _ => ("arm64", "musllinux_1_2_aarch64"),
    };
    let root = tools.musl_root(debian)?;
    let python = built_for_musl(tools, architecture)?;
    let loader = root.join(format!("usr/lib/ld-musl-{architecture}.so.1"));
    let command = if architecture == std::env::consts::ARCH {
        Shell::new(loader)
    } else {
        emulated(&root)?.arg(loader)
    };
    let start = command.arg(python).words();
    checked(Python::Elsewhere { start, version: "3.13", abi: ABI3, platform })
}

/// Builds CPython 3.13 for musl. The build runs no program of the target, but the new library in a
/// CPython of this machine, which has to be of the same patch version: the one of the same suite.
fn built_for_musl(tools: &Tools, architecture: &str) -> Result<PathBuf> {
    let folder = shell::work().join(format!("dist/cpython-{architecture}"));
    fs::create_dir_all(&folder)?;
    let (here, compiler) = (folder.join("python"), folder.join("cc"));
    let root = debian::unpacked("trixie", "amd64", &["python3.13"])?;
    fs::write(
        &here,
        format!(
            "#!/bin/sh\nexec '{0}/usr/lib64/ld-linux-x86-64.so.2' --library-path \
             '{0}/usr/lib/x86_64-linux-gnu' '{0}/usr/bin/python3.13' \"$@\"\n",
            root.display()
        ),
    )?;
    fs::write(
        &compiler,
        format!(
            "#!/bin/sh\n[ \"$1\" = --print-multiarch ] && {{ echo {architecture}-linux-musl; exit; }}\n\
             exec python -m ziglang cc -target {architecture}-linux-musl -dynamic \"$@\"\n"
        ),
    )?;
    Shell::new("chmod").arg("+x").args([&here, &compiler]).run()?;
    let options = [
        &format!("CC={}", compiler.display()),
        &format!("--with-build-python={}", here.display()),
        "AR=python -m ziglang ar",
        "READELF=readelf",
        "PKG_CONFIG=false",
        // zig refuses the date that CPython states of its build.
        "CFLAGS=-O1 -Wno-date-time",
        &format!("--build={}-linux-gnu", std::env::consts::ARCH),
        &format!("--host={architecture}-linux-musl"),
        "ac_cv_file__dev_ptmx=yes",
        "ac_cv_file__dev_ptc=no",
        "--disable-ipv6",
    ];
    built(tools, ("trixie", "3.13", "3.13"), &folder, &options)
}

/// CPython 3.14 without the global lock: built from Debian's source.
fn free_threaded(tools: &Tools) -> Result<Python> {
    let folder = shell::work().join("dist/cpython-free-threaded");
    let options = ["--disable-gil", "CFLAGS=-O1"];
    let python = built(tools, (NEWEST_SUITE, "3.14", "3.14t"), &folder, &options)?;
    let (version, platform) = ("3.14", "manylinux_2_17_x86_64");
    checked(Python::Elsewhere { start: vec![python.into()], version, abi: "cp314t", platform })
}

/// Builds a CPython of the source in a suite of Debian, unless it is in the folder.
fn built(
    tools: &Tools,
    (suite, version, name): (&str, &str, &str),
    folder: &Path,
    options: &[&str],
) -> Result<PathBuf> {
    let (build, installed) = (folder.join("build"), folder.join("installed"));
    let python = installed.join("bin").join(format!("python{name}"));
    let source = debian::source(suite, &format!("python{version}")).map_err(|_| {
        let lacking =
            format!("no registry has CPython {name}, and Debian's mirror lacks its source");
        Failure::new(lacking)
    })?;
    let made = folder.file_name().unwrap_or_default().to_string_lossy();
    unless_fresh(&made, &[], options, std::slice::from_ref(&python), || {
        for folder in [&build, &installed] {
            setup::remove_dir(folder)?;
        }
        fs::create_dir_all(&build)?;
        tools
            .program(source.join("configure"))
            .args(["--without-ensurepip", "--disable-test-modules", "--quiet", "--prefix"])
            .arg(&installed)
            .args(options)
            .dir(&build)
            .run()?;
        for goal in [["--silent", "-j2"].as_slice(), &["--silent", "install"]] {
            // It lists a thousand files.
            tools.program("make").args(goal).dir(&build).output()?;
        }
        Ok(())
    })?;
    Ok(python)
}

/// A CPython that starts.
fn checked(python: Python) -> Result<Python> {
    if let Python::Elsewhere { start, version, .. } = &python {
        let started = shell_of(start)?.args(["-c", "import json, http.client"]).run();
        started.about(format!("CPython {version} does not start"))?;
    }
    Ok(python)
}
