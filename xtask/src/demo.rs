//! Genuine and forged deliveries, sent over HTTP to real receivers in three languages' servers.

use std::{thread, time::Duration};

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
    println!(
        "\n{:<42} {}",
        "delivery",
        receivers.each_ref().map(|one| format!("{:<31}", one.name)).concat()
    );
    for endpoint in [Endpoint::Pivotal, Endpoint::Pivot] {
        println!("{}", endpoint.path());
        for delivery in deliveries.iter().filter(|delivery| delivery.endpoint == endpoint) {
            let mut row = format!("  {:<40}", delivery.name);
            for receiver in &mut receivers {
                let answer = receiver.receive(delivery)?;
                let verdict = delivery.judge(&answer);
                wrong = wrong.saturating_add(usize::from(verdict.is_some()));
                row += &format!(" {:<30}", answer.cell(verdict.is_none()));
                if let Some(expected) = verdict {
                    row += &format!("[expected {expected}] ");
                }
            }
            println!("{}", row.trim_end());
            thread::sleep(Duration::from_millis(5));
        }
    }
    let cells = deliveries.len().saturating_mul(receivers.len());
    drop(receivers);
    if wrong == 0 {
        println!("\nAll {cells} answers are as they should be.");
        Ok(())
    } else {
        Err(Failure::new(format!("{wrong} of {cells} answers are not as they should be")))
    }
}
