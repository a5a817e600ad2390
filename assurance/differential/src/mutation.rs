//! Random deliveries: the vectors as bytes, changed in a few places.

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use crate::{damage::damage, oracle};

/// An endless series of inputs for [`request::read`](crate::request::read). Equal numbers give equal
/// series.
pub struct Mutations {
    seeds: Vec<Vec<u8>>,
    random: StdRng,
}

/// What a change puts into an input.
const PIECES: &[&str] = &[
    "\u{1}",
    "\u{2}",
    "\u{4}",
    "v1,",
    "v1a,",
    ",sig=",
    "t=",
    "svix-id:msg_1\n",
    "webhook-timestamp:1750000000\n",
    "pivotal-event:customer.at_risk\n",
    "\"id\":\"evt_2\",",
    "\"type\":\"customer.at_risk\",",
    "\"data\":{\"object\":{}},",
    "\"object\":null,",
    "\"subject\":{\"type\":\"room\",\"id\":\"1\"},",
    "\"timestamp\":\"2026-11-29T15:45:40+01:00\",",
    "\\ud83d\\ude80",
    "\\ud83d",
    "\\u0000",
    "é",
    "1e309",
    "-0",
    "123456789012345678901234567890",
    "null",
    "[[[[",
    "{",
    "}",
    "\"",
    " ",
    "\n",
];

impl Mutations {
    /// The series of this number.
    #[must_use]
    pub fn new(number: u64) -> Self {
        let seeds = oracle::seeds().into_iter().filter(|(target, _)| *target == "delivery");
        Self { seeds: seeds.map(|(_, seed)| seed).collect(), random: StdRng::seed_from_u64(number) }
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let at = self.random.random_range(0..=bytes.len());
        match self.random.random_range(0..5) {
            0..=2 => damage(&mut self.random, bytes),
            3 => {
                let other = &self.seeds[self.random.random_range(0..self.seeds.len())];
                let from = self.random.random_range(0..=other.len());
                bytes.truncate(at);
                bytes.extend(&other[from..]);
            }
            _ => {
                let piece = PIECES[self.random.random_range(0..PIECES.len())];
                bytes.splice(at..at, piece.bytes());
            }
        }
    }
}

impl Iterator for Mutations {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let seed = self.random.random_range(0..self.seeds.len());
        let mut bytes = self.seeds.get(seed)?.clone();
        for _ in 0..self.random.random_range(0..3) {
            self.change(&mut bytes);
        }
        Some(bytes)
    }
}
