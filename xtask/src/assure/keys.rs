//! Branches and addresses that depend on a key.

use super::{Depth, Figure, VALGRIND, build, program};
use crate::{
    failure::{About as _, Failure, Result},
    setup::Machine,
    shell::Shell,
};

/// Runs the core under memcheck, with its keys marked.
pub(super) fn measure(_: &Machine, _: Depth) -> Result<Vec<Figure>> {
    build()?;
    let output = Shell::new(VALGRIND)
        .args(["--tool=memcheck", "--error-limit=no", "--quiet", "--log-file=/dev/null"])
        .arg(program("secrets"))
        .output()?;
    let mut cases = Vec::new();
    let mut controls = Vec::new();
    for line in output.lines() {
        let (name, reports) = line.split_once('\t').about_line(line)?;
        let reports: u32 = reports.parse().about(line)?;
        match name.strip_prefix("control, ") {
            Some(control) => controls.push((control.to_owned(), reports)),
            None => cases.push((name.to_owned(), reports)),
        }
    }
    let total: u32 = cases.iter().map(|(_, reports)| reports).sum();
    let mut figures = vec![Figure {
        about: format!("reports in {} cases of the core", cases.len()),
        measured: total.to_string(),
        goal: "0".into(),
        is_met: total == 0 && !cases.is_empty(),
    }];
    figures.extend(cases.into_iter().filter(|(_, reports)| *reports > 0).map(|(name, reports)| {
        Figure { about: name, measured: reports.to_string(), goal: "0".into(), is_met: false }
    }));
    figures.extend(controls.into_iter().map(|(name, reports)| Figure {
        about: format!("reports in a control that {name}"),
        measured: reports.to_string(),
        goal: "at least 1".into(),
        is_met: reports > 0,
    }));
    Ok(figures)
}

trait AboutLine<T> {
    fn about_line(self, line: &str) -> Result<T>;
}

impl<T> AboutLine<T> for Option<T> {
    fn about_line(self, line: &str) -> Result<T> {
        self.ok_or_else(|| Failure::new(format!("a line of another form was printed: {line}")))
    }
}
