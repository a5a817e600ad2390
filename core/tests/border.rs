//! Makes the call that the documentation of the border shows in hex.

use pivotal_webhooks::{
    Webhook,
    binding::javascript::{self, NO_NUMBERS, Numbers, Operation},
};

const SOURCE: &str = include_str!("../src/binding/javascript.rs");

/// The blocks of hex lines, without the comments behind `|`.
fn blocks(text: &str) -> Vec<Vec<u8>> {
    let mut blocks = vec![Vec::new()];
    for line in text.lines() {
        let line = line.trim_start_matches("//!").trim();
        match line.split_once('|') {
            Some((hex, _)) if !hex.is_empty() && hex.trim().len() % 3 == 2 => {
                let bytes = hex.split_whitespace().map(|byte| u8::from_str_radix(byte, 16));
                if let (Ok(bytes), Some(block)) =
                    (bytes.collect::<Result<Vec<_>, _>>(), blocks.last_mut())
                {
                    block.extend(bytes);
                }
            }
            _ => blocks.push(Vec::new()),
        }
    }
    blocks.retain(|block| !block.is_empty());
    blocks
}

fn numbers(bytes: &[u8]) -> Numbers {
    let mut numbers = NO_NUMBERS;
    let (chunks, rest) = bytes.as_chunks();
    assert_eq!((chunks.len(), rest), (numbers.len(), &[][..]));
    for (number, bytes) in numbers.iter_mut().zip(chunks) {
        *number = f64::from_le_bytes(*bytes);
    }
    numbers
}

#[test]
fn the_documented_call_has_the_documented_result() {
    let blocks = blocks(SOURCE);
    let [call, result] = blocks.as_slice() else { panic!("{} blocks", blocks.len()) };
    let (inputs, texts) = call.split_at(size_of::<Numbers>());
    let webhook = Webhook::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let mut numbers = self::numbers(inputs);
    let operation = Operation::VerifySignature.number();
    assert_eq!(operation, 4);
    let body = br#"{"test": 2432232314}"#;
    let report = javascript::run(Some(&webhook), operation.into(), texts, body, &mut numbers);
    assert_eq!(report, None);
    assert_eq!(numbers.map(f64::to_le_bytes).as_flattened(), result);
}
