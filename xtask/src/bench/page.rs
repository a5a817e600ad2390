//! The page and its charts, made of the tables.

use serde_json::{Value, json};

use super::{
    Shown, goals,
    table::{Column, Table, quartiles, scaling},
};
use crate::{assure, failure::Result, template};

/// A file and its text.
pub(super) type File = (String, String);

/// The page and its charts.
pub(super) fn files(measured: Vec<Shown>) -> Result<Vec<File>> {
    let (mut tables, facts): (Vec<Table>, Vec<Value>) = measured.into_iter().unzip();
    let mut shown: Vec<Value> = Vec::new();
    let mut charts = Vec::new();
    for (table, facts) in tables.iter().zip(&facts) {
        let chart = CHARTS.iter().find(|chart| chart.table == table.name);
        shown.push(table_value(table, facts, chart));
        if let Some(chart) = chart {
            let file = chart.file();
            charts.push((
                format!("docs/{file}"),
                template::render("chart.svg", &chart.facts(table))?,
            ));
        }
    }
    if let Some(lines) = scaling(&tables) {
        shown.push(table_value(&lines, &Value::Null, None));
        tables.push(lines);
    }
    let (goals, floors) = goals::rows(&tables);
    let facts = json!({
        "compiler": assure::printed("rustc", &["--version"])?,
        "processor": assure::processor(),
        "tables": shown,
        "goals": goals,
        "floors": floors,
    });
    charts.push(("docs/benchmarks.md".into(), template::render("benchmarks.md", &facts)?));
    Ok(charts)
}

/// The median of each case, by column.
fn table_value(table: &Table, measured: &Value, chart: Option<&Chart>) -> Value {
    let columns = table.columns();
    let rows: Vec<_> = table
        .cases()
        .into_iter()
        .map(|case| {
            let values = columns
                .iter()
                .map(|column| table.median(column, case).map_or_else(|| "–".into(), number));
            json!({ "case": case, "values": values.collect::<Vec<_>>() })
        })
        .collect();
    let Table { name, about, runtime, clock, unit, .. } = table;
    let count = table.rows.first().map_or(0, |row| row.rounds.len());
    let columns: Vec<_> = columns.into_iter().map(Column::text).collect();
    json!({
        "name": name, "about": about, "runtime": runtime, "clock": clock, "count": count,
        "unit": unit, "columns": columns, "rows": rows, "measured": measured,
        "chart": chart.map(|chart| json!({ "file": chart.file(), "title": chart.title })),
    })
}

/// Three digits at least.
fn number(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0..100.0 => format!("{value:.1}"),
        1.0..10.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// How much longer others take than one case of a table.
struct Chart {
    table: &'static str,
    /// The case that the others are compared with.
    case: &'static str,
    others: &'static [&'static str],
    title: &'static str,
}

const CHARTS: &[Chart] = &[
    Chart {
        table: "rust",
        case: "verify_signature",
        others: &["svix", "standardwebhooks"],
        title: "Rust: time of others divided by that of verify_signature",
    },
    Chart {
        table: "node",
        case: "native",
        others: &["svix", "standardwebhooks", "stripe", "octokit", "WebCrypto", "by hand", "wasm"],
        title: "Node: time of others divided by that of verifySignature, native",
    },
    Chart {
        table: "python",
        case: "verify_signature",
        others: &["svix", "standardwebhooks", "stripe", "by hand", "hmac.digest"],
        title: "Python: time of others divided by that of verify_signature",
    },
];

/// Lengths of a chart, in pixels.
const NAMES: f64 = 130.0;
const CELL: f64 = 132.0;
const BAR: f64 = 84.0;
const HEAD: f64 = 64.0;
const LINE: f64 = 26.0;
/// The ratio whose bar fills a cell. Longer ones end there.
const LONGEST: f64 = 64.0;

impl Chart {
    /// The chart's file, beside the page.
    fn file(&self) -> String {
        format!("benchmarks/{}.svg", self.table)
    }

    fn facts(&self, table: &Table) -> Value {
        let columns = table.columns();
        let others: Vec<_> =
            self.others.iter().filter(|other| table.cases().contains(*other)).collect();
        let mut y = HEAD;
        let rows: Vec<Value> = others
            .into_iter()
            .map(|other| {
                let mut x = NAMES;
                let cells: Vec<Value> = columns
                    .iter()
                    .map(|column| {
                        let cell = self.ratio(table, column, other).map(|ratio| {
                            let length = ratio.max(1.0).ln() / LONGEST.ln() * BAR;
                            let length = length.clamp(0.0, BAR);
                            json!({
                                "x": x, "length": format!("{length:.1}"),
                                "text_x": format!("{:.1}", x + length + 6.0),
                                "text": format!("{ratio:.1} ×"), "is_faster": ratio < 1.0,
                            })
                        });
                        x += CELL;
                        cell.unwrap_or(Value::Null)
                    })
                    .collect();
                let row = json!({ "name": other, "y": y, "text_y": y + 13.0, "cells": cells });
                y += LINE;
                row
            })
            .collect();
        let mut x = NAMES;
        let heads: Vec<Value> = columns
            .iter()
            .map(|column| {
                let head = json!({ "x": x, "text": size(&column.text()) });
                x += CELL;
                head
            })
            .collect();
        json!({
            "title": self.title, "heads": heads, "rows": rows, "width": x, "height": y + 26.0,
            "foot_y": y + 14.0, "axis": { "top": HEAD - 6.0, "bottom": y - 4.0 },
        })
    }

    fn ratio(&self, table: &Table, column: &Column, other: &str) -> Option<f64> {
        let own = table.rounds(column, self.case)?;
        let others = table.rounds(column, other)?;
        Some(quartiles(others.iter().zip(own).map(|(other, own)| other / own)).1)
    }
}

/// A number of bytes as people say it.
fn size(bytes: &str) -> String {
    match bytes.parse::<u64>() {
        Ok(bytes) if bytes >= 1 << 20 => format!("{} MiB", bytes >> 20),
        Ok(bytes) if bytes >= 1 << 10 => format!("{} KiB", bytes >> 10),
        Ok(bytes) => format!("{bytes} B"),
        Err(_) => bytes.into(),
    }
}
