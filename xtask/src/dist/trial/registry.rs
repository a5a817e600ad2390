//! A local npm registry with the packages that were built, from which projects install them by name.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::Child,
    thread,
    time::{Duration, Instant},
};

use super::super::{folder, tools::Tools};
use crate::{
    failure::{Failure, Result},
    setup::{self, npm},
    shell::{self, Shell},
    stamp::unless_fresh,
};

/// The registry. It ends when it is dropped.
pub(crate) struct Registry {
    server: Child,
    address: String,
}

impl Registry {
    /// Starts the registry and publishes every package in `target/dist/npm`.
    pub(crate) fn start(tools: &Tools) -> Result<Self> {
        let place = shell::work().join("dist/registry");
        let installed = place.join("node_modules");
        let lock = "packaging/package-lock.json";
        unless_fresh("npm registry", &[lock, "packaging/package.json"], &[], &[installed], || {
            fs::create_dir_all(&place)?;
            for name in ["package.json", "package-lock.json"] {
                fs::copy(shell::root().join("packaging").join(name), place.join(name))?;
            }
            npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).dir(&place).run()
        })?;
        setup::remove_dir(&place.join("storage"))?;
        fs::write(
            place.join("config.yaml"),
            "storage: ./storage\nuplinks: {}\npackages:\n  '**':\n    access: $all\n    \
             publish: $anonymous\nmax_body_size: 20mb\nlog: { type: stdout, level: error }\n",
        )?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let node = tools.machine.nodes().pop().unwrap_or_else(|| "node".into());
        let server = Shell::new(node)
            .arg(place.join("node_modules/verdaccio/bin/verdaccio"))
            .arg("--config")
            .arg(place.join("config.yaml"))
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .into_command()
            .spawn()?;
        let registry = Self { server, address: format!("127.0.0.1:{port}") };
        registry.wait()?;
        for package in fs::read_dir(folder().join("npm"))? {
            registry.npm(["publish", "--silent"]).arg(package?.path()).run()?;
        }
        Ok(registry)
    }

    /// A new project that has installed a package by its name, for a platform.
    pub(crate) fn project(
        &self,
        name: &str,
        package: &str,
        platform: &[impl AsRef<str>],
    ) -> Result<PathBuf> {
        let project = shell::work().join("dist/projects").join(name);
        setup::remove_dir(&project)?;
        fs::create_dir_all(&project)?;
        fs::write(project.join("package.json"), "{ \"private\": true }")?;
        self.npm(["install", "--silent", "--no-audit", "--no-fund"])
            .args(platform.iter().map(AsRef::as_ref))
            .arg("--cache")
            .arg(project.join("cache"))
            .arg(package)
            .dir(&project)
            .run()?;
        Ok(project)
    }

    fn npm<const N: usize>(&self, arguments: [&str; N]) -> Shell {
        // npm does not publish without a token, although the registry asks for none.
        let token = format!("--//{}/:_authToken=none", self.address);
        npm(arguments).arg(format!("--registry=http://{}/", self.address)).arg(token)
    }

    fn wait(&self) -> Result {
        let start = Instant::now();
        while TcpStream::connect(&self.address).is_err() {
            if start.elapsed() > Duration::from_secs(60) {
                return Err(Failure::new("the npm registry does not listen"));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // Both fail only if the registry has ended by itself.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
