//! Renders the templates in `xtask/templates`. Each has the name of the file that it writes.

use std::fs;

use minijinja::{
    Environment, UndefinedBehavior,
    syntax::SyntaxConfig,
    value::{Serde, Value},
};

use crate::{
    failure::{About as _, Result},
    shell,
};

const FOLDER: &str = "xtask/templates";

/// The text of a template, with these variables.
pub(crate) fn render(name: &str, facts: &serde_json::Value) -> Result<String> {
    let file = format!("{FOLDER}/{name}.jinja");
    let source = fs::read_to_string(shell::root().join(&file)).about(&file)?;
    let mut environment = Environment::new();
    // A line that holds a tag alone writes nothing.
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()
            .about(&file)?,
    );
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("docstring", docstring);
    environment.add_filter("camel", camel);
    environment
        .template_from_named_str(name, &source.replace("\r\n", "\n"))
        .and_then(|template| template.render(Value::from(Serde(facts))))
        .map_err(|error| crate::failure::Failure::new(format!("{file}: {error:#}")))
}

/// The content of a docstring in a class, on one line, or broken at the last space that fits.
fn docstring(sentence: &str) -> String {
    const WIDTH: usize = 100 - "    \"\"\"\"\"\"".len();
    if sentence.len() <= WIDTH {
        return sentence.to_owned();
    }
    let spaces = sentence.match_indices(' ').map(|(at, _)| at);
    let (line, rest) = sentence.split_at(spaces.take_while(|at| *at <= WIDTH).last().unwrap_or(0));
    format!("{line}\n    {}\n    ", rest.trim_start())
}

/// `two_words` as `twoWords`.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |camel, word| {
        let (initial, rest) = word.split_at(word.len().min(1));
        camel + &initial.to_uppercase() + rest
    })
}
