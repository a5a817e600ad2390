//! Prints genuine deliveries of random bodies, one JSON object in a line, each with what both verifiers
//! say of its JSON: `bodies SERIES COUNT`. The languages of the bindings read them in the form of vectors.

use std::error::Error;

use pivotal_webhooks_differential::{bodies::Bodies, oracle, series};

fn main() -> Result<(), Box<dyn Error>> {
    series::print("body", |number| Bodies::new(number).map(|body| oracle::verification(&body)))
}
