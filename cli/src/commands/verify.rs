//! `verify`: whether deliveries are authentic and recent.

use clap::Args;

use crate::{
    delivery::input::InputOptions,
    endpoint::EndpointOptions,
    exit::Exit,
    failure::Result,
    output::Output,
    verdict::{self, Advice, CheckOptions},
};

/// Check signature, time and body of deliveries
#[derive(Args)]
#[command(after_long_help = "Examples:
  pivotal-webhooks verify delivery.http
  pivotal-webhooks verify --secret-file secret.txt requests.har
  pivotal-webhooks verify -H 'svix-id: msg_1' -H 'svix-timestamp: 1779820920' \\
      -H 'svix-signature: v1,…' < body.json")]
pub(crate) struct Options {
    #[command(flatten)]
    input: InputOptions,

    #[command(flatten)]
    check: CheckOptions,

    #[command(flatten)]
    endpoint: EndpointOptions,
}

pub(super) fn run(options: &Options, output: &Output) -> Result<Exit> {
    let inputs = options.input.read()?;
    let webhook = options.endpoint.builder()?.build()?;
    let mut exit = Exit::Ok;
    for input in &inputs {
        let clock = options.check.clock(&input.delivery)?;
        let verdict = options.check.verdict(&webhook, &input.delivery, clock);
        output.result(&verdict::json(input, clock, &verdict), |lines| {
            verdict::write(lines, input, clock, &verdict, Advice::Written)
        })?;
        exit = verdict::exit(&verdict).after(exit);
    }
    Ok(exit)
}
