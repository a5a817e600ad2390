//! Help, the man page, completions and colours.

use crate::{
    delivery::{AT, Delivery},
    tool::{Place, SECRET},
};

/// The numbers and names of the exit codes, as the help lists them.
fn exit_codes() -> Vec<(String, String)> {
    let help = Place::new().run(&["--help"]).stdout;
    let table = help.split("Exit codes:\n").nth(1).unwrap();
    let rows = table.lines().filter(|line| line.starts_with("  "));
    let words = rows.map(|row| row.split_whitespace().map(str::to_owned));
    words.map(|mut words| (words.next().unwrap(), words.next().unwrap())).collect()
}

#[test]
fn the_exit_codes_are_in_the_help_the_man_page_and_the_documentation() {
    let codes = exit_codes();
    assert!(codes.len() > 10 && codes[0] == ("0".to_owned(), "ok".to_owned()));
    let page = Place::new().run(&["manual"]).stdout;
    let document = include_str!("../../../docs/cli.md");
    for (code, name) in codes {
        assert!(page.contains(&format!("{code}  {name}")), "{name}");
        assert!(document.contains(&format!("| {code} | `{name}` |")), "{name}");
    }
}

#[test]
fn every_command_is_documented_and_has_an_example() {
    let place = Place::new();
    let help = place.run(&["--help"]).stdout;
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let document = include_str!("../../../docs/cli.md");
    let page = place.run(&["manual"]).stdout;
    for line in commands.lines() {
        let name = line.split_whitespace().next().unwrap();
        let long = place.run(&[name, "--help"]).stdout;
        assert!(long.contains(&format!("pivotal-webhooks {name}")), "{name} has no example");
        assert!(document.contains(&format!("`{name}`")), "docs/cli.md does not describe {name}");
        assert!(page.contains(&format!(".SH {}", name.to_uppercase())), "{name}");
    }
}

#[test]
fn completions_name_every_command() {
    let place = Place::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = place.run(&["completions", shell]).stdout;
        for name in ["verify", "diagnose", "sign", "events", "--secret-file"] {
            assert!(script.contains(name.trim_start_matches('-')), "{shell}: {name}");
        }
    }
}

#[test]
fn colours_are_for_terminals() {
    let place = Place::new();
    place.write("delivery.http", Delivery::genuine().saved(AT));
    let secret = ("PIVOTAL_WEBHOOK_SECRET", SECRET);
    let has_colour = |variables: &[(&str, &str)], options: &[&str]| {
        let arguments = [&["verify", "delivery.http"], options].concat();
        place.run_with(variables, &arguments, "").stdout.contains('\u{1b}')
    };
    assert!(!has_colour(&[secret], &[]));
    assert!(has_colour(&[secret], &["--color", "always"]));
    assert!(has_colour(&[secret, ("CLICOLOR_FORCE", "1")], &[]));
    assert!(!has_colour(&[secret, ("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[]));
    assert!(!has_colour(&[secret], &["--color", "always", "--json"]));
}
