//! The goals, and what the measured tables say about them.

use std::ops::RangeInclusive;

use serde_json::{Value, json};

use super::table::{Column, DISTANCE, SCALING, Table, quartiles};

/// What a goal compares, for each column, with the median of the rounds.
#[derive(Clone, Copy)]
enum Goal {
    /// The first case is at most this many units.
    Within(f64, &'static str),
    /// The first case takes at most this many nanoseconds more than the second.
    Beyond(f64),
    /// The first case takes at most this many times as long as the second.
    AtMost(f64),
    /// The first case takes at least this many times as long as the second.
    AtLeast(f64),
}

impl Goal {
    fn value(self, one: f64, other: f64) -> f64 {
        match self {
            Self::Within(..) => one,
            Self::Beyond(_) => one - other,
            Self::AtMost(_) | Self::AtLeast(_) => one / other,
        }
    }

    fn is_met(self, value: f64) -> bool {
        match self {
            Self::Within(most, _) | Self::Beyond(most) | Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }

    fn figure(self, first: &str, second: &str) -> String {
        match self {
            Self::Within(..) => first.to_owned(),
            Self::Beyond(_) => format!("{first} − {second}"),
            Self::AtMost(_) | Self::AtLeast(_) => format!("{first} / {second}"),
        }
    }

    fn text(self) -> String {
        match self {
            Self::Within(most, unit) => format!("at most {most} {unit}"),
            Self::Beyond(most) => format!("at most {most} ns"),
            Self::AtMost(most) => format!("at most {most}"),
            Self::AtLeast(least) => format!("at least {least}"),
        }
    }
}

/// The columns that a goal holds for.
enum Columns {
    Amounts(RangeInclusive<u64>),
    Named(&'static str),
}

impl Columns {
    fn contain(&self, column: &Column) -> bool {
        match (self, column) {
            (Self::Amounts(range), Column::Amount(amount)) => range.contains(amount),
            (Self::Named(wanted), Column::Named(name)) => wanted == name,
            _ => false,
        }
    }
}

/// The table, the two cases, the goal, and its columns.
type GoalRow = (&'static str, &'static str, &'static str, Goal, Columns);

const ALL: Columns = Columns::Amounts(0..=u64::MAX);
const SMALL: Columns = Columns::Amounts(0..=512);
const KIBIBYTE: Columns = Columns::Amounts(513..=2048);
const TO_KIBIBYTE: Columns = Columns::Amounts(0..=2048);
const FROM_16_KIBIBYTES: Columns = Columns::Amounts(16_384..=u64::MAX);
const MEBIBYTE: Columns = Columns::Amounts(1_000_000..=u64::MAX);
/// As many signatures as are accepted.
const CAP: Columns = Columns::Amounts(32..=32);
const IN_TIME: Columns = Columns::Named("µs");

const IMPORT: &str = "ms to import";
const MEMORY: &str = "KiB of memory";
const BROTLI: &str = "bytes in brotli";

const GOALS: &[GoalRow] = &[
    ("core", "verify_signature", "limit", Goal::Beyond(130.0), KIBIBYTE),
    ("core", "verify_signature", "limit", Goal::AtMost(1.03), FROM_16_KIBIBYTES),
    ("core, refused", "header_missing", "header_missing", Goal::Within(150.0, "ns"), ALL),
    ("core, refused", "header_malformed", "header_malformed", Goal::Within(150.0, "ns"), ALL),
    ("core, refused", "timestamp_malformed", "timestamp_malformed", Goal::Within(150.0, "ns"), ALL),
    ("core, signatures", "1 KiB", "1 KiB, the first alone", Goal::AtMost(1.05), CAP),
    ("core, signatures", "16 KiB", "16 KiB, the first alone", Goal::AtMost(1.05), CAP),
    ("core, signatures", "1 MiB", "1 MiB, the first alone", Goal::AtMost(1.05), CAP),
    ("rust", "svix", "verify_signature", Goal::AtLeast(5.0), ALL),
    ("node", "svix", "native", Goal::AtLeast(20.0), ALL),
    ("node", "by hand", "native", Goal::AtLeast(3.0), TO_KIBIBYTE),
    ("node", "svix", "wasm", Goal::AtLeast(8.0), SMALL),
    ("node", "svix", "wasm", Goal::AtLeast(6.0), KIBIBYTE),
    ("node", "svix", "wasm", Goal::AtLeast(8.0), MEBIBYTE),
    ("node", "by hand", "wasm", Goal::AtLeast(1.0), SMALL),
    ("node, unwrap", "native", "native, verifySignature and JSON.parse", Goal::AtMost(1.3), ALL),
    ("node, unwrap", "wasm", "wasm, verifySignature and JSON.parse", Goal::AtMost(1.5), ALL),
    ("python", "svix", "verify_signature", Goal::AtLeast(15.0), SMALL),
    ("python", "svix", "verify_signature", Goal::AtLeast(10.0), KIBIBYTE),
    ("python", "svix", "verify_signature", Goal::AtLeast(2.0), MEBIBYTE),
    ("python", "verify_signature", "hmac.digest", Goal::AtMost(1.0), ALL),
    ("python", "unwrap", "json.loads", Goal::AtMost(1.0), ALL),
    ("python, thirty strings", "unwrap", "json.loads", Goal::AtMost(1.0), ALL),
    ("python, threads", "two calls, one thread", "two calls, two threads", Goal::AtLeast(1.8), ALL),
    ("Express", "receiver", "svix", Goal::AtMost(1.0), IN_TIME),
    ("uvicorn", "receiver", "svix", Goal::AtMost(1.0), IN_TIME),
    (
        "footprint, Python",
        "import pivotal_webhooks",
        "import pivotal_webhooks",
        Goal::Within(2.0, "ms"),
        Columns::Named(IMPORT),
    ),
    (
        "footprint, Python",
        "import pivotal_webhooks",
        "import pivotal_webhooks",
        Goal::Within(1024.0, "KiB"),
        Columns::Named(MEMORY),
    ),
    (
        "footprint, JavaScript",
        "pivotal-webhooks",
        "pivotal-webhooks",
        Goal::Within(2.0, "ms"),
        Columns::Named(IMPORT),
    ),
    (
        "footprint, JavaScript",
        "pivotal-webhooks",
        "pivotal-webhooks",
        Goal::Within(1024.0, "KiB"),
        Columns::Named(MEMORY),
    ),
    (
        "footprint, download",
        "pivotal-webhooks-wasm in workerd",
        "pivotal-webhooks-wasm in workerd",
        Goal::Within(40_960.0, "bytes"),
        Columns::Named(BROTLI),
    ),
    (
        SCALING,
        "core: verify_signature",
        "core: verify_signature",
        Goal::Within(5.0, "%"),
        Columns::Named(DISTANCE),
    ),
];

/// For a goal that is missed: a table and a case that show how far it can be met, and why.
struct Floor {
    /// The table and the two cases of the goal.
    goal: (&'static str, &'static str, &'static str),
    /// A table and a case: the goal's second case would have to be faster than this one.
    least: (&'static str, &'static str),
    about: &'static str,
}

const DECODED: &str = "A call with one signature, and the others decoded by the crate `base64`. Each of them has to be read \
                       and compared, so that the time tells nothing about which one matches.";

const FLOORS: &[Floor] = &[
    Floor {
        goal: ("core, signatures", "1 KiB", "1 KiB, the first alone"),
        least: ("core, signatures", "1 KiB, decoded"),
        about: DECODED,
    },
    Floor {
        goal: ("core, signatures", "16 KiB", "16 KiB, the first alone"),
        least: ("core, signatures", "16 KiB, decoded"),
        about: DECODED,
    },
    Floor {
        goal: ("core", "verify_signature", "limit"),
        least: ("core", "hmac"),
        about: "The crates `hmac` and `sha2` alone take this much for the same bytes with a prepared key: \
                they copy two states, fill the last block and write the tag out.",
    },
    Floor {
        goal: ("rust", "svix", "verify_signature"),
        least: ("core", "hmac"),
        about: "The hash of the delivery alone, without a header, a comparison or a clock.",
    },
    Floor {
        goal: ("python", "svix", "verify_signature"),
        least: ("python", "core"),
        about: "The core's part of the call, without Python.",
    },
    Floor {
        goal: ("python", "unwrap", "json.loads"),
        least: ("python", "verify_signature"),
        about: "The verification alone, before a byte of JSON is read.",
    },
    Floor {
        goal: ("python, thirty strings", "unwrap", "json.loads"),
        least: ("python, thirty strings", "verify_signature"),
        about: "The verification alone, before a byte of JSON is read.",
    },
    Floor {
        goal: ("node", "svix", "native"),
        least: ("core", "verify_signature"),
        about: "The core's part of the call, in Rust, without a border to JavaScript.",
    },
    Floor {
        goal: ("node", "by hand", "native"),
        least: ("core", "verify_signature"),
        about: "The core's part of the call, in Rust, without a border to JavaScript.",
    },
    Floor {
        goal: ("node", "svix", "wasm"),
        least: ("node", "wasm, empty body"),
        about: "The same call with an empty body: headers, border and two blocks. The rest is SHA-256, \
                for which WebAssembly has no instructions.",
    },
    Floor {
        goal: ("node", "by hand", "wasm"),
        least: ("node", "wasm, empty body"),
        about: "The same call with an empty body: headers, border and two blocks. The rest is SHA-256, \
                for which WebAssembly has no instructions.",
    },
    Floor {
        goal: ("node, unwrap", "native", "native, verifySignature and JSON.parse"),
        least: ("node, unwrap", "native, verify"),
        about: "`verify` validates and parses the same bytes, but makes no event.",
    },
    Floor {
        goal: ("node, unwrap", "wasm", "wasm, verifySignature and JSON.parse"),
        least: ("node, unwrap", "wasm, verify"),
        about: "`verify` validates and parses the same bytes, but makes no event.",
    },
    Floor {
        goal: ("footprint, JavaScript", "pivotal-webhooks", "pivotal-webhooks"),
        least: ("footprint, JavaScript", "the addon alone"),
        about: "Node loads the shared library, by `process.dlopen`.",
    },
    Floor {
        goal: ("Express", "receiver", "svix"),
        least: ("Express", "unwrap"),
        about: "Express reads the body and the handler calls `unwrap`.",
    },
    Floor {
        goal: ("uvicorn", "receiver", "svix"),
        least: ("uvicorn", "unwrap"),
        about: "FastAPI reads the body and the handler calls `unwrap`.",
    },
];

/// The row of each goal, and the floors of those that are missed.
pub(super) fn rows(tables: &[Table]) -> (Vec<Value>, Vec<Value>) {
    let mut rows = Vec::new();
    let mut floors = Vec::new();
    for (name, first, second, goal, columns) in GOALS {
        let Some(table) = tables.iter().find(|table| table.name == *name) else { continue };
        for column in table.columns().into_iter().filter(|column| columns.contain(column)) {
            let pair = (table.rounds(column, first), table.rounds(column, second));
            let (Some(one), Some(other)) = pair else { continue };
            let (low, median, high) =
                quartiles(one.iter().zip(other).map(|(one, other)| goal.value(*one, *other)));
            let text = |value: f64| number(*goal, value);
            let (figure, column_text) = (goal.figure(first, second), column.text());
            rows.push(json!({
                "figure": &figure,
                "table": table.name,
                "column": &column_text,
                "measured": format!("{} ({} to {})", text(median), text(low), text(high)),
                "goal": goal.text(),
                "met": if goal.is_met(median) { "yes" } else { "no" },
            }));
            if !goal.is_met(median) {
                let floor = FLOORS
                    .iter()
                    .find(|floor| floor.goal == (*name, *first, *second))
                    .and_then(|floor| floor_row(tables, table, column, *goal, floor));
                let (floor, about) = floor.unwrap_or_else(|| ("–".into(), "not measured"));
                floors.push(json!({
                    "figure": figure, "table": table.name, "column": column_text,
                    "measured": text(median), "goal": goal.text(), "floor": floor, "about": about,
                }));
            }
        }
    }
    (rows, floors)
}

/// The goal's value if what this project can change cost nothing, and what it was measured with.
fn floor_row(
    tables: &[Table],
    table: &Table,
    column: &Column,
    goal: Goal,
    floor: &Floor,
) -> Option<(String, &'static str)> {
    let (name, case) = floor.least;
    let least = tables.iter().find(|table| table.name == name)?;
    let time = nearest(least, column).and_then(|column| least.median(column, case))?;
    let (_, first, second) = floor.goal;
    let value = match goal {
        Goal::Within(..) => time,
        // The second case is the one that can become faster.
        Goal::AtLeast(_) => table.median(column, first)? / time,
        Goal::Beyond(_) | Goal::AtMost(_) => goal.value(time, table.median(column, second)?),
    };
    Some((number(goal, value), floor.about))
}

/// The column of another table with about the same amount.
fn nearest<'t>(table: &'t Table, column: &Column) -> Option<&'t Column> {
    let amount = match column {
        Column::Named(_) => return table.columns().into_iter().find(|other| *other == column),
        Column::Amount(amount) => *amount,
    };
    let distance = |column: &&Column| match column {
        Column::Amount(other) => other.abs_diff(amount),
        Column::Named(_) => u64::MAX,
    };
    let found = table.columns().into_iter().min_by_key(distance)?;
    (distance(&found) <= amount / 4).then_some(found)
}

fn number(goal: Goal, value: f64) -> String {
    match goal {
        Goal::Within(..) | Goal::Beyond(_) if value.abs() >= 20.0 => format!("{value:.0}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::table::Row, *};

    fn table(verify: [f64; 3]) -> Table {
        let row = |case: &str, rounds: [f64; 3]| Row {
            column: Column::Amount(1024),
            case: case.into(),
            rounds: rounds.into(),
        };
        Table {
            name: "core".into(),
            about: String::new(),
            runtime: "Rust".into(),
            clock: "time of the thread".into(),
            unit: String::new(),
            rows: vec![
                row("limit", [600.0, 650.0, 700.0]),
                row("hmac", [750.0, 750.0, 760.0]),
                row("verify_signature", verify),
            ],
        }
    }

    #[test]
    fn a_goal_is_compared_with_the_median_of_the_rounds() {
        let met = |verify| rows(&[table(verify)]).0.first().map(|row| row["met"].clone());
        assert_eq!(met([720.0, 770.0, 990.0]), Some("yes".into()));
        assert_eq!(met([720.0, 790.0, 990.0]), Some("no".into()));
    }

    #[test]
    fn a_goal_that_is_missed_has_a_floor() {
        assert!(rows(&[table([720.0, 770.0, 990.0])]).1.is_empty());
        let (_, floors) = rows(&[table([720.0, 790.0, 990.0])]);
        assert_eq!(floors.first().map(|row| row["floor"].clone()), Some("100".into()));
    }

    #[test]
    fn every_floor_belongs_to_a_goal() {
        for floor in FLOORS {
            let goal = |row: &GoalRow| (row.0, row.1, row.2) == floor.goal;
            assert!(GOALS.iter().any(goal), "{:?}", floor.goal);
        }
    }
}
