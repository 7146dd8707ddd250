//! The way of a request is one direction: no part uses one that stands above it. Read from the paths in the source.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The parts of `api/src` below `commands`, and which other parts each may use.
const MAY_USE: [(&str, &[&str]); 9] = [
    ("clock", &[]),
    ("config", &[]),
    ("telemetry", &["config"]),
    ("db", &[]),
    ("domain", &["clock", "db"]),
    ("graphql", &["domain", "telemetry"]),
    ("mail", &["config", "domain", "telemetry"]),
    ("http", &["clock", "config", "domain", "graphql", "telemetry"]),
    ("app", &["clock", "config", "db", "domain", "graphql", "http", "mail", "telemetry"]),
];

/// Libraries and crates that a part does without, and what to do instead.
const DOES_WITHOUT: [(&str, &[&str], &str); 5] = [
    (
        "api/src/domain",
        &["async_graphql", "axum", "clap", "lettre", "tower_http"],
        "take plain values, answer domain types, and let graphql, http or mail turn them into theirs",
    ),
    (
        "api/src/graphql",
        &["axum", "lettre", "migration", "sea_orm", "sqlx", "tower_http"],
        "move the statement into an operation of the domain, and call that",
    ),
    ("api/src/mail", &["async_graphql", "axum"], "hand over what it needs in the outbox"),
    (
        "api/src/http",
        &["entity", "lettre", "migration", "sea_orm", "sqlx"],
        "ask the domain: http only finds out who is asking",
    ),
    (
        "entity/src",
        &["async_graphql", "axum", "lettre", "migration", "rolecall", "sqlx"],
        "columns and values know nothing of what is done with them",
    ),
];

/// Paths that are fine after all, with the reason.
const EXCEPTIONS: [(&str, &str, &str); 1] = [(
    "api/src/domain/text.rs",
    "lettre::Address",
    "an address that is stored must be one that mail can be sent to, and only lettre knows that",
)];

const LONGEST: usize = 300;

/// A file of the workspace: where it is, and its lines without comments and tests.
struct Source {
    path: String,
    code: String,
}

/// Every file of Rust under `folder`.
fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders = vec![root.join(folder)];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        Source {
            path: path.strip_prefix(&root).unwrap().display().to_string(),
            code: code.map(|line| format!("{line}\n")).collect(),
        }
    };
    files.into_iter().map(read).collect()
}

impl Source {
    /// Every path in it, from its crate on: `crate::domain::users`, `sea_orm::EntityTrait`.
    fn paths(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut rest = self.code.as_str();
        while let Some(at) = rest.find("use ") {
            let begins = rest[..at].chars().next_back().is_none_or(char::is_whitespace);
            let end = if begins { rest[at..].find(';').map_or(rest.len(), |end| at + end) } else { at + 4 };
            if begins {
                let tree: String = rest[at + 4..end].split_whitespace().collect::<Vec<_>>().join(" ");
                expand("", &tree, &mut found);
            }
            rest = &rest[end..];
        }
        let in_a_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let inline = self.code.split(|c: char| !in_a_path(c)).filter(|word| word.contains("::"));
        found.extend(inline.map(|word| word.trim_matches(':').to_owned()));
        found.into_iter().map(|path| self.absolute(&path)).collect()
    }

    /// `path` without `self` and `super`.
    fn absolute(&self, path: &str) -> String {
        let (_, within) = self.path.split_once("src/").unwrap();
        let within = within.trim_end_matches(".rs").trim_end_matches("/mod");
        let mut module: Vec<&str> = within.split('/').collect();
        let mut rest = path;
        let mut relative = false;
        loop {
            if let Some(behind) = rest.strip_prefix("super::") {
                module.pop();
                rest = behind;
            } else if let Some(behind) = rest.strip_prefix("self::") {
                rest = behind;
            } else {
                break;
            }
            relative = true;
        }
        if !relative {
            return path.to_owned();
        }
        let steps = ["crate"].into_iter().chain(module).chain([rest]);
        steps.collect::<Vec<_>>().join("::")
    }
}

/// Writes out a `use` tree: each leaf with everything that stands before it.
fn expand(prefix: &str, tree: &str, found: &mut Vec<String>) {
    let Some((before, inside)) = tree.split_once('{') else {
        found.push(format!("{prefix}{}", tree.trim()));
        return;
    };
    let prefix = format!("{prefix}{}", before.trim());
    let inside = &inside[..inside.rfind('}').unwrap_or(inside.len())];
    let mut depth = 0;
    let leaves = inside.split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    for leaf in leaves.filter(|leaf| !leaf.trim().is_empty()) {
        expand(&prefix, leaf, found);
    }
}

/// Whether `path` is `crate_or_part` or something in it.
fn is_in(path: &str, of: &str) -> bool {
    path.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[test]
fn a_use_tree_is_read_with_all_its_branches() {
    let source = |path: &str, code: &str| Source { path: path.into(), code: code.into() };
    let code =
        "pub use crate::{\n    graphql::{Caller, run},\n    domain,\n};\nuse super::super::text as t;\n";
    let paths = source("api/src/domain/users/edit.rs", code).paths();
    for path in ["crate::graphql::Caller", "crate::graphql::run", "crate::domain", "crate::domain::text as t"]
    {
        assert!(paths.iter().any(|p| p == path), "{path}: {paths:?}");
    }
    let paths = source("api/src/http/mod.rs", "fn f() { super::mail::send(&axum::Router::new()) }").paths();
    assert_eq!(paths, ["crate::mail::send", "axum::Router::new"]);
}

#[test]
fn no_part_uses_one_that_stands_above_it() {
    let mut wrong = Vec::new();
    for source in sources("api/src") {
        let part = source.path.trim_start_matches("api/src/").split(['/', '.']).next().unwrap();
        // The commands and the two roots know everybody.
        let Some((_, allowed)) = MAY_USE.iter().find(|(of, _)| *of == part) else {
            let known = ["commands", "lib", "main"].contains(&part);
            assert!(
                known,
                "{}: say in MAY_USE of tests/all/architecture.rs what {part} may use",
                source.path
            );
            continue;
        };
        for path in source.paths() {
            let Some(used) = path.strip_prefix("crate::").and_then(|rest| rest.split("::").next()) else {
                continue;
            };
            if used != part && !allowed.contains(&used) {
                wrong.push(format!("{}: {path}", source.path));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "These run against the way of a request (http → graphql → domain → entity). Move what is needed down, or pass \
         it in from above; `app` wires the parts:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn no_part_uses_a_library_that_belongs_to_another() {
    let mut wrong = Vec::new();
    for (folder, libraries, instead) in DOES_WITHOUT {
        for source in sources(folder) {
            let fine =
                |path: &str| EXCEPTIONS.iter().any(|(file, of, _)| *file == source.path && is_in(path, of));
            for path in source.paths().iter().filter(|path| !fine(path)) {
                if libraries.iter().any(|library| is_in(path, library)) {
                    wrong.push(format!("{}: {path}. Instead, {instead}.", source.path));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "These belong to another part:\n{}", wrong.join("\n"));
}

#[test]
fn every_exception_is_still_needed() {
    for (file, path, reason) in EXCEPTIONS {
        let source = sources("api/src").into_iter().find(|source| source.path == file);
        let used = source.is_some_and(|source| source.paths().iter().any(|p| is_in(p, path)));
        assert!(used, "{file} does not use {path} any more: drop the exception ({reason})");
    }
}

#[test]
fn the_graphql_part_opens_no_transaction() {
    for source in sources("api/src/graphql") {
        let opens = source.code.contains(".begin(") || source.code.contains("Change::within");
        assert!(!opens, "{} opens a transaction: move that into an operation of the domain", source.path);
    }
}

#[test]
fn no_file_is_longer_than_300_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for folder in ["api/src", "entity/src", "migration/src"] {
        for Source { path, .. } in sources(folder) {
            let lines = fs::read_to_string(root.join(&path)).unwrap().lines().count();
            assert!(lines <= LONGEST, "{path} has {lines} lines: give one of its subjects a file of its own");
        }
    }
}
