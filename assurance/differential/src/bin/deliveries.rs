//! Prints random deliveries, one JSON object in a line, each with what both verifiers say of it:
//! `deliveries SERIES COUNT`. The languages of the bindings read them in the form of vectors.

use std::error::Error;

use pivotal_webhooks_differential::{mutation::Mutations, request, series};

fn main() -> Result<(), Box<dyn Error>> {
    series::print("delivery", |number| {
        Mutations::new(number).filter_map(|bytes| request::read(&bytes))
    })
}
