//! `events`: the catalogue.

use serde_json::Value;

use crate::tool::Place;

#[test]
fn the_catalogue_is_that_of_the_core() {
    let core: Value = serde_json::from_str(include_str!("../../../core/events.json")).unwrap();
    let senders = core["senders"].as_array().unwrap();
    let events = senders.iter().flat_map(|sender| sender["events"].as_array().unwrap());
    let names: Vec<_> = events.map(|event| event["type"].clone()).collect();
    let place = Place::new();
    let listed = place.run(&["events", "--json"]).objects();
    assert_eq!(listed.iter().map(|entry| entry["type"].clone()).collect::<Vec<_>>(), names);
    let text = place.run(&["events"]).stdout;
    assert!(names.iter().all(|name| text.contains(name.as_str().unwrap())));
    let pivot = place.run(&["events", "--json", "--sender", "pivot"]).objects();
    assert!(pivot.len() < names.len() && pivot.iter().all(|entry| entry["sender"] == "pivot"));
}

#[test]
fn a_sample_is_the_body_of_an_event() {
    let place = Place::new();
    let sample: Value =
        serde_json::from_str(&place.run(&["events", "onboarding.launched"]).stdout).unwrap();
    assert_eq!(sample["type"], "onboarding.launched");
    let two = place.run(&["events", "--json", "message_sent", "task.completed"]).objects();
    assert_eq!(two[1]["sample"]["type"], "task.completed");
}
