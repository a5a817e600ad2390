//! The tests that the receivers of every language pass, on real sockets.

use std::collections::HashSet;

use pivotal_webhooks::Scheme;
use pivotal_webhooks_axum::Webhook;

use crate::{
    deliveries::{
        BAD, BODY, CHURNED, MAX_BODY, NOW, OTHER, SECRET, fresh, header, signed, text_of,
        unauthorized, with, without,
    },
    site::{Seen, Site},
    wire::{Headers, head, request},
};

const MAX_DISCARDED: usize = 4 * 1024 * 1024;

fn event() -> (String, Vec<u8>) {
    ("evt_1".to_owned(), BODY.to_vec())
}

#[test]
fn an_event_is_handled_and_its_body_still_there() {
    let site = Site::start();
    let answer = site.post(&fresh(BODY));
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok"));
    assert_eq!(site.records.handled(), [event()]);
    let accepted = Seen {
        verdict: "accepted",
        code: None,
        status: 200,
        scheme: Some("svix"),
        skew: Some(0),
        label: Some("2026-06".to_owned()),
        delivery_id: Some("msg_1".to_owned()),
        body_bytes: BODY.len(),
        event_id: Some("evt_1".to_owned()),
    };
    assert_eq!(site.records.outcomes(), [accepted]);
}

#[test]
fn names_have_no_letter_case_and_identity_is_no_compression() {
    let site = Site::start();
    let loud = fresh(BODY).into_iter().map(|(name, value)| (name.to_uppercase(), value)).collect();
    assert_eq!(site.post(&loud).status, 200);
    assert_eq!(site.post(&with(fresh(BODY), "content-encoding", "identity")).status, 200);
    for kind in ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        assert_eq!(site.post(&with(fresh(BODY), "content-type", kind)).status, 200);
    }
    assert_eq!(site.records.handled(), [event(), event(), event(), event()]);
}

#[test]
fn what_is_not_authentic_is_unauthorized_and_answered_alike() {
    let site = Site::start();
    let mut answers = HashSet::new();
    for (which, headers, code) in unauthorized() {
        let mut answer = site.post(&headers);
        answer.headers.retain(|(name, _)| name != "date");
        assert_eq!((answer.status, answer.body.as_str()), (401, "invalid signature"), "{which}");
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
        assert_eq!(site.records.refusal(), code, "{which}");
        answers.insert(format!("{answer:?}"));
    }
    assert_eq!(answers.len(), 1);
}

#[test]
fn what_is_no_event_is_bad_and_the_outcome_tells_who_signed_it() {
    let site = Site::start();
    for (body, code) in BAD {
        let answer = site.send("POST", &fresh(body), body);
        assert_eq!((answer.status, answer.body.as_str()), (400, "invalid payload"));
        let outcome = site.records.outcomes().pop().unwrap();
        assert_eq!((outcome.verdict, outcome.code, outcome.status), ("refused", Some(*code), 400));
        assert_eq!((outcome.scheme, outcome.skew), (Some("svix"), Some(0)));
        assert_eq!(outcome.label.as_deref(), Some("2026-06"));
        assert_eq!(outcome.delivery_id.as_deref(), Some("msg_1"));
    }
    let webhook = Webhook::new(SECRET).unwrap();
    let headers =
        with(signed(&webhook, Scheme::Pivotal, NOW, BODY), "pivotal-event", "customer.created");
    assert_eq!(site.post(&headers).status, 400);
    assert_eq!(site.records.refusal(), "event_type_mismatch");
}

#[test]
fn a_second_line_is_never_believed() {
    let site = Site::start();
    for (name, value) in without(fresh(BODY), "svix-signature") {
        for headers in [
            with(fresh(BODY), &name, "1"),
            [vec![header(&name.to_uppercase(), "1")], fresh(BODY)].concat(),
            [fresh(BODY), vec![(name.clone(), value.clone())]].concat(),
        ] {
            assert_eq!(site.post(&headers).status, 401);
            assert_eq!(site.records.refusal(), "header_duplicated");
        }
    }
}

#[test]
fn lines_of_signatures_are_one_list() {
    let site = Site::start();
    let other = signed(&Webhook::new(OTHER).unwrap(), Scheme::Svix, NOW, BODY).pop().unwrap();
    for headers in
        [[fresh(BODY), vec![other.clone()]].concat(), [vec![other.clone()], fresh(BODY)].concat()]
    {
        assert_eq!(site.post(&headers).status, 200);
    }
    let wrong = [without(fresh(BODY), "svix-signature"), vec![other.clone(), other]].concat();
    assert_eq!(site.post(&wrong).status, 401);
}

#[test]
fn an_underscore_is_never_believed() {
    let site = Site::start();
    assert_eq!(site.post(&with(fresh(BODY), "svix_id", "evil")).status, 200);
    assert_eq!(site.post(&with(without(fresh(BODY), "svix-id"), "svix_id", "msg_1")).status, 401);
}

#[test]
fn a_body_may_be_as_long_as_the_limit() {
    let site = Site::start();
    let mut body = BODY.to_vec();
    body.resize(MAX_BODY, b' ');
    assert_eq!(site.send("POST", &fresh(&body), &body).status, 200);
    assert_eq!(site.records.outcomes().pop().unwrap().body_bytes, MAX_BODY);
    assert_eq!(site.records.handled().len(), 1);
    body.push(b' ');
    let answer = site.send("POST", &fresh(&body), &body);
    assert_eq!((answer.status, answer.body.as_str()), (413, "payload too large"));
    assert_eq!(site.records.refusal(), "payload_too_large");
}

#[test]
fn a_chunked_body_is_the_same() {
    let site = Site::start();
    for size in [1, 9, BODY.len()] {
        let mut connection = site.connect();
        connection.write(&request("POST", &fresh(BODY), BODY, Some(size))).unwrap();
        assert_eq!(connection.answer("POST").unwrap().status, 200);
    }
    assert_eq!(site.records.handled(), [event(), event(), event()]);
}

#[test]
fn an_announced_length_beyond_the_limit_is_not_read() {
    let site = Site::start();
    for (lines, status) in [
        (vec![format!("content-length: {}", MAX_BODY + 1)], 413),
        (vec!["content-length: 1000000000000".to_owned()], 413),
        (vec!["content-length: 1000".to_owned(), "content-encoding: gzip".to_owned()], 401),
        (vec!["transfer-encoding: chunked".to_owned(), "content-encoding: br".to_owned()], 401),
    ] {
        let mut connection = site.connect();
        connection.write(&head("POST", &fresh(BODY), &lines)).unwrap();
        let answer = connection.answer("POST").unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (status, text_of(status)));
        assert!(answer.closes());
        assert_eq!(site.records.outcomes().pop().unwrap().body_bytes, 0);
    }
}

#[test]
fn a_sender_that_goes_on_and_on_is_stopped() {
    let site = Site::start();
    let mut connection = site.connect();
    let piece = vec![b' '; 65_536];
    let mut chunk = b"10000\r\n".to_vec();
    chunk.extend_from_slice(&piece);
    chunk.extend_from_slice(b"\r\n");
    connection.write(&head("POST", &fresh(BODY), &["transfer-encoding: chunked".into()])).unwrap();
    let sent = (0..10_000).take_while(|_| connection.write(&chunk).is_ok()).count();
    assert!(sent < 10_000, "the receiver reads without an end");
    let outcomes = site.records.outcomes();
    assert_eq!(outcomes[0].code, Some("payload_too_large"));
    assert!(outcomes[0].body_bytes < 2 * MAX_BODY);
}

#[test]
fn an_odd_length_is_no_fault() {
    let site = Site::start();
    for length in ["-1", "+76", "7_6", "x"] {
        let mut connection = site.connect();
        connection
            .write(&head("POST", &fresh(BODY), &[format!("content-length: {length}")]))
            .unwrap();
        connection.write(BODY).ok();
        assert!(matches!(connection.answer("POST").unwrap().status, 400 | 401));
    }
    assert_eq!(site.records.handled(), []);
}

#[test]
fn the_next_request_after_a_refusal_is_not_eaten() {
    let (short, long) = (MAX_BODY + 1, MAX_BODY + MAX_DISCARDED + MAX_BODY);
    let refusals: [(usize, Headers, u16); 4] = [
        (short, fresh(BODY), 413),
        (long, fresh(BODY), 413),
        (BODY.len(), Headers::new(), 401),
        (9, with(fresh(BODY), "content-encoding", "gzip"), 401),
    ];
    for chunk in [None, Some(65_536)] {
        for (length, headers, status) in &refusals {
            let site = Site::start();
            let mut connection = site.connect();
            let mut both = request("POST", headers, &vec![b' '; *length], chunk);
            both.extend_from_slice(&request("POST", &fresh(BODY), BODY, chunk));
            connection.write_beside(both);
            let refusal = connection.answer("POST").unwrap();
            assert_eq!(refusal.status, *status);
            assert_eq!(refusal.closes(), *length == long, "{length} {chunk:?}");
            let next = connection.answer("POST").ok().map(|answer| answer.status);
            assert_eq!(next, (*length != long).then_some(200), "{length} {chunk:?}");
        }
    }
}

#[test]
fn a_sender_that_hangs_up_ends_quietly() {
    let site = Site::start();
    for sent in [0, 30] {
        let mut connection = site.connect();
        let length = format!("content-length: {}", BODY.len());
        connection.write(&head("POST", &fresh(BODY), &[length])).unwrap();
        connection.write(&BODY[..sent]).unwrap();
        connection.hang_up();
        let outcome = site.eventually().remove(0);
        assert_eq!((outcome.verdict, outcome.code, outcome.status), ("aborted", None, 400));
        assert!(outcome.body_bytes <= sent);
        assert_eq!((outcome.scheme, outcome.event_id), (None, None));
    }
    assert_eq!(site.records.handled(), []);
    assert_eq!(site.post(&fresh(BODY)).status, 200);
    assert_eq!(site.records.outcomes().len(), 1);
}

#[test]
fn other_methods_are_answered_405() {
    let site = Site::start();
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE"] {
        let answer = site.send(method, &fresh(BODY), BODY);
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{method}");
        assert!(method == "HEAD" || answer.body == "method not allowed");
        let allows = answer.headers.iter().filter(|(name, _)| name == "allow").count();
        assert_eq!(allows, 1, "{method}");
    }
    assert_eq!((site.records.handled(), site.records.outcomes()), (vec![], vec![]));
}

#[test]
fn an_error_of_the_handler_is_its_answer() {
    let site = Site::start();
    assert_eq!(site.send("POST", &fresh(CHURNED), CHURNED).status, 500);
    assert_eq!(site.records.outcomes()[0].verdict, "accepted");
}

#[test]
fn a_time_is_checked_in_both_directions() {
    let site = Site::start();
    let webhook = Webhook::new(SECRET).unwrap();
    for (at, status, skew) in [
        (NOW - 300, 200, 300),
        (NOW + 300, 200, -300),
        (NOW - 301, 401, 301),
        (NOW + 301, 401, -301),
    ] {
        assert_eq!(site.post(&signed(&webhook, Scheme::Svix, at, BODY)).status, status);
        assert_eq!(site.records.outcomes().pop().unwrap().skew, Some(skew));
    }
}
