//! Which lines and branches of the core its tests reach.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{Depth, Figure};
use crate::{
    failure::{About as _, Failure, Result},
    llvm,
    setup::{Machine, remove_dir},
    shell::{self, Shell, cargo},
};

/// What counts the runs of lines and of both sides of every condition.
const FLAGS: &str = "-Cinstrument-coverage -Zcoverage-options=branch";

/// The least shares, in percent.
const LINES: f64 = 98.0;
const BRANCHES: f64 = 95.0;

/// Runs the core's tests, built so that they count what they reach.
pub(super) fn measure(_: &Machine, _: Depth) -> Result<Vec<Figure>> {
    let tools = llvm::folder()?;
    let target = shell::target().join("coverage");
    let profiles = target.join("profiles");
    remove_dir(&profiles)?;
    fs::create_dir_all(&profiles).about(profiles.display())?;
    let tests = || {
        cargo(["test", "--locked", "--package", "pivotal-webhooks", "--features", "http"])
            .args(["--lib", "--tests", "--target-dir"])
            .arg(&target)
            .env("RUSTFLAGS", FLAGS)
            // Branches are counted by an option of the pinned compiler that is not yet stable.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("LLVM_PROFILE_FILE", profiles.join("%m-%p.profraw"))
    };
    let programs = programs(&tests().args(["--no-run", "--message-format=json"]).output()?)?;
    tests().arg("--quiet").run()?;

    let merged = target.join("tests.profdata");
    Shell::new(tools.join("llvm-profdata"))
        .args(["merge", "--sparse", "--output"])
        .arg(&merged)
        .arg(&profiles)
        .run()?;
    let mut export = Shell::new(tools.join("llvm-cov")).args(["export", "--format=lcov"]);
    export = export.arg("--instr-profile").arg(&merged);
    for program in programs {
        export = export.arg("--object").arg(program);
    }
    let counts = export.arg("--sources").arg(shell::root().join("core/src")).output()?;
    fs::write(target.join("core.lcov"), &counts)?;
    let core = Counts::read(&counts, start_of_tests)?;
    for place in &core.unreached {
        println!("   not reached: {place}");
    }
    Ok(vec![core.lines.figure("lines", LINES), core.branches.figure("branches", BRANCHES)])
}

/// The test programs in cargo's messages.
fn programs(messages: &str) -> Result<Vec<PathBuf>> {
    let mut programs = Vec::new();
    for line in messages.lines() {
        let message: Value = serde_json::from_str(line).about("a message of cargo")?;
        let program = message.get("executable").and_then(Value::as_str);
        programs.extend(program.map(PathBuf::from));
    }
    if programs.is_empty() {
        return Err(Failure::new("cargo built no test"));
    }
    Ok(programs)
}

#[derive(Debug, Default, PartialEq)]
struct Share {
    reached: u32,
    all: u32,
}

impl Share {
    fn count(&mut self, is_reached: bool) {
        self.all = self.all.saturating_add(1);
        self.reached = self.reached.saturating_add(u32::from(is_reached));
    }

    fn figure(&self, what: &str, least: f64) -> Figure {
        let percent = 100.0 * f64::from(self.reached) / f64::from(self.all);
        Figure {
            about: format!("{what} of the core that its tests reach, of {}", self.all),
            measured: format!("{percent:.2} %"),
            goal: format!("at least {least} %"),
            // No line at all is a division by zero, which meets no goal.
            is_met: percent >= least,
        }
    }
}

#[derive(Debug, Default)]
struct Counts {
    lines: Share,
    branches: Share,
    /// `file:line` of each line and each branch that no test reaches.
    unreached: Vec<String>,
}

impl Counts {
    /// Reads LCOV's format, and leaves out what follows the first line of a file's own tests. A line or a
    /// branch that is compiled several times, as a generic function is, is reached if one of these is.
    fn read(text: &str, start_of_tests: impl Fn(&str) -> u32) -> Result<Self> {
        let (mut file, mut end) = (String::new(), u32::MAX);
        let mut lines: BTreeMap<(String, u32), bool> = BTreeMap::new();
        let mut branches: BTreeMap<(String, u32, String), bool> = BTreeMap::new();
        for record in text.lines() {
            let (kind, value) = record.split_once(':').unwrap_or((record, ""));
            let fields: Vec<&str> = value.split(',').collect();
            match (kind, fields.as_slice()) {
                ("SF", _) => {
                    file = relative(value);
                    end = start_of_tests(&file);
                }
                ("DA", [line, count, ..]) => {
                    let line: u32 = line.parse().about(record)?;
                    if line < end {
                        *lines.entry((file.clone(), line)).or_default() |= *count != "0";
                    }
                }
                ("BRDA", [line, block, branch, count]) => {
                    let line: u32 = line.parse().about(record)?;
                    if line < end {
                        let key = (file.clone(), line, format!("{block},{branch}"));
                        *branches.entry(key).or_default() |= !["0", "-"].contains(count);
                    }
                }
                _ => {}
            }
        }
        let mut counts = Self::default();
        for ((file, line), is_reached) in lines {
            counts.lines.count(is_reached);
            if !is_reached {
                counts.unreached.push(format!("{file}:{line}"));
            }
        }
        for ((file, line, branch), is_reached) in branches {
            counts.branches.count(is_reached);
            if !is_reached {
                counts.unreached.push(format!("{file}:{line}, branch {branch}"));
            }
        }
        Ok(counts)
    }
}

/// The line of a source at which its own tests start.
fn start_of_tests(file: &str) -> u32 {
    let text = fs::read_to_string(shell::root().join(file)).unwrap_or_default();
    let before = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    u32::try_from(before.lines().count()).map_or(u32::MAX, |lines| lines.saturating_add(1))
}

fn relative(file: &str) -> String {
    let path = Path::new(file);
    path.strip_prefix(shell::root()).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_reached_if_one_of_its_copies_is_and_tests_are_left_out() {
        let text = "SF:a.rs\nDA:1,3\nDA:2,0\nDA:2,1\nDA:3,0\nBRDA:1,0,0,5\nBRDA:1,0,1,0\n\
                    BRDA:3,1,0,-\nDA:4,1\nBRDA:4,0,0,1\nend_of_record\nSF:b.rs\nDA:1,0\n";
        let counts = Counts::read(text, |_| 4).unwrap_or_default();
        assert_eq!(counts.lines, Share { reached: 2, all: 4 });
        assert_eq!(counts.branches, Share { reached: 1, all: 3 });
        let expected = ["a.rs:3", "b.rs:1", "a.rs:1, branch 0,1", "a.rs:3, branch 1,0"];
        assert_eq!(counts.unreached, expected);
    }

    #[test]
    fn nothing_to_reach_meets_no_goal() {
        assert!(!Share::default().figure("lines", LINES).is_met);
        assert!(Share { reached: 98, all: 100 }.figure("lines", LINES).is_met);
        assert!(!Share { reached: 979, all: 1000 }.figure("lines", LINES).is_met);
    }
}
