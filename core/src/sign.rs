//! Signs deliveries as a sender does, for the tests of receivers.

use alloc::{string::String, vec::Vec};

use crate::{
    error::{Error, Text},
    scheme::Scheme,
    time::UnixTime,
    webhook::Webhook,
};

/// The headers that a sender adds to a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    headers: Vec<(&'static str, String)>,
}

impl Signed {
    /// Names in lower case, and values.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.headers.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The value of the signature header alone.
    #[must_use]
    pub fn signature(&self) -> &str {
        self.headers.last().map_or("", |(_, value)| value)
    }
}

impl Webhook {
    /// Signs a delivery as the sender does, with each of this webhook's secrets.
    ///
    /// For the tests of receivers. `scheme` defaults to the first accepted one. `svix` uses `id` and
    /// `at`, `pivotal` uses `at`. `pivot` uses neither and signs with the first secret only, because
    /// its header holds one signature.
    ///
    /// # Errors
    ///
    /// `config_invalid` for a scheme that this webhook does not accept, `header_malformed` for an
    /// id and `timestamp_malformed` for a time that verification would refuse.
    pub fn sign(
        &self,
        scheme: Option<Scheme>,
        id: &str,
        at: UnixTime,
        body: &[u8],
    ) -> Result<Signed, Error> {
        #[cfg(feature = "panic-probe")]
        crate::probe::panic_if_probed(body);

        let accepted = self
            .endpoint()
            .accepted
            .iter()
            .find(|accepted| scheme.is_none_or(|scheme| scheme == accepted.scheme))
            .ok_or(Error::ConfigInvalid {
                problem: Text("this webhook does not accept that scheme"),
            })?;
        let tags = |parts: &[&[u8]]| accepted.signing_keys().map(|key| key.tag(parts)).collect();
        let headers = accepted.scheme.write(id, at, body, tags)?;
        Ok(Signed { headers })
    }
}
