//! Sends genuine and forged deliveries over HTTP to real receivers in the servers of three languages.

use serde_json::Value;

use crate::{
    failure::{Failure, Result},
    setup::Machine,
};

mod delivery;
mod receiver;

use delivery::{Answer, Delivery, Endpoint};
use receiver::Receiver;

/// Builds everything, starts the receivers, sends, and prints one table.
pub(crate) fn run() -> Result {
    println!("Looking for Node and Python, then building what has changed since the last run.");
    println!("The first time takes some minutes: three builds, and the tools that they need.\n");
    let machine = Machine::detect()?;
    machine.while_packages_install(|| machine.compile_for_node())?;
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

    // The first request to each receiver includes its lazy start, so it is not part of the table.
    for delivery in delivery::in_turn(delivery::all)? {
        let delivery = delivery?;
        for receiver in receivers.iter_mut().filter(|_| delivery.warms_up()) {
            receiver.receive(&delivery)?;
        }
    }

    let (mut cells, mut wrong, mut read) = (0_usize, 0_usize, Vec::new());
    println!("\nStatus, scheme or error code from the receiver's log, milliseconds:");
    let names = receivers.each_ref().map(|one| format!("{:<COLUMN$}", one.name));
    println!("\n{:<NAMES$}{}", "delivery", names.concat().trim_end());
    for endpoint in [Endpoint::Pivotal, Endpoint::Pivot] {
        println!("{}", endpoint.path());
        for delivery in delivery::in_turn(delivery::all)? {
            let delivery = delivery?;
            if delivery.endpoint != endpoint {
                continue;
            }
            let (answers, faults) = send(&mut receivers, &delivery)?;
            let row = answers.iter().map(|answer| format!("{:<COLUMN$}", answer.cell()));
            let row = row.collect::<String>();
            println!("  {:<2$}{}", delivery.name, row.trim_end(), NAMES.saturating_sub(2));
            cells = cells.saturating_add(answers.len());
            wrong = wrong.saturating_add(shown(&faults));
            let record = answers.into_iter().next().map(|answer| answer.record);
            read.extend(
                record.filter(|record| !record.is_null()).map(|record| (delivery.name, record)),
            );
        }
    }

    println!("\nThe records that all three read in the deliveries that they accepted:\n");
    for (name, record) in read {
        println!("  {name:<NAMES$}{record}");
    }
    println!("\nand in every event that the senders document:\n");
    for event in delivery::in_turn(delivery::events)? {
        let event = event?;
        let (answers, faults) = send(&mut receivers, &event)?;
        cells = cells.saturating_add(answers.len());
        let record = answers.first().map_or(&Value::Null, |answer| &answer.record);
        println!("  {:<NAMES$}{record}", event.name);
        wrong = wrong.saturating_add(shown(&faults));
    }

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

/// The receivers' answers to a delivery, and what is wrong with them.
fn send(receivers: &mut [Receiver], delivery: &Delivery) -> Result<(Vec<Answer>, Vec<String>)> {
    let (mut answers, mut faults) = (Vec::new(), Vec::new());
    for receiver in receivers {
        let answer = receiver.receive(delivery)?;
        let fault = delivery.judge(&answer).or_else(|| receiver.tells_apart(&answer));
        faults.extend(fault.map(|fault| format!("{}: {fault}", receiver.name)));
        answers.push(answer);
    }
    Ok((answers, faults))
}

fn shown(faults: &[String]) -> usize {
    for fault in faults {
        println!("    WRONG  {fault}");
    }
    faults.len()
}

/// Widths of the table.
const NAMES: usize = 38;
const COLUMN: usize = 30;
