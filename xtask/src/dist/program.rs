//! The command-line tool as packages with one program each: a wheel and a package of npm.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use super::{
    artefact::{Program, Runtime},
    build, folder,
    record::Step,
    tools::Tools,
    trial::{self, registry::Registry},
};
use crate::{
    failure::{About as _, Failure, Result},
    setup,
    shell::{self, Shell},
    stamp::unless_fresh,
    tool,
};

/// The name of its package in every registry.
pub(super) const PACKAGE: &str = "pivotal-webhooks-cli";

/// The largest package, in bytes.
const MAX_SIZE: u64 = 3_000_000;

/// Builds both packages of a platform.
pub(super) fn build(tools: &Tools, program: &Program) -> Result<Step> {
    let Program { platform, target: Some(target), options } = program else {
        return Ok(Step::Left("it needs Microsoft's SDK; the release workflow builds it".into()));
    };
    if let Err(lacking) = build::compiler(&[target]) {
        return Ok(Step::Left(lacking.to_string()));
    }
    let place = shell::work().join("dist/programs").join(platform);
    let (wheels, programs) = (place.join("wheels"), place.join("programs"));
    let file = program_file(platform);
    unless_fresh(
        &format!("tool {platform}"),
        &[&setup::RUST, tool::SOURCES, &["packaging/clean.py"]].concat(),
        &[&[*target], *options].concat(),
        std::slice::from_ref(&place),
        || {
            setup::remove_dir(&place)?;
            let cargo_target = shell::work().join("dist/cargo");
            let built = build_wheel(tools, program, &shell::root(), &cargo_target, &wheels)?;
            fs::create_dir_all(programs.join(platform))?;
            fs::copy(built, &file).about(file.display()).map(drop)
        },
    )?;
    let made = wheel_file(platform)?;
    let wheel = folder().join("wheels").join(made.file_name().unwrap_or_default());
    fs::copy(&made, &wheel).about(made.display())?;
    tools.scan_archive(&wheel)?;
    let packed = packed(&programs)?;
    let version = env!("CARGO_PKG_VERSION");
    let package = format!("{PACKAGE}-{platform}-{version}.tgz");
    let package = build::publish(tools, &packed, &package)?;
    let needs = build::needs(tools, &file)?;
    let [wheel, package] = [&wheel, &package].map(|file| build::size_of(file, MAX_SIZE));
    Ok(Step::Done(format!("wheel {}, npm {}, needs {needs}", wheel?, package?)))
}

/// Builds the wheel from a copy of the sources in a folder, and returns the program.
pub(super) fn build_wheel(
    tools: &Tools,
    program: &Program,
    source: &Path,
    cargo_target: &Path,
    out: &Path,
) -> Result<PathBuf> {
    let target = program.target.unwrap_or_default();
    tools
        .python(["-m", "maturin", "build", "--release", "--locked", "--quiet"])
        .args(["--manifest-path", tool::MANIFEST, "--target", target])
        .args(program.options)
        .arg("--out")
        .arg(out)
        .env("CARGO_TARGET_DIR", cargo_target)
        .env("MACOSX_DEPLOYMENT_TARGET", build::OLDEST_MACOS)
        .env("CARGO_ENCODED_RUSTFLAGS", build::remapped_paths(source).join("\u{1f}"))
        .dir(source)
        .run()?;
    let clean = tools.python(["packaging/clean.py"]).arg(setup::only_file(out)?);
    clean.dir(source).run()?;
    Ok(cargo_target.join(target).join("release").join(file_name(program.platform)))
}

/// The wheel of a platform as it was built.
pub(super) fn wheel_file(platform: &str) -> Result<PathBuf> {
    setup::only_file(&shell::work().join("dist/programs").join(platform).join("wheels"))
}

/// The program of a platform as it was built.
pub(super) fn program_file(platform: &str) -> PathBuf {
    let programs = shell::work().join("dist/programs").join(platform).join("programs");
    programs.join(platform).join(file_name(platform))
}

/// Packs the packages of npm: the launcher, and the programs in a folder.
pub(super) fn packed(programs: &Path) -> Result<PathBuf> {
    let out = shell::work().join("dist/packed tool");
    Shell::new("node").arg("cli/npm/pack.mjs").args([&out, programs]).run()?;
    Ok(out)
}

/// Installs both packages as pip and npm install them for the platform, and uses their programs.
pub(super) fn run(
    tools: &Tools,
    registry: Option<&Registry>,
    program: &Program,
    runtime: Runtime,
) -> Result<Step> {
    let registry = registry.ok_or_else(|| Failure::new("there is no registry"))?;
    let platform = program.platform;
    let start = match trial::start(tools, runtime) {
        Ok(Some(start)) => start,
        Ok(None) => return Ok(Step::Left("this machine can't run it".into())),
        Err(lacking) => return Ok(Step::Left(lacking.to_string())),
    };
    let wheel = wheel_file(platform)?;
    let scripts = installed(tools, &wheel)?.join("bin");
    let name = format!("cli {platform}");
    let project = registry.project(&name, PACKAGE, &trial::npm_platform(platform))?;
    let modules = project.join("node_modules");
    let of_npm = modules.join(format!("{PACKAGE}-{platform}"));
    for folder in [scripts, of_npm] {
        let file = folder.join(file_name(platform));
        answers(tools, &[start.as_slice(), &[file.into()]].concat())?;
    }
    if runtime != Runtime::Native {
        return Ok(Step::Done(format!("both programs, {}", runtime.name())));
    }
    tools.python(["cli/tests/packages/wheel.py"]).arg(wheel).run()?;
    let launcher = modules.join(PACKAGE).join("launch.js");
    let mut versions = Vec::new();
    for node in tools.machine.nodes() {
        let version = Shell::new(&node).arg("--version").output()?;
        versions.push(version.trim().trim_start_matches('v').to_owned());
        answers(tools, &[node.into(), launcher.clone().into()])?;
    }
    let versions = versions.join(", ");
    Ok(Step::Done(format!("both programs; npm's command under Node {versions}")))
}

/// A folder into which pip has installed a wheel by the name of the package, for the wheel's platform.
fn installed(tools: &Tools, wheel: &Path) -> Result<PathBuf> {
    let place = shell::work().join("dist/trial tool");
    setup::remove_dir(&place)?;
    let name = wheel.file_stem().unwrap_or_default().to_string_lossy();
    let platform = name.rsplit(['-', '.']).next().unwrap_or_default();
    tools
        .python(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(["--no-index", "--no-cache-dir", "--only-binary=:all:", "--find-links"])
        .arg(folder().join("wheels"))
        .args(["--platform", platform, "--target"])
        .arg(&place)
        .arg(PACKAGE)
        .run()?;
    Ok(place)
}

/// Packs the sources for pip.
pub(super) fn sdist(tools: &Tools) -> Result<Step> {
    let out = shell::work().join("dist/tool sdist");
    setup::remove_dir(&out)?;
    let maturin = tools.python(["-m", "maturin", "sdist"]);
    maturin.args(["--manifest-path", tool::MANIFEST, "--out"]).arg(&out).run()?;
    let made = setup::only_file(&out)?;
    let file = folder().join("wheels").join(made.file_name().unwrap_or_default());
    fs::copy(&made, &file).about(made.display())?;
    tools.scan_archive(&file)?;
    Ok(Step::Done(build::size_of(&file, MAX_SIZE)?))
}

/// Lets pip build the sources, and uses the wheel. It is not optimised: the sources are on trial.
pub(super) fn run_sdist(tools: &Tools) -> Result<Step> {
    let place = shell::work().join("dist/tool from sdist");
    // All files of the archive have the same time, so cargo would not see them as new.
    setup::remove_dir(&place)?;
    let (wheels, target) = (place.join("wheels"), place.join("target"));
    let sdist = setup::only_file(&shell::work().join("dist/tool sdist"))?;
    tools
        .python(["-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"])
        .args(["--no-index", "--no-build-isolation", "--no-cache-dir", "--wheel-dir"])
        .args([&wheels, &sdist])
        .env("CARGO_TARGET_DIR", &target)
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .run()?;
    tools.python(["cli/tests/packages/wheel.py"]).arg(setup::only_file(&wheels)?).run()?;
    Ok(Step::Done("the program that pip builds".into()))
}

/// Lets a command verify a genuine and a forged delivery, and compares its version.
pub(super) fn answers(tools: &Tools, command: &[OsString]) -> Result {
    let answer = tools.python(["cli/tests/packages/answers.py"]).args(command).output()?;
    if answer.trim() == version() {
        Ok(())
    } else {
        Err(Failure::new(format!("the program says that it is {answer}")))
    }
}

/// What the tool says to `--version`.
fn version() -> String {
    format!("pivotal-webhooks {}", env!("CARGO_PKG_VERSION"))
}

fn file_name(platform: &str) -> &'static str {
    if platform.starts_with("win32") { "pivotal-webhooks.exe" } else { "pivotal-webhooks" }
}
