//! The command-line tool as packages with one program each: a wheel and a package of npm.

use std::{fs, path::Path};

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

/// The largest package, in bytes.
const MAX_SIZE: u64 = 3_000_000;

/// Builds both packages of a platform.
pub(super) fn build(tools: &Tools, program: &Program) -> Result<Step> {
    let Program { platform, target, options } = program;
    let Some(target) = target else {
        return Ok(Step::Left("it needs Microsoft's SDK; the release workflow builds it".into()));
    };
    if let Err(lacking) = build::compiler(&[target]) {
        return Ok(Step::Left(lacking.to_string()));
    }
    let place = shell::work().join("dist/programs").join(platform);
    let (wheels, programs) = (place.join("wheels"), place.join("programs"));
    let file = programs.join(platform).join(file_name(platform));
    unless_fresh(
        &format!("tool {platform}"),
        &[&setup::RUST, tool::SOURCES, &["packaging/clean.py"]].concat(),
        &[&[*target], *options].concat(),
        std::slice::from_ref(&place),
        || {
            setup::remove_dir(&place)?;
            let cargo_target = shell::work().join("dist/cargo");
            let flags = build::remapped_paths(&shell::root());
            tools
                .python(["-m", "maturin", "build", "--release", "--locked", "--quiet"])
                .args(["--manifest-path", tool::MANIFEST, "--target", target])
                .args(*options)
                .arg("--out")
                .arg(&wheels)
                .env("CARGO_TARGET_DIR", &cargo_target)
                .env("MACOSX_DEPLOYMENT_TARGET", build::OLDEST_MACOS)
                .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
                .run()?;
            let made = setup::only_file(&wheels)?;
            tools.python(["packaging/clean.py"]).arg(made).run()?;
            let built = cargo_target.join(target).join("release").join(file_name(platform));
            fs::create_dir_all(programs.join(platform))?;
            fs::copy(built, &file).about(file.display()).map(drop)
        },
    )?;
    let made = setup::only_file(&wheels)?;
    let wheel = folder().join("wheels").join(made.file_name().unwrap_or_default());
    fs::copy(&made, &wheel).about(made.display())?;
    tools.refuse_paths(&wheel)?;
    let packed = packed(&programs)?;
    let version = env!("CARGO_PKG_VERSION");
    let package = format!("pivotal-webhooks-cli-{platform}-{version}.tgz");
    let package = build::publish(&packed, &package)?;
    let needs = build::needs(tools, &file)?;
    let [wheel, package] = [&wheel, &package].map(|file| build::size_of(file, MAX_SIZE));
    Ok(Step::Done(format!("wheel {}, npm {}, needs {needs}", wheel?, package?)))
}

/// Packs the packages of npm: the launcher, and the programs in a folder.
pub(super) fn packed(programs: &Path) -> Result<std::path::PathBuf> {
    let out = shell::work().join("dist/packed tool");
    Shell::new("node").arg("cli/npm/pack.mjs").args([&out, programs]).run()?;
    Ok(out)
}

/// Installs and uses both packages, or runs the program that npm installs for another platform.
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
    let project = registry.project(
        &format!("cli {platform}"),
        "pivotal-webhooks-cli",
        &trial::npm_platform(platform),
    )?;
    let modules = project.join("node_modules");
    let installed = modules.join(format!("pivotal-webhooks-cli-{platform}"));
    let mut commands = vec![[start, vec![installed.join(file_name(platform)).into()]].concat()];
    if runtime == Runtime::Native {
        let launcher = modules.join("pivotal-webhooks-cli/launch.js");
        let nodes = tools.machine.nodes().into_iter();
        commands.extend(nodes.map(|node| vec![node.into(), launcher.clone().into()]));
        let wheels = shell::work().join("dist/programs").join(platform).join("wheels");
        let wheel = setup::only_file(&wheels)?;
        tools.python(["cli/tests/packages/wheel.py"]).arg(wheel).run()?;
    }
    let expected = format!("pivotal-webhooks {}", env!("CARGO_PKG_VERSION"));
    for command in commands {
        let version = tools.python(["cli/tests/packages/answers.py"]).args(command).output()?;
        if version.trim() != expected {
            return Err(Failure::new(format!("the program says that it is {version}")));
        }
    }
    Ok(Step::Done(expected))
}

fn file_name(platform: &str) -> &'static str {
    if platform.starts_with("win32") { "pivotal-webhooks.exe" } else { "pivotal-webhooks" }
}
