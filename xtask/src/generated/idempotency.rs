//! Reads the facts that the stores of all languages share: the settings, Lua scripts and SQL statements
//! in the folder `idempotency`.

use std::{fs, path::Path};

use serde_json::{Map, Value, json};

use crate::{
    failure::{About as _, Result},
    shell,
};

/// The variable `idempotency` of the templates.
pub(super) fn facts() -> Result<Value> {
    let folder = shell::root().join("idempotency");
    let settings = fs::read_to_string(folder.join("settings.json")).about("settings.json")?;
    let settings: Map<String, Value> = serde_json::from_str(&settings).about("settings.json")?;
    let settings: Value = settings
        .iter()
        .map(|(name, value)| json!({ "name": name, "literal": value.to_string() }))
        .collect();
    let named = |name: &str| format!("%({name})s");
    Ok(json!({
        "settings": settings,
        "groups": [
            {
                "name": "redis",
                "about": "Lua scripts. Each takes one key.",
                "texts": texts(&folder.join("redis"), str::to_owned)?,
            },
            {
                "name": "sqlite",
                "about": "Statements with named parameters.",
                "texts": texts(&folder.join("sqlite"), str::to_owned)?,
            },
            {
                "name": "postgresql",
                "about": "Statements with numbered parameters: key, token, lease or time to keep.",
                "texts": texts(&folder.join("postgresql"), |it| parameters(it, numbered))?,
            },
            {
                "name": "psycopg",
                "about": "The statements for PostgreSQL with the named parameters of psycopg.",
                "texts": texts(&folder.join("postgresql"), |it| parameters(it, named))?,
            },
        ],
    }))
}

/// The files of a folder in the order of their names, without comments of SQL and Lua.
fn texts(folder: &Path, adapt: impl Fn(&str) -> String) -> Result<Value> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).about(folder.display())? {
        paths.push(entry?.path());
    }
    paths.sort();
    let mut texts = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).about(path.display())?;
        let is_code = |line: &&str| !line.trim_start().starts_with("--");
        let code: Vec<&str> = text.lines().filter(is_code).collect();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        texts.push(json!({ "name": name, "body": adapt(&code.join("\n")) }));
    }
    Ok(texts.into())
}

/// Rewrites the parameters of a statement, which are written `:name`, for a driver.
fn parameters(text: &str, write: impl Fn(&str) -> String) -> String {
    let mut parts = text.split(':');
    let mut adapted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|it: char| !it.is_ascii_lowercase()).unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        adapted += &write(name);
        adapted += rest;
    }
    adapted
}

fn numbered(name: &str) -> String {
    let number = match name {
        "token" => 2,
        "lease" | "keep" => 3,
        _ => 1,
    };
    format!("${number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_become_those_of_a_driver() {
        let text = "VALUES (:key, :token, CAST(:lease AS bigint)) WHERE key = :key";
        assert_eq!(
            parameters(text, numbered),
            "VALUES ($1, $2, CAST($3 AS bigint)) WHERE key = $1"
        );
        assert_eq!(parameters("LIMIT :limit;", |name| format!("%({name})s")), "LIMIT %(limit)s;");
    }
}
