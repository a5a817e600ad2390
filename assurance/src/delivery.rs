//! Deliveries in each scheme, genuine or with a wrong byte in the signature.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use pivotal_webhooks::{Error, Event, KeyFormat, Scheme, UnixTime, Verified, Webhook};
use sha2::Sha256;

/// Bytes of a tag.
pub const TAG_LEN: usize = 32;

const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const SECONDS: u64 = 1_614_265_330;

/// The keys of an endpoint: different bytes, all of this length.
pub fn keys(length: usize, count: u8) -> Vec<Vec<u8>> {
    (1..=count)
        .map(|key| {
            (0..length).map(|index| key.wrapping_mul(31).wrapping_add(index as u8)).collect()
        })
        .collect()
}

/// The tag of a delivery in a scheme.
pub fn delivery_tag(scheme: Scheme, key: &[u8], body: &[u8]) -> [u8; TAG_LEN] {
    match scheme {
        Scheme::Svix => tag(key, &[format!("{ID}.{SECONDS}.").as_bytes(), body]),
        Scheme::Pivotal => tag(key, &[format!("{SECONDS}.").as_bytes(), body]),
        _ => tag(key, &[body]),
    }
}

/// A webhook that accepts one scheme and has these keys as its secrets.
pub fn webhook(scheme: Scheme, keys: &[Vec<u8>]) -> Result<Webhook, Error> {
    let builder =
        if scheme == Scheme::Pivot { Webhook::pivot_builder() } else { Webhook::builder() };
    let builder = builder.schemes([scheme]).key_format(KeyFormat::Base64);
    let secrets = keys.iter().map(|key| STANDARD.encode(key));
    secrets.fold(builder, pivotal_webhooks::Builder::secret).build()
}

/// The HMAC-SHA256 of the parts.
pub fn tag(key: &[u8], parts: &[&[u8]]) -> [u8; TAG_LEN] {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| unreachable!());
    parts.iter().for_each(|part| hmac.update(part));
    hmac.finalize().into_bytes().into()
}

/// The headers and the body of a request.
pub struct Delivery {
    names: Vec<&'static str>,
    values: Vec<String>,
    body: Vec<u8>,
}

impl Clone for Delivery {
    fn clone(&self) -> Self {
        let Self { names, values, body } = self;
        Self { names: names.clone(), values: values.clone(), body: body.clone() }
    }

    /// Keeps the addresses of the texts, so that a delivery's place in memory tells nothing of it.
    fn clone_from(&mut self, source: &Self) {
        self.names.clone_from(&source.names);
        self.values.clone_from(&source.values);
        self.body.clone_from(&source.body);
    }
}

impl Delivery {
    /// A delivery that is signed with this key. `change` may falsify the tag.
    pub fn signed(
        scheme: Scheme,
        key: &[u8],
        body: &[u8],
        change: impl FnOnce(&mut [u8; TAG_LEN]),
    ) -> Self {
        let mut tag = delivery_tag(scheme, key, body);
        change(&mut tag);
        Self::with_tags(scheme, body, &[tag])
    }

    /// A delivery with these tags in its signature header. Only `svix` can have several.
    pub fn with_tags(scheme: Scheme, body: &[u8], tags: &[[u8; TAG_LEN]]) -> Self {
        let time = SECONDS.to_string();
        let texts: Vec<String> = tags.iter().map(|tag| STANDARD.encode(tag)).collect();
        let headers = match scheme {
            Scheme::Svix => vec![
                ("svix-id", ID.to_owned()),
                ("svix-timestamp", time),
                ("svix-signature", format!("v1,{}", texts.join(" v1,"))),
            ],
            Scheme::Pivotal => {
                vec![("pivotal-signature", format!("v1,t={time},sig={}", texts.concat()))]
            }
            _ => vec![("x-pivot-signature", texts.concat())],
        };
        let (names, values) = headers.into_iter().unzip();
        Self { names, values, body: body.to_vec() }
    }

    /// The same delivery with these headers before its own.
    #[must_use]
    pub fn among(mut self, others: &[(&'static str, &str)]) -> Self {
        self.names.splice(..0, others.iter().map(|(name, _)| *name));
        self.values.splice(..0, others.iter().map(|(_, value)| (*value).to_owned()));
        self
    }

    /// The same delivery without a header.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        while let Some(at) = self.names.iter().position(|other| *other == name) {
            self.names.remove(at);
            self.values.remove(at);
        }
        self
    }

    /// The same delivery with another value of a header.
    #[must_use]
    pub fn with(self, name: &'static str, value: &str) -> Self {
        self.without(name).among(&[(name, value)])
    }

    /// Verifies the signature and the time.
    ///
    /// # Errors
    ///
    /// The error of the refusal.
    pub fn verify<'a>(&'a self, webhook: &'a Webhook) -> Result<Verified<'a>, Error> {
        webhook.verify_signature_at(&self.body, self.headers(), UnixTime::from_secs(SECONDS))
    }

    /// Verifies the delivery and reads its event.
    ///
    /// # Errors
    ///
    /// The error of the refusal.
    pub fn unwrap<'a>(&'a self, webhook: &'a Webhook) -> Result<Event<'a>, Error> {
        webhook.unwrap_at(&self.body, self.headers(), UnixTime::from_secs(SECONDS))
    }

    fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.names.iter().copied().zip(self.values.iter().map(String::as_str))
    }
}
