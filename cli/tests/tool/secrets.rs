//! Where the secret is read from.

use crate::{
    delivery::{AT, Delivery},
    tool::{OTHER_SECRET, Place, SECRET},
};

fn place() -> Place {
    let place = Place::new();
    place.write("delivery.http", Delivery::genuine().saved(AT));
    place.write("right.txt", format!("{SECRET}\n"));
    place.write("wrong.txt", OTHER_SECRET);
    place
}

#[test]
fn a_secret_comes_from_files_and_variables() {
    let place = place();
    let verify = |variables: &[(&str, &str)], options: &[&str]| {
        place.run_with(variables, &[&["verify", "delivery.http"], options].concat(), "").exit
    };
    assert_eq!(verify(&[], &["--secret-file", "right.txt"]), 0);
    assert_eq!(verify(&[], &["--secret-file", "wrong.txt"]), 7);
    assert_eq!(verify(&[], &["--secret-file", "wrong.txt", "--secret-file", "right.txt"]), 0);
    assert_eq!(verify(&[("MY_SECRET", SECRET)], &["--secret-env", "MY_SECRET"]), 0);
    assert_eq!(verify(&[("PIVOTAL_WEBHOOK_SECRET", SECRET)], &[]), 0);
    // What is named comes first.
    let wrong = [("PIVOTAL_WEBHOOK_SECRET", OTHER_SECRET)];
    assert_eq!(verify(&wrong, &["--secret-file", "right.txt"]), 0);
    let right = [("PIVOTAL_WEBHOOK_SECRET", SECRET)];
    assert_eq!(verify(&right, &["--secret-file", "wrong.txt"]), 7);
}

#[test]
fn without_a_secret_the_exit_code_is_3() {
    let place = place();
    for (variables, options) in [
        (&[][..], &[][..]),
        (&[], &["--secret-file", "no.txt"]),
        (&[], &["--secret-env", "NO_SECRET"]),
        (&[("PIVOTAL_WEBHOOK_SECRET", "")], &[]),
        (&[("PIVOTAL_WEBHOOK_SECRET", "changeme")], &[]),
    ] {
        let arguments = [&["verify", "--json", "delivery.http"], options].concat();
        let ran = place.run_with(variables, &arguments, "");
        assert_eq!((ran.exit, ran.stdout.as_str()), (3, ""), "{}", ran.stderr);
        assert_eq!(ran.error()["kind"], "secret");
    }
}

#[test]
fn no_option_takes_a_secret() {
    let ran = place().run(&["verify", "--secret", SECRET, "delivery.http"]);
    assert_eq!(ran.exit, 2);
}
