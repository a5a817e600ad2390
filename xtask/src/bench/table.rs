//! The tables that the parts leave, and what is computed from them.

use serde::{Deserialize, Serialize};

/// The tables of a part, and when they were measured.
#[derive(Deserialize, Serialize)]
pub(super) struct Measured {
    pub(super) date: String,
    pub(super) commit: String,
    pub(super) load: String,
    pub(super) tables: Vec<Table>,
}

/// What a bench writes.
#[derive(Deserialize, Serialize)]
pub(super) struct Table {
    pub(super) name: String,
    /// What the cases are, in sentences.
    pub(super) about: String,
    pub(super) runtime: String,
    pub(super) clock: String,
    /// What the numbers and the columns are, as the beginning of a sentence.
    #[serde(default = "nanoseconds_by_size")]
    pub(super) unit: String,
    pub(super) rows: Vec<Row>,
}

fn nanoseconds_by_size() -> String {
    "Nanoseconds per call, by the size of the body in bytes".into()
}

/// One case in one column.
#[derive(Deserialize, Serialize)]
pub(super) struct Row {
    pub(super) column: Column,
    pub(super) case: String,
    /// The value of every round.
    pub(super) rounds: Vec<f64>,
}

/// A column is the amount that a case was measured with, or has a name.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Column {
    Amount(u64),
    Named(String),
}

impl Column {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Amount(amount) => amount.to_string(),
            Self::Named(name) => name.clone(),
        }
    }
}

impl Table {
    /// The columns in the order in which they were measured.
    pub(super) fn columns(&self) -> Vec<&Column> {
        let mut columns = Vec::new();
        for Row { column, .. } in &self.rows {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        columns
    }

    /// The cases in the order in which they were measured.
    pub(super) fn cases(&self) -> Vec<&str> {
        let mut cases: Vec<&str> = Vec::new();
        for Row { case, .. } in &self.rows {
            if !cases.contains(&case.as_str()) {
                cases.push(case);
            }
        }
        cases
    }

    pub(super) fn rounds(&self, column: &Column, case: &str) -> Option<&[f64]> {
        let row = self.rows.iter().find(|row| row.column == *column && row.case == case)?;
        Some(&row.rounds)
    }

    pub(super) fn median(&self, column: &Column, case: &str) -> Option<f64> {
        self.rounds(column, case).map(|rounds| quartiles(rounds.iter().copied()).1)
    }
}

/// The table of straight lines: the time of a call as a constant and a time for each byte.
///
/// Each round has its own line. Its squared errors are relative, so that every size has the same weight.
pub(super) fn scaling(tables: &[Table]) -> Option<Table> {
    let mut rows = Vec::new();
    for (name, case) in SCALED {
        let Some(table) = tables.iter().find(|table| table.name == *name) else { continue };
        let columns = table.columns();
        let times: Option<Vec<(f64, &[f64])>> = columns
            .iter()
            .map(|column| match column {
                Column::Amount(bytes) => Some((to_float(*bytes), table.rounds(column, case)?)),
                Column::Named(_) => None,
            })
            .collect();
        let Some(times) = times else { continue };
        let count = times.iter().map(|(_, rounds)| rounds.len()).min().unwrap_or(0);
        let lines = (0..count).map(|round| {
            let points =
                times.iter().filter_map(|(bytes, rounds)| Some((*bytes, *rounds.get(round)?)));
            Line::through(&points.collect::<Vec<_>>())
        });
        let lines: Vec<Line> = lines.collect();
        type Value = fn(&Line) -> f64;
        let values: [(&str, Value); 3] = [
            ("ns per byte", |line| line.per_byte),
            ("ns at 0 bytes", |line| line.constant),
            (DISTANCE, |line| line.distance * 100.0),
        ];
        for (column, value) in values {
            rows.push(Row {
                column: Column::Named(column.into()),
                case: format!("{name}: {case}"),
                rounds: lines.iter().map(value).collect(),
            });
        }
    }
    (!rows.is_empty()).then(|| Table {
        name: SCALING.into(),
        about: "The straight line that fits the times of all sizes of a table best, in each round. \
                The last column is the greatest distance of a time from its line. SHA-256 works on blocks of 64 \
                bytes, so a short body can be up to one block away from the line."
            .into(),
        runtime: "Computed from the tables above".into(),
        clock: "which have the clocks".into(),
        unit: "Nanoseconds and percent".into(),
        rows,
    })
}

pub(super) const SCALING: &str = "scaling";
pub(super) const DISTANCE: &str = "% from the line";

/// The cases whose time depends on the body alone.
const SCALED: &[(&str, &str)] = &[
    ("core", "verify_signature"),
    ("core", "limit"),
    ("python", "verify_signature"),
    ("node", "native"),
    ("node", "wasm"),
];

/// A time as a function of a number of bytes.
struct Line {
    constant: f64,
    per_byte: f64,
    /// The greatest distance of a point, as a share of its time.
    distance: f64,
}

impl Line {
    /// The line with the least sum of squares of relative distances.
    fn through(points: &[(f64, f64)]) -> Self {
        let sum = |value: fn(f64, f64) -> f64| -> f64 {
            points.iter().map(|(bytes, time)| value(*bytes, *time) / (time * time)).sum()
        };
        let (weight, x, y) = (sum(|_, _| 1.0), sum(|bytes, _| bytes), sum(|_, time| time));
        let (xx, xy) = (sum(|bytes, _| bytes * bytes), sum(|bytes, time| bytes * time));
        let per_byte = (weight * xy - x * y) / (weight * xx - x * x);
        let constant = (y - per_byte * x) / weight;
        let distances =
            points.iter().map(|(bytes, time)| ((constant + per_byte * bytes - time) / time).abs());
        Self { constant, per_byte, distance: distances.fold(0.0, f64::max) }
    }
}

#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "no body has 2⁵³ bytes")]
fn to_float(bytes: u64) -> f64 {
    bytes as f64
}

/// The lower quartile, the median and the upper quartile.
pub(super) fn quartiles(values: impl Iterator<Item = f64>) -> (f64, f64, f64) {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let at = |quarter: usize| {
        let last = values.len().saturating_sub(1);
        values.get(last.saturating_mul(quarter) / 4).copied().unwrap_or(f64::NAN)
    };
    (at(1), at(2), at(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_through_points_of_a_line() {
        let Line { constant, per_byte, distance } =
            Line::through(&[(0.0, 100.0), (100.0, 150.0), (1000.0, 600.0)]);
        assert!((constant - 100.0).abs() < 1e-6, "{constant}");
        assert!((per_byte - 0.5).abs() < 1e-9, "{per_byte}");
        assert!(distance < 1e-9, "{distance}");
        let bent = Line::through(&[(0.0, 100.0), (100.0, 200.0), (1000.0, 600.0)]);
        assert!(bent.distance > 0.1, "{}", bent.distance);
    }
}
