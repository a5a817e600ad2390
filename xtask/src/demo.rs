//! Genuine and forged deliveries, sent over HTTP to real receivers in three languages' servers.

use pivotal_webhooks::UnixTime;

use crate::{
    outcome::{Failure, Outcome},
    setup::Machine,
};

mod delivery;
mod receiver;

use delivery::Endpoint;
use receiver::Receiver;

/// Builds everything, starts the receivers, sends, and prints one table.
pub(crate) fn run() -> Outcome {
    println!("Looking for Node and Python, then building what has changed since the last run.");
    println!("The first time takes some minutes: three builds, and the tools that they need.\n");
    let machine = Machine::look()?;
    let python = machine.python_with_wheel()?;
    machine.node_with_builds()?;

    let mut receivers = [
        Receiver::start("FastAPI", &python, "examples/fastapi/app.py")?,
        Receiver::start("Express", "node", "examples/express/server.mjs")?,
        Receiver::start("Worker", "node", "examples/cloudflare-worker/serve.mjs")?,
    ];
    println!("\nReceivers, each a process of its own on a free loopback port:");
    println!("  FastAPI   under uvicorn, with the wheel        {}", receivers[0].address());
    println!("  Express   under Node, with the native addon    {}", receivers[1].address());
    println!("  Worker    in workerd, with the wasm module     {}", receivers[2].address());

    let deliveries =
        delivery::all(UnixTime::now().map_err(|error| Failure::new(error.to_string()))?)?;
    // The first request of each pays for what starts lazily; it is not part of the table.
    for receiver in &mut receivers {
        for delivery in deliveries.iter().filter(|delivery| delivery.warms_up()) {
            receiver.receive(delivery)?;
        }
    }

    let mut wrong = 0_usize;
    println!("\nStatus, scheme or error code from the receiver's log, milliseconds:");
    let names = receivers.each_ref().map(|one| format!("{:<COLUMN$}", one.name));
    println!("\n{:<NAMES$}{}", "delivery", names.concat().trim_end());
    for endpoint in [Endpoint::Pivotal, Endpoint::Pivot] {
        println!("{}", endpoint.path());
        for delivery in deliveries.iter().filter(|delivery| delivery.endpoint == endpoint) {
            let mut row = format!("  {:<1$}", delivery.name, NAMES.saturating_sub(2));
            let mut expectations = Vec::new();
            for receiver in &mut receivers {
                let answer = receiver.receive(delivery)?;
                let wanted = delivery.judge(&answer).or_else(|| receiver.tells_apart(&answer));
                row += &format!("{:<COLUMN$}", answer.cell());
                expectations.extend(wanted.map(|wanted| format!("{}: {wanted}", receiver.name)));
            }
            println!("{}", row.trim_end());
            for expectation in &expectations {
                println!("    WRONG  {expectation}");
            }
            wrong = wrong.saturating_add(expectations.len());
        }
    }
    let cells = deliveries.len().saturating_mul(receivers.len());
    drop(receivers);
    if wrong == 0 {
        println!(
            "\nAll {cells} answers are as they should be, and no receiver's refusals can be told \
             apart but by their status."
        );
        Ok(())
    } else {
        Err(Failure::new(format!("{wrong} of {cells} answers are not as they should be")))
    }
}

/// Widths of the table.
const NAMES: usize = 34;
const COLUMN: usize = 30;
