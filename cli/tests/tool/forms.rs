//! Deliveries in the forms in which people have them, and which form was guessed.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use crate::{
    delivery::{AT, BODY, Delivery, SIGNED_AT},
    tool::Place,
};

fn headers() -> Map<String, Value> {
    let headers = Delivery::genuine().headers.into_iter();
    headers.map(|(name, value)| (name, Value::from(value))).collect()
}

/// Each value in a list.
fn lists() -> Map<String, Value> {
    headers().into_iter().map(|(name, value)| (name, json!([value]))).collect()
}

/// A list of objects with name and value, as in HTTP archives.
fn pairs() -> Vec<Value> {
    let pseudo = [(":method", "POST"), (":path", "/webhooks")];
    let pseudo = pseudo.into_iter().map(|(name, value)| json!({"name": name, "value": value}));
    pseudo
        .chain(headers().iter().map(|(name, value)| json!({"name": name, "value": value})))
        .collect()
}

fn base64() -> String {
    STANDARD.encode(BODY)
}

/// The tool reads one genuine delivery in this text, and says that it has this form.
fn assert_read(form: &str, text: impl AsRef<[u8]>) -> Value {
    let place = Place::new();
    place.write("input", &text);
    let ran = place.run(&["verify", "--json", "--at", AT, "input"]);
    let shown = String::from_utf8_lossy(text.as_ref()).into_owned();
    assert_eq!(ran.exit, 0, "{}\n{shown}", ran.all());
    let object = ran.object();
    assert_eq!(object["form"], form);
    assert_eq!(object["form_guessed"], true);
    assert_eq!(object["event"]["id"], "evt_1");

    let named = place.run(&["verify", "--json", "--at", AT, "--form", form, "input"]).object();
    assert_eq!(named["form_guessed"], false);
    let piped = place.run_with(
        &[("PIVOTAL_WEBHOOK_SECRET", crate::tool::SECRET)],
        &["verify", "--json", "--at", AT],
        text.as_ref(),
    );
    let source = piped.object()["source"].clone();
    assert!(source.as_str().unwrap().starts_with("standard input"));
    object
}

#[test]
fn raw_http_requests() {
    let delivery = Delivery::genuine();
    let mut head = String::new();
    for (name, value) in &delivery.headers {
        writeln!(head, "{name}: {value}").unwrap();
    }
    let crlf = head.replace('\n', "\r\n");
    let length = BODY.len();
    assert_read(
        "http",
        format!("POST /a?b=c HTTP/1.1\r\nHost: x\r\n{crlf}Content-Length: {length}\r\n\r\n{BODY}"),
    );
    // As in the files of HTTP clients: no version, an address, lines that end in LF.
    assert_read("http", format!("POST https://example.com/webhooks\n{head}\n{BODY}"));
    let (one, two) = BODY.split_at(20);
    let chunks = format!("{:x}\r\n{one}\r\n{:x};x=y\r\n{two}\r\n0\r\n\r\n", one.len(), two.len());
    assert_read(
        "http",
        format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n{crlf}\r\n{chunks}"),
    );
    // An editor has added a line end.
    let edited = assert_read(
        "http",
        format!("POST / HTTP/1.1\r\nContent-Length: {length}\r\n{crlf}\r\n{BODY}\n"),
    );
    assert!(edited["notes"][0].as_str().unwrap().contains("1 more bytes"));
}

#[test]
fn a_saved_delivery_is_checked_at_the_time_when_it_arrived() {
    let place = Place::new();
    place.write("in time.http", Delivery::genuine().saved("2026-05-26T18:45:00Z"));
    place.write("late.http", Delivery::genuine().saved("2026-05-26T18:48:00Z"));
    let ran = place.run(&["verify", "--json", "in time.http", "late.http"]);
    let [in_time, late] = &ran.objects()[..] else { panic!("{}", ran.all()) };
    assert_eq!((&in_time["verdict"], &in_time["skew"]), (&json!("accepted"), &json!(180)));
    assert_eq!(late["error"]["code"], "timestamp_too_old");
    assert_eq!(late["checked_at"], "2026-05-26T18:48:00Z");
    assert_eq!(ran.exit, 8);
}

#[test]
fn curl_commands() {
    let delivery = Delivery::genuine();
    let options = |quote: &dyn Fn(&str) -> String| -> String {
        let lines = delivery.headers.iter();
        lines.map(|(name, value)| format!("-H {} ", quote(&format!("{name}: {value}")))).collect()
    };
    let single = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let double = |text: &str| {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('`', "\\`"))
    };
    // As Chrome copies it: control characters and quotes as escapes, in `$'…'`.
    let chrome = format!("$'{}'", BODY.replace('\\', "\\\\").replace('\'', "\\u0027"));
    assert_read(
        "curl",
        format!(
            "curl 'https://example.com/w' \\\n  {} \\\n  --data-raw {chrome} \\\n  --compressed --insecure\n",
            options(&single)
        ),
    );
    // As Firefox copies it: everything beyond ASCII as an escape.
    let mut firefox = String::from("$'");
    for unit in BODY.replace('\\', "\\\\").replace('\'', "\\'").encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => firefox.push(char::from(byte)),
            Ok(byte) => write!(firefox, "\\x{byte:02x}").unwrap(),
            Err(_) => write!(firefox, "\\u{unit:04x}").unwrap(),
        }
    }
    assert_read(
        "curl",
        format!("curl 'https://example.com/w' -X POST {}--data-raw {firefox}'", options(&single)),
    );
    // As documentation shows it.
    assert_read(
        "curl",
        format!(
            "$ curl -sSL -XPOST {}--data-binary {} http://localhost:8000/w",
            options(&double),
            single(BODY)
        ),
    );
    assert_read(
        "curl",
        format!(
            "curl --request POST --url http://localhost/w {}-d {}",
            options(&single),
            double(BODY)
        ),
    );

    let place = Place::new();
    place.write("body.json", BODY);
    place.write(
        "input",
        format!("curl {}--data-binary @body.json http://localhost/", options(&single)),
    );
    assert_eq!(place.run(&["verify", "--at", AT, "input"]).exit, 0);
    for (command, reason) in [
        ("curl 'http://localhost", "quotes don't match"),
        ("curl --data-urlencode a=b http://localhost", "`--data-urlencode` is not known"),
        ("curl --data-binary @no.json http://localhost", "`no.json` can't be read"),
        ("curl ^\"http://localhost^\" ^\n -H ^\"a: b^\"", "the `cmd` of Windows"),
    ] {
        place.write("input", command);
        let ran = place.run(&["verify", "input"]);
        assert_eq!(ran.exit, 4);
        assert!(ran.stderr.contains(reason), "{}", ran.stderr);
    }
}

#[test]
fn http_archives() {
    let request = |content: Value| {
        json!({
            "method": "POST", "url": "https://example.com/webhooks?a=b", "httpVersion": "HTTP/2",
            "headers": pairs(), "queryString": [], "cookies": [], "headersSize": -1,
            "bodySize": BODY.len(), "postData": content,
        })
    };
    let archive = |entries: Vec<Value>| {
        json!({"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": entries}})
            .to_string()
    };
    let text = json!({"mimeType": "application/json", "text": BODY});
    let entry =
        json!({"startedDateTime": "2026-05-26T20:42:01.123+02:00", "request": request(text)});
    assert_read("har", archive(vec![entry.clone()]));
    let get = json!({"startedDateTime": AT, "request": {"method": "GET", "url": "https://example.com", "headers": []}});
    let encoded = json!({"mimeType": "application/json", "text": base64(), "encoding": "base64"});
    let encoded = json!({"startedDateTime": AT, "request": request(encoded)});
    assert_read("har", archive(vec![get.clone(), encoded.clone()]));

    let place = Place::new();
    place.write("two.har", archive(vec![entry, get.clone(), encoded]));
    let objects = place.run(&["verify", "--json", "two.har"]).objects();
    let sources: Vec<_> = objects.iter().map(|object| object["source"].as_str().unwrap()).collect();
    assert_eq!(sources, ["two.har, entry 1", "two.har, entry 3"]);
    assert_eq!(objects[0]["checked_at"], "2026-05-26T18:42:01Z");
    place.write("none.har", archive(vec![get]));
    assert_eq!(place.run(&["verify", "none.har"]).exit, 4);
}

#[test]
fn lambda_events() {
    let millis = SIGNED_AT * 1_000 + 123;
    let gateway_2 = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": "/webhooks", "rawQueryString": "",
        "headers": headers(),
        "requestContext": {"http": {"method": "POST", "path": "/webhooks"}, "timeEpoch": millis},
        "body": base64(), "isBase64Encoded": true,
    });
    let gateway_1 = json!({
        "resource": "/{proxy+}", "path": "/webhooks", "httpMethod": "POST",
        "headers": {"content-type": "application/json"}, "multiValueHeaders": lists(),
        "requestContext": {"httpMethod": "POST", "requestTimeEpoch": millis},
        "body": BODY, "isBase64Encoded": false,
    });
    let balancer = json!({
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:x"}},
        "httpMethod": "POST", "path": "/webhooks", "queryStringParameters": {},
        "headers": headers(), "body": BODY, "isBase64Encoded": false,
    });
    // Lattice counts microseconds, and writes them as text.
    let lattice = json!({
        "version": "2.0", "path": "/webhooks", "method": "POST", "headers": lists(), "body": BODY,
        "isBase64Encoded": false,
        "requestContext": {"serviceArn": "arn:x", "timeEpoch": format!("{}", SIGNED_AT * 1_000_000)},
    });
    let place = Place::new();
    place.write("lattice.json", lattice.to_string());
    assert_eq!(place.run(&["verify", "--json", "lattice.json"]).object()["checked_at"], AT);
    for event in [&gateway_2, &gateway_1, &balancer, &lattice] {
        assert_read("aws", event.to_string());
    }
    let place = Place::new();
    place.write("events.json", json!([gateway_2, gateway_1]).to_string());
    let ran = place.run(&["verify", "--json", "events.json"]);
    assert_eq!(ran.exit, 0, "{}", ran.all());
    assert_eq!(ran.objects()[1]["source"], "events.json, event 2");
    assert_eq!(ran.objects()[1]["checked_at"], AT);
}

#[test]
fn exports_of_request_bins_and_dashboards() {
    let bin = json!({
        "uuid": "9981f9f4", "type": "web", "token_id": "x", "ip": "192.0.2.1", "method": "POST",
        "content": BODY, "headers": lists(), "url": "https://webhook.site/9981f9f4",
        "created_at": "2026-05-26 18:42:03", "query": null, "request": null,
    });
    assert_read("json", bin.to_string());
    assert_read("json", json!({"data": [bin], "total": 1, "is_last_page": true}).to_string());
    // A tunnel's inspection interface, with the bytes on the wire.
    let wire = Delivery::genuine().saved(AT).replace("Pivotal-Webhooks-Received-At", "X-Test");
    let tunnel = json!({"requests": [{
        "uri": "/api/requests/http/1", "start": "2026-05-26T18:42:00.5Z",
        "request": {"method": "POST", "headers": lists(), "raw": STANDARD.encode(&wire)},
        "response": {"status": "200 OK", "headers": {"a": ["b"]}, "raw": "eA=="},
    }]});
    assert_read("json", tunnel.to_string());
    // A log line of a Node server: the body is a Buffer.
    let buffer = json!({"type": "Buffer", "data": BODY.as_bytes()});
    assert_read("json", json!({"headers": headers(), "body": buffer}).to_string());
    // A workflow's trigger, with the parsed body.
    let parsed: Value = serde_json::from_str(BODY).unwrap();
    let event =
        json!({"event": {"method": "POST", "path": "/", "headers": headers(), "body": parsed}});
    let read = assert_read("json", event.to_string());
    assert!(read["notes"][0].as_str().unwrap().contains("as parsed JSON"), "{read}");
    // A gateway's request: what holds the headers is inside an object with the time.
    let gateway = json!({"id": "req_1", "ingested_at": "2026-05-26T18:42:01.000Z",
        "data": {"path": "/", "query": "", "headers": headers(), "body": parsed, "is_large_payload": false}});
    let place = Place::new();
    place.write("input", gateway.to_string());
    assert_eq!(
        place.run(&["verify", "--json", "input"]).object()["checked_at"],
        "2026-05-26T18:42:01Z"
    );

    let two = json!([{"headers": pairs(), "rawBody": BODY}, {"headers": headers(), "body_base64": base64()}]);
    place.write("two.json", two.to_string());
    let ran = place.run(&["verify", "--json", "--at", AT, "two.json"]);
    assert_eq!((ran.exit, ran.objects().len()), (0, 2), "{}", ran.all());
}

#[test]
fn parts_from_options() {
    let place = Place::new();
    let delivery = Delivery::genuine();
    let lines: Vec<_> =
        delivery.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let mut arguments = vec!["verify", "--json", "--at", AT];
    for line in &lines {
        arguments.extend(["-H", line]);
    }
    let variables = [("PIVOTAL_WEBHOOK_SECRET", crate::tool::SECRET)];
    let piped = place.run_with(&variables, &arguments, BODY);
    assert_eq!((piped.exit, &piped.object()["source"]), (0, &json!("options")));
    assert!(piped.object().get("form").is_none());
    place.write("body.json", BODY);
    arguments.extend(["--body", "body.json"]);
    assert_eq!(place.run(&arguments).exit, 0);
    assert_eq!(place.run(&["verify", "-H", "no colon", "--body", "body.json"]).exit, 2);
}

#[test]
fn several_files_of_different_forms_are_read_at_once() {
    let place = Place::new();
    place.write("a.http", Delivery::genuine().saved(AT));
    place.write(
        "b.json",
        json!({"headers": headers(), "body": BODY, "time": SIGNED_AT}).to_string(),
    );
    place.write("c.http", Delivery::genuine().with_body("{}").saved(AT));
    let ran = place.run(&["verify", "a.http", "b.json", "c.http", "a.http"]);
    for line in [
        "a.http, guessed to be a raw HTTP request",
        "b.json, guessed to be a JSON export",
        "accepted",
        "refused",
    ] {
        assert!(ran.stdout.contains(line), "{}", ran.stdout);
    }
    assert_eq!(ran.exit, 7);
}

#[test]
fn a_text_of_no_known_form_is_an_error() {
    let place = Place::new();
    for text in ["", "hello", "[]", "{\"a\":1}", "<html>"] {
        place.write("input", text);
        let ran = place.run(&["verify", "input"]);
        assert_eq!((ran.exit, ran.stdout.as_str()), (4, ""));
        assert!(ran.stderr.contains("the form of `input` is not known"), "{}", ran.stderr);
        for form in ["http", "har", "aws", "json", "curl"] {
            let ran = place.run(&["verify", "--form", form, "input"]);
            assert!([4, 6].contains(&ran.exit), "{form} {text:?}: {}", ran.all());
        }
    }
}
