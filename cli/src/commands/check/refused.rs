//! Forgeries, stale and malformed deliveries, which a receiver must refuse.

use pivotal_webhooks::{Scheme, Sender};

use super::{
    Check,
    case::{Case, Expected},
    deliveries::{Deliveries, Delivery},
};
use crate::{failure::Result, target::Target};

pub(super) fn cases(check: &Check) -> Result<Vec<Case>> {
    let Check { deliveries, target, .. } = check;
    let mut list = List { deliveries, target, cases: Vec::new() };
    let genuine = deliveries.genuine()?;
    let bare = Delivery { headers: Vec::new(), body: genuine.body };
    list.refused("forged/no-headers", &bare);
    list.refused("forged/no-headers-and-no-json", &bare.with_body("id=evt_1"));
    for scheme in deliveries.schemes() {
        forgeries(&mut list, scheme)?;
        if signs_time(scheme) {
            stale(&mut list, scheme)?;
        }
    }
    if deliveries.schemes().contains(&Scheme::Svix) {
        grammar(&mut list)?;
    }
    if deliveries.schemes().contains(&Scheme::Pivotal) {
        pivotal_grammar(&mut list)?;
    }
    other_schemes(&mut list)?;
    bodies(&mut list)?;
    Ok(list.cases)
}

/// Whether a scheme signs a time.
pub(super) fn signs_time(scheme: Scheme) -> bool {
    scheme != Scheme::Pivot
}

struct List<'c> {
    deliveries: &'c Deliveries,
    target: &'c Target,
    cases: Vec<Case>,
}

impl List<'_> {
    fn refused(&mut self, name: &str, delivery: &Delivery) {
        self.add(name, delivery, Expected::Refused);
    }

    fn add(&mut self, name: &str, delivery: &Delivery, expected: Expected) {
        self.cases.push(self.deliveries.case(self.target, name, delivery, expected));
    }

    /// A genuine delivery in a scheme.
    fn signed(&self, scheme: Scheme) -> Result<Delivery> {
        self.deliveries.signed(scheme, self.deliveries.event().to_string())
    }
}

/// Deliveries whose signature is not of what they contain.
fn forgeries(list: &mut List<'_>, scheme: Scheme) -> Result {
    let deliveries = list.deliveries;
    let name = |property: &str| format!("forged/{scheme}-{property}");
    let body = deliveries.event().to_string();
    let other = deliveries.signed_by(deliveries.stranger(), scheme, deliveries.now(), body)?;
    list.refused(&name("other-secret"), &other);

    type Change = fn(&[u8]) -> Vec<u8>;
    let changes: [(&str, Change); 4] = [
        ("changed-body", |body| String::from_utf8_lossy(body).replacen("check", "chick", 1).into()),
        ("newline-added", |body| [body, b"\n"].concat()),
        ("body-cut", |body| body.iter().copied().take(body.len().saturating_sub(1)).collect()),
        ("no-body", |_| Vec::new()),
    ];
    for (property, change) in changes {
        let delivery = list.signed(scheme)?;
        let body = change(&delivery.body);
        list.refused(&name(property), &delivery.with_body(body));
    }
    let delivery = list.signed(scheme)?;
    let spaced =
        String::from_utf8_lossy(&delivery.body).replace("\":", "\": ").replace(",\"", ", \"");
    list.refused(&name("written-again"), &delivery.with_body(spaced));

    let delivery = list.signed(scheme)?;
    let cut =
        delivery.signature().iter().copied().take(delivery.signature().len().saturating_sub(8));
    let cut: Vec<u8> = cut.collect();
    list.refused(&name("signature-cut"), &delivery.clone().with_signature(cut));
    list.refused(&name("signature-empty"), &delivery.with_signature(""));
    Ok(())
}

/// Authentic deliveries of another time.
fn stale(list: &mut List<'_>, scheme: Scheme) -> Result {
    for (property, offset) in [
        ("15-minutes-old", -900),
        ("a-day-old", -86_400),
        ("15-minutes-ahead", 900),
        ("a-year-ahead", 31_536_000),
    ] {
        let body = list.deliveries.event().to_string();
        let delivery = list.deliveries.signed_at(scheme, offset, body)?;
        list.refused(&format!("stale/{scheme}-{property}"), &delivery);
    }
    Ok(())
}

/// Headers of the scheme `svix` that are missing, repeated or malformed.
fn grammar(list: &mut List<'_>) -> Result {
    let (id, time) = ("svix-id", "svix-timestamp");
    for name in [id, time, "svix-signature"] {
        let delivery = list.signed(Scheme::Svix)?.without(name);
        list.refused(&format!("malformed/{name}-missing"), &delivery);
    }
    for (property, name, value) in [
        ("changed-id", id, "msg_check_of_another"),
        ("changed-time", time, &*list.deliveries.now().as_secs().saturating_sub(1).to_string()),
    ] {
        let delivery = list.signed(Scheme::Svix)?.changed(name, value);
        list.refused(&format!("forged/svix-{property}"), &delivery);
    }
    let seconds = list.deliveries.now().as_secs().to_string();
    for (property, value) in [
        ("time-not-a-number", "soon".to_owned()),
        ("time-empty", String::new()),
        ("time-negative", "-1".to_owned()),
        ("time-in-milliseconds", format!("{seconds}000")),
        ("time-with-fraction", format!("{seconds}.5")),
        ("time-of-40-digits", "9".repeat(40)),
    ] {
        let delivery = list.signed(Scheme::Svix)?.changed(time, &value);
        list.refused(&format!("malformed/{property}"), &delivery);
    }
    for (property, name, value) in [("second-id", id, "msg_other"), ("second-time", time, "1")] {
        let delivery = list.signed(Scheme::Svix)?.with(name, value);
        list.refused(&format!("malformed/{property}-before"), &delivery);
    }
    let genuine = list.signed(Scheme::Svix)?;
    let own = String::from_utf8_lossy(genuine.signature()).into_owned();
    let token = own.split(' ').next().unwrap_or_default();
    let token = token.strip_prefix("v1,").unwrap_or(token);
    for (property, value) in [
        ("signature-without-version", token.as_bytes().to_vec()),
        ("signature-of-version-2", format!("v2,{token}").into_bytes()),
        ("signature-not-base64", b"v1,!!!".to_vec()),
        ("signature-beyond-ascii", b"v1,\xe9\xff".to_vec()),
        ("33-wrong-signatures", "v1,bm90IGEgc2lnbmF0dXJl ".repeat(33).into_bytes()),
        ("signature-of-6-kilobytes", [b"v1,".to_vec(), vec![b'A'; 6_000]].concat()),
    ] {
        list.refused(&format!("malformed/{property}"), &genuine.clone().with_signature(value));
    }
    Ok(())
}

/// The header of the scheme `pivotal`, with parameters that are missing, changed or repeated.
fn pivotal_grammar(list: &mut List<'_>) -> Result {
    let now = list.deliveries.now().as_secs();
    let earlier = now.saturating_sub(1);
    let time = format!("t={now},");
    type Change = fn(&str, &str, u64) -> String;
    let changes: [(&str, Change); 4] = [
        ("malformed/pivotal-time-missing", |value, time, _| value.replacen(time, "", 1)),
        ("malformed/pivotal-time-twice", |value, time, earlier| {
            value.replacen(time, &format!("t={earlier},{time}"), 1)
        }),
        ("malformed/pivotal-signature-missing", |value, _, _| {
            value.split(",sig=").next().unwrap_or_default().to_owned()
        }),
        ("forged/pivotal-changed-time", |value, time, earlier| {
            value.replacen(time, &format!("t={earlier},"), 1)
        }),
    ];
    for (name, change) in changes {
        let delivery = list.signed(Scheme::Pivotal)?;
        let value = String::from_utf8_lossy(delivery.signature()).into_owned();
        let changed = change(&value, &time, earlier);
        list.refused(name, &delivery.with_signature(changed));
    }
    Ok(())
}

/// Signatures that are genuine in another scheme.
fn other_schemes(list: &mut List<'_>) -> Result {
    let deliveries = list.deliveries;
    if deliveries.sender() == Sender::Pivot {
        // A receiver of Pivot has no other scheme, and its key may be of another form.
        return Ok(());
    }
    if deliveries.schemes().len() > 1 {
        let svix = list.signed(Scheme::Svix)?;
        let pivotal = list.signed(Scheme::Pivotal)?;
        let token = String::from_utf8_lossy(svix.signature()).replacen("v1,", "", 1);
        let parameters = format!("v1,t={},sig={token}", deliveries.now().as_secs());
        list.refused(
            "forged/svix-signature-in-pivotal-header",
            &Delivery { body: svix.body.clone(), ..pivotal.clone().with_signature(parameters) },
        );
        let token = String::from_utf8_lossy(pivotal.signature()).into_owned();
        let token = token.rsplit_once("sig=").map_or("", |(_, token)| token);
        list.refused(
            "forged/pivotal-signature-in-svix-header",
            &Delivery { body: pivotal.body, ..svix.with_signature(format!("v1,{token}")) },
        );
    }
    let genuine = deliveries.genuine()?;
    let foreign =
        Delivery { headers: Vec::new(), ..genuine }.with("x-pivot-signature", &"0".repeat(64));
    list.refused("forged/header-of-other-sender", &foreign);
    Ok(())
}

/// Authentic bodies that are not events, and bodies that are hard to read.
fn bodies(list: &mut List<'_>) -> Result {
    let scheme = list.deliveries.first_scheme();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let event = |members: &str| format!(r#"{{"id":"evt_check",{members}}}"#).into_bytes();
    let bodies: [(&str, Vec<u8>); 10] = [
        ("not-json", b"id=evt_1&type=customer.at_risk".to_vec()),
        ("no-body", Vec::new()),
        ("array", b"[]".to_vec()),
        ("empty-object", b"{}".to_vec()),
        ("not-utf-8", b"{\"id\":\"\xff\xfe\"}".to_vec()),
        ("not-a-number", br#"{"id":"evt_1","type":"customer.at_risk","data":{"n":NaN}}"#.to_vec()),
        ("fields-of-other-types", br#"{"id":1,"type":[],"data":"x","eventType":{}}"#.to_vec()),
        ("key-twice", event(r#""type":"a","type":"customer.at_risk","data":{}"#)),
        ("half-a-surrogate-pair", event(r#""type":"a","data":{"name":"\ud800"}"#)),
        ("nested-100000-deep", format!(r#"{{"id":"evt_1","data":{deep}}}"#).into_bytes()),
    ];
    for (property, body) in bodies {
        let delivery = list.deliveries.signed(scheme, body)?;
        list.add(&format!("malformed/authentic-{property}"), &delivery, Expected::NoFault);
    }
    let compressed = list.signed(scheme)?.with("content-encoding", "gzip");
    list.add("malformed/body-labelled-gzip", &compressed, Expected::Other4xx);
    Ok(())
}
