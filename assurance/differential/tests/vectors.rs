//! The oracles hold for every vector, and for what the fuzzer once found.

use std::{fs, path::Path};

use pivotal_webhooks_differential::{first, oracle, request};
use pivotal_webhooks_test_vectors::{Action, Expect, load};

/// A request keeps its outcome as bytes, so that the vectors are good seeds.
#[test]
fn a_vector_is_the_same_as_bytes() {
    let mut accepted = 0;
    let mut codes = Vec::new();
    for case in &load() {
        let Some(bytes) = request::write(case) else {
            continue;
        };
        let read = request::read(&bytes).expect("the headers are text");
        assert_eq!(read.body, case.body, "{}", case.name);
        match first::outcome(&read) {
            Expect::Ok(_) => accepted += 1,
            Expect::Error(refusal) => codes.push(refusal.code),
        }
    }
    codes.sort();
    codes.dedup();
    assert!(accepted > 500, "{accepted} of the vectors are accepted");
    assert!(codes.len() > 10, "{codes:?}");
}

#[test]
fn the_oracles_hold_for_the_seeds() {
    for (target, input) in oracle::seeds() {
        oracle::named(target)(&input);
    }
}

#[test]
fn the_oracles_hold_for_the_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core/fuzz/corpus");
    for (target, check) in oracle::ALL {
        for entry in fs::read_dir(corpus.join(target)).into_iter().flatten().flatten() {
            check(&fs::read(entry.path()).expect("the corpus can be read"));
        }
    }
}

/// A fuzzer that can't get past the signature finds nothing behind it.
#[test]
fn changed_seeds_get_past_the_signature() {
    let case = load()
        .into_iter()
        .find(|case| case.action == Action::Unwrap && matches!(case.expect, Expect::Ok(_)));
    let mut bytes = request::write(&case.expect("a vector is unwrapped")).expect("it has bytes");
    assert!(matches!(first::outcome(&request::read(&bytes).expect("text")), Expect::Ok(_)));
    bytes.push(b'x');
    let Expect::Error(refusal) = first::outcome(&request::read(&bytes).expect("text")) else {
        panic!("a body with a letter behind it is no JSON");
    };
    assert_eq!(refusal.code, "payload_malformed");
}
