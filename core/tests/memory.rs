//! Checks that no freed block of memory contains a secret.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]
#![allow(unsafe_code, reason = "an allocator can't be written without")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
};

use base64::Engine as _;
use pivotal_webhooks::{UnixTime, Webhook};

const KEYS: usize = 8;
const KEY: &[u8; 32] = b"the start of a key is recognised";
/// Base64 of the first 30 bytes, which all keys here share.
const TEXT: &[u8] = b"dGhlIHN0YXJ0IG9mIGEga2V5IGlzIHJlY29nbmlz";

static WATCHING: AtomicBool = AtomicBool::new(false);
static LEAKS: AtomicUsize = AtomicUsize::new(0);

/// Inspects every block that is freed, also when a list grows into a larger block.
struct Watch;

#[global_allocator]
static ALLOCATOR: Watch = Watch;

// SAFETY: the system's allocator allocates and frees; a block is only read before it is freed.
unsafe impl GlobalAlloc for Watch {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller upholds the contract of the trait.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if WATCHING.load(SeqCst) {
            // SAFETY: the block is alive, was zeroed when it was allocated, and has this size.
            let bytes = unsafe { core::slice::from_raw_parts(block, layout.size()) };
            if shows(bytes, KEY) || shows(bytes, TEXT) {
                LEAKS.fetch_add(1, SeqCst);
            }
        }
        // SAFETY: the caller upholds the contract of the trait.
        unsafe { System.dealloc(block, layout) }
    }
}

fn shows(bytes: &[u8], secret: &[u8]) -> bool {
    secret.windows(8).any(|part| bytes.windows(8).any(|window| window == part))
}

fn leaks_while(work: impl FnOnce()) -> usize {
    LEAKS.store(0, SeqCst);
    WATCHING.store(true, SeqCst);
    work();
    WATCHING.store(false, SeqCst);
    LEAKS.load(SeqCst)
}

#[test]
fn freed_memory_holds_no_secret() {
    let secrets: Vec<String> = (0..KEYS)
        .map(|number| {
            let mut key = *KEY;
            *key.last_mut().unwrap() = u8::try_from(number).unwrap();
            format!("whsec_{}", base64::engine::general_purpose::STANDARD.encode(key))
        })
        .collect();
    assert!(secrets.iter().all(|secret| shows(secret.as_bytes(), TEXT)));

    // The control: bytes that are not wiped are found, in freed blocks and in grown ones.
    assert_eq!(leaks_while(|| drop(KEY.to_vec())), 1);
    assert!(leaks_while(|| drop([KEY.to_vec(), vec![0; 100]].concat())) > 0);

    let leaks = leaks_while(|| {
        let builder =
            secrets.iter().fold(Webhook::builder(), |builder, secret| builder.secret(secret));
        let webhook = builder.build().unwrap();
        let signed = webhook.sign(None, "msg_1", UnixTime::from_secs(1), b"{}").unwrap();
        let headers: Vec<_> = signed.headers().collect();
        assert!(webhook.verify_at(b"{}", headers, UnixTime::from_secs(1)).is_ok());
    });
    assert_eq!(leaks, 0);

    let (malformed, long) = (secrets.join("!"), secrets.concat().repeat(4));
    let leaks = leaks_while(|| {
        let nine = (0..9).zip(secrets.iter().cycle());
        let too_many = nine.fold(Webhook::builder(), |builder, (number, secret)| {
            builder.labelled_secret(format!("number {number}"), secret)
        });
        assert!(too_many.build().is_err());
        assert!(Webhook::new(&malformed).is_err());
        assert!(Webhook::new(&long).is_err());
    });
    assert_eq!(leaks, 0);
}
