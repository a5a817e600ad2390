//! Random ids, and secrets for tests.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::{
    exit::Exit,
    failure::{Failure, Result},
    secret::Secret,
};

/// A new id with a prefix such as `evt_`.
pub(crate) fn id(prefix: &str) -> Result<String> {
    let mut id = prefix.to_owned();
    for byte in bytes::<12>()? {
        id.push_str(&format!("{byte:02x}"));
    }
    Ok(id)
}

/// A new secret, which every scheme accepts.
pub(crate) fn secret() -> Result<Secret> {
    let bytes = Zeroizing::new(bytes::<32>()?);
    Ok(Zeroizing::new(format!("whsec_{}", STANDARD.encode(bytes.as_slice()))))
}

fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|_| Failure::new(Exit::Internal, "the system gives no random numbers"))?;
    Ok(bytes)
}
