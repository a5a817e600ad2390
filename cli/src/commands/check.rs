//! `check`: whether a receiver accepts what it must accept, and refuses the rest.

use std::{fs, path::PathBuf, time::Duration};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pivotal_webhooks::{Sender, UnixTime};

use self::{case::Case, deliveries::Deliveries, row::Row};
use crate::{
    connection::Connection,
    endpoint::SigningOptions,
    exit::Exit,
    failure::{Failure, Result},
    output::Output,
    secret::SecretOptions,
    target::{Target, TargetOptions},
};

mod answers;
mod case;
mod deliveries;
mod duplicates;
mod genuine;
mod refused;
mod report;
mod row;
mod transport;

/// Test a receiver with genuine deliveries, forgeries and faults
///
/// Each row of the scorecard is one property: the receiver accepts every genuine delivery in time, refuses
/// every other one with a status of 4xx, answers all refusals alike, and shows no secret, expected
/// signature, body or stack trace in an answer. The deliveries carry events of their own, whose ids start
/// with `evt_check_`. Use a test endpoint: the receiver handles the genuine ones.
#[derive(Args)]
#[command(after_long_help = "Examples:
  pivotal-webhooks check http://127.0.0.1:8000/webhooks/pivotal
  pivotal-webhooks check --secret-file new.txt --secret-file old.txt http://127.0.0.1:8000/hook
  pivotal-webhooks check --effects http://127.0.0.1:8000/handled --junit check.xml \\
      http://127.0.0.1:8000/hook")]
pub(crate) struct Options {
    /// The URL of the receiver
    url: String,

    #[command(flatten)]
    target: TargetOptions,

    #[command(flatten)]
    secrets: SecretOptions,

    #[command(flatten)]
    signing: SigningOptions,

    /// A URL that answers GET with the number of handled events, to see that duplicates have no effect
    ///
    /// The answer is a number, or JSON with a number in the member `count`.
    #[arg(long, value_name = "URL", help_heading = "Target")]
    effects: Option<String>,

    /// Run only the rows whose names contain one of these
    #[arg(long, value_name = "PART")]
    only: Vec<String>,

    /// Fail rows of genuine deliveries that take longer; as long as the sender waits by default
    #[arg(long, value_name = "SECONDS")]
    limit: Option<u64>,

    /// Write the scorecard as JUnit XML, too
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    junit: Option<PathBuf>,
}

/// What the rows need.
struct Check {
    target: Target,
    effects: Option<Target>,
    deliveries: Deliveries,
    /// How long the sender waits for an answer.
    limit: Duration,
}

pub(super) fn run(options: &Options, output: &Output) -> Result<Exit> {
    let check = Check::new(options)?;
    if let Err(why) = Connection::open(&check.target, check.limit) {
        return Err(why.failure(&check.target));
    }
    let is_wanted =
        |name: &str| options.only.is_empty() || options.only.iter().any(|part| name.contains(part));
    let rows = check.rows(output, &is_wanted)?;
    if rows.is_empty() {
        return Err(Failure::new(Exit::Usage, "no row has a name that contains one of `--only`"));
    }
    report::write(&check.target, &rows, output)?;
    if let Some(path) = &options.junit {
        fs::write(path, report::junit(&check.target, &rows))
            .map_err(|error| Failure::writing(path, &error))?;
    }
    Ok(if rows.iter().any(Row::is_failed) { Exit::Answer } else { Exit::Ok })
}

/// The groups of rows, in the order of the scorecard.
const GROUPS: [&str; 9] = [
    "genuine",
    "rotation",
    "duplicates",
    "forged",
    "stale",
    "malformed",
    "method",
    "transport",
    "answers",
];

/// How long each sender waits for an answer, in seconds.
const fn patience(sender: Sender) -> u64 {
    match sender {
        Sender::Pivot => 15,
        _ => 10,
    }
}

impl Check {
    fn new(options: &Options) -> Result<Self> {
        let secrets = options.secrets.read()?;
        let deliveries = Deliveries::new(&options.signing, secrets, UnixTime::now()?)?;
        let limit = options.limit.unwrap_or_else(|| patience(deliveries.sender()));
        Ok(Self {
            target: options.target.target(&options.url)?,
            effects: options.effects.as_ref().map(|url| options.target.target(url)).transpose()?,
            deliveries,
            limit: Duration::from_secs(limit),
        })
    }

    fn rows(&self, output: &Output, is_wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Row>> {
        let mut cases = genuine::cases(self)?;
        cases.extend(refused::cases(self)?);
        cases.extend(transport::cases(self)?);
        cases.retain(|case| is_wanted(&case.name));
        let progress = progress(cases.len(), output);
        let mut rows = Vec::new();
        let mut answers = Vec::new();
        for case in &cases {
            progress.set_message(case.name.clone());
            let (row, answer) = self.row(case);
            answers.extend(answer.map(|answer| (case, answer)));
            rows.push(row);
            progress.inc(1);
        }
        rows.extend(transport::rows(self, is_wanted)?);
        rows.extend(duplicates::rows(self, is_wanted)?);
        rows.extend(answers::rows(self, &answers, is_wanted));
        rows.sort_by_key(|row| GROUPS.iter().position(|group| *group == row.group()));
        progress.finish_and_clear();
        Ok(rows)
    }

    /// Sends the request of a case, and compares the answer with what is expected.
    fn row(&self, case: &Case) -> (Row, Option<crate::exchange::Answer>) {
        // An answer that comes late is still of interest.
        let patience = self.limit.saturating_mul(2);
        let sent = case.request.send(&self.target, patience);
        (Row::of(case, &sent, self.limit), sent.ok())
    }
}

fn progress(length: usize, output: &Output) -> ProgressBar {
    // It is drawn on a terminal only.
    let target =
        if output.is_json() { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(u64::try_from(length).ok(), target);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len}  {msg}") {
        bar.set_style(style);
    }
    // Otherwise the row that takes long is not drawn.
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
