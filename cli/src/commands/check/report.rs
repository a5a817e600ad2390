//! The scorecard, as text, JSON and JUnit XML.

use std::fmt::Write as _;

use serde_json::json;

use super::row::{Row, RowResult};
use crate::{
    commands::milliseconds,
    failure::Result,
    output::{BAD, DIM, GOOD, NOTE, Output, TITLE},
    target::Target,
};

/// Writes each row, and the sums.
pub(super) fn write(target: &Target, rows: &[Row], output: &Output) -> Result {
    let count =
        |wanted: fn(&RowResult) -> bool| rows.iter().filter(|row| wanted(&row.result)).count();
    let passed = count(|result| *result == RowResult::Passed);
    let failed = count(|result| matches!(result, RowResult::Failed(_)));
    let skipped = count(|result| matches!(result, RowResult::Skipped(_)));
    if output.is_json() {
        for row in rows {
            output.result(&of_row(row), |_| Ok(()))?;
        }
    }
    let slowest = rows.iter().filter_map(|row| row.latency).max().map(milliseconds);
    let sums = json!({
        "url": target.url, "passed": passed, "failed": failed, "skipped": skipped, "slowest_ms": slowest,
    });
    output.result(&sums, |lines| {
        let mut group = "";
        for row in rows {
            if row.group() != group {
                group = row.group();
                lines.line(format_args!("{TITLE}{group}{TITLE:#}"))?;
            }
            let (style, word, why) = match &row.result {
                RowResult::Passed => (GOOD, "ok", ""),
                RowResult::Failed(why) => (BAD, "FAILED", why.as_str()),
                RowResult::Skipped(why) => (NOTE, "skipped", *why),
            };
            let status = row.status.map_or_else(|| "–".to_owned(), |status| status.to_string());
            let latency = row
                .latency
                .map_or_else(String::new, |latency| format!("{} ms", milliseconds(latency)));
            let name = row.property();
            let line = format!(
                "  {style}{word:<7}{style:#} {name:<36} {status:>3} {DIM}{latency:>8}{DIM:#}  {why}"
            );
            lines.line(line.trim_end())?;
        }
        let style = if failed == 0 { GOOD } else { BAD };
        let skipped = if skipped == 0 { String::new() } else { format!(", {skipped} skipped") };
        lines.line(format_args!(
            "{style}{passed} passed, {failed} failed{style:#}{skipped}: {}",
            target.url
        ))
    })?;
    Ok(())
}

fn of_row(row: &Row) -> serde_json::Value {
    let (result, why) = match &row.result {
        RowResult::Passed => ("passed", None),
        RowResult::Failed(why) => ("failed", Some(why.as_str())),
        RowResult::Skipped(why) => ("skipped", Some(*why)),
    };
    json!({
        "row": row.name,
        "result": result,
        "reason": why,
        "status": row.status,
        "latency_ms": row.latency.map(milliseconds),
    })
}

/// The scorecard as JUnit XML, which test services read.
pub(super) fn junit(target: &Target, rows: &[Row]) -> String {
    let failed = rows.iter().filter(|row| row.is_failed()).count();
    let skipped = rows.iter().filter(|row| matches!(row.result, RowResult::Skipped(_))).count();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a string can't fail.
    let _ = writeln!(
        xml,
        "<testsuite name=\"{}\" tests=\"{}\" failures=\"{failed}\" skipped=\"{skipped}\">",
        escaped(&target.url),
        rows.len()
    );
    for row in rows {
        let time = row.latency.unwrap_or_default().as_secs_f64();
        let _ = write!(
            xml,
            "  <testcase classname=\"{}\" name=\"{}\" time=\"{time:.3}\"",
            escaped(row.group()),
            escaped(row.property())
        );
        let _ = match &row.result {
            RowResult::Passed => writeln!(xml, "/>"),
            RowResult::Failed(why) => {
                writeln!(xml, ">\n    <failure message=\"{}\"/>\n  </testcase>", escaped(why))
            }
            RowResult::Skipped(why) => {
                writeln!(xml, ">\n    <skipped message=\"{}\"/>\n  </testcase>", escaped(why))
            }
        };
    }
    xml + "</testsuite>\n"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_for_xml() {
        assert_eq!(escaped("a<b>&\"c\""), "a&lt;b&gt;&amp;&quot;c&quot;");
    }
}
