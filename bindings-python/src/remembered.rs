//! The class `RememberedEvents`, which `MemoryStore` wraps: who has claimed an event, and which events
//! are done. A dict of Python would need twice the memory, and the store three times as long.

use core::time::Duration;
use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use pyo3::{exceptions::PyValueError, prelude::*, sync::PyOnceLock, types::PyType};
use sha2::{Digest as _, Sha256};

use crate::catch_panic;

/// Result of a claim of an event that is done.
const DONE: i64 = -1;

/// How often a full table looks at all of its events for some that have expired.
const BETWEEN_CLEANINGS: Millis = 1000;

/// A time of the store's clock, or a duration.
type Millis = u64;

/// Stands for a key in a third of its memory.
type Digest = [u8; 16];

/// What `MemoryStore` remembers. Times are milliseconds; `now` is seconds of a monotonic clock.
///
/// :param capacity: How many events it remembers, 1 or more.
/// :param remembers_tokens: For how long the token of a completion is remembered at least.
#[pyclass(frozen, module = "pivotal_webhooks")]
pub(crate) struct RememberedEvents {
    capacity: usize,
    remembers_tokens: Millis,
    states: Mutex<States>,
}

#[derive(Default)]
struct States {
    in_progress: HashMap<Digest, Claim>,
    /// When the events that are done are forgotten.
    done: HashMap<Digest, Millis>,
    /// The tokens of the last completions. The older ones are forgotten all at once.
    completed_by: HashMap<Digest, Box<str>>,
    completed_by_before: HashMap<Digest, Box<str>>,
    forgets_at: Millis,
    cleans_at: Millis,
}

struct Claim {
    token: Box<str>,
    ends_at: Millis,
}

#[pymethods]
impl RememberedEvents {
    #[new]
    fn new(py: Python<'_>, capacity: usize, remembers_tokens: Millis) -> PyResult<Self> {
        catch_panic(py, |_| Ok(Self { capacity, remembers_tokens, states: Mutex::default() }))
    }

    /// Do `Store.claim`.
    ///
    /// :raises StoreFullError: It remembers `capacity` events.
    /// :raises ValueError: `now` is negative or not finite.
    fn claim(
        &self,
        py: Python<'_>,
        key: &str,
        token: &str,
        lease: Millis,
        now: f64,
    ) -> PyResult<i64> {
        catch_panic(py, |py| {
            let (key, now, mut states) = (digest(key), milliseconds(now)?, self.states());
            if states.is_done(&key, now) {
                return Ok(DONE);
            }
            match states.in_progress.get(&key) {
                Some(claim) if !claim.ends_for(token, now) => {
                    return Ok(i64::try_from(claim.ends_at.saturating_sub(now))?);
                }
                Some(_) => {}
                None => self.make_room(py, &mut states, &key, now)?,
            }
            let claim = Claim { token: token.into(), ends_at: now.saturating_add(lease) };
            states.in_progress.insert(key, claim);
            Ok(0)
        })
    }

    /// Do `Store.complete`, with the errors of `claim`.
    fn complete(
        &self,
        py: Python<'_>,
        key: &str,
        token: &str,
        keep: Millis,
        now: f64,
    ) -> PyResult<bool> {
        catch_panic(py, |py| {
            let (key, now, mut states) = (digest(key), milliseconds(now)?, self.states());
            if states.is_done(&key, now) {
                if !states.was_completed_by(&key, token) {
                    return Ok(false);
                }
            } else {
                match states.in_progress.get(&key) {
                    Some(claim) if !claim.ends_for(token, now) => return Ok(false),
                    Some(_) => {
                        states.in_progress.remove(&key);
                    }
                    None => self.make_room(py, &mut states, &key, now)?,
                }
            }
            states.done.insert(key, now.saturating_add(keep));
            if now >= states.forgets_at {
                states.completed_by_before = mem::take(&mut states.completed_by);
                states.forgets_at = now.saturating_add(self.remembers_tokens);
            }
            states.completed_by.insert(key, token.into());
            Ok(true)
        })
    }

    /// Do `Store.release`, with the errors of `claim`.
    fn release(&self, py: Python<'_>, key: &str, token: &str, now: f64) -> PyResult<bool> {
        catch_panic(py, |_| {
            let (key, now, mut states) = (digest(key), milliseconds(now)?, self.states());
            let held = states.in_progress.get(&key);
            let is_own = held.is_some_and(|claim| *claim.token == *token && claim.ends_at > now);
            if is_own {
                states.in_progress.remove(&key);
            }
            Ok(is_own)
        })
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        catch_panic(py, |_| Ok(self.states().len()))
    }
}

impl RememberedEvents {
    fn states(&self) -> MutexGuard<'_, States> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes room for a key that is absent, or was done until its time ended.
    fn make_room(
        &self,
        py: Python<'_>,
        states: &mut States,
        key: &Digest,
        now: Millis,
    ) -> PyResult<()> {
        states.done.remove(key);
        if states.len() >= self.capacity && now >= states.cleans_at {
            states.cleans_at = now.saturating_add(BETWEEN_CLEANINGS);
            states.done.retain(|_, forgotten_at| *forgotten_at > now);
            states.in_progress.retain(|_, claim| claim.ends_at > now);
        }
        if states.len() < self.capacity { Ok(()) } else { Err(self.is_full(py)) }
    }

    fn is_full(&self, py: Python<'_>) -> PyErr {
        static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        let class = CLASS.import(py, "pivotal_webhooks.idempotency.store", "StoreFullError");
        let message = format!("the store remembers {} events: its capacity", self.capacity);
        class.map_or_else(|error| error, |class| PyErr::from_type(class.clone(), message))
    }
}

impl States {
    fn len(&self) -> usize {
        self.in_progress.len().saturating_add(self.done.len())
    }

    fn is_done(&self, key: &Digest, now: Millis) -> bool {
        self.done.get(key).is_some_and(|forgotten_at| *forgotten_at > now)
    }

    fn was_completed_by(&self, key: &Digest, token: &str) -> bool {
        let before = || self.completed_by_before.get(key);
        self.completed_by.get(key).or_else(before).is_some_and(|other| **other == *token)
    }
}

impl Claim {
    /// Whether a worker may take the place of this claim: its own, or one whose lease has ended.
    fn ends_for(&self, token: &str, now: Millis) -> bool {
        *self.token == *token || self.ends_at <= now
    }
}

fn digest(key: &str) -> Digest {
    let mut digest = Digest::default();
    for (byte, hashed) in digest.iter_mut().zip(Sha256::digest(key)) {
        *byte = hashed;
    }
    digest
}

fn milliseconds(seconds: f64) -> PyResult<Millis> {
    let time = Duration::try_from_secs_f64(seconds).ok();
    let millis = time.and_then(|time| Millis::try_from(time.as_millis()).ok());
    millis.ok_or_else(|| PyValueError::new_err("clock must return seconds, 0 or more"))
}
