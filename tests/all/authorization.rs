//! A1 to A6: who may use which field, as one table in `authorization.txt`. Every cell of it is really asked for.

mod cell;
mod rows;

use std::{collections::BTreeSet, fmt::Write};

use cell::{Cell, Principal};
use rows::{Row, rows};

use crate::{golden, prelude::*};

use Permission::{UsersCreate, UsersDelete, UsersEdit, UsersManage, UsersView};
use Principal::{Admin, ForeignAdmin, Nobody, SignedOut, Suspended, User};

/// The columns, each with its heading in two lines.
const PRINCIPALS: [(&str, &str, Principal); 15] = [
    ("", "nobody", Nobody),
    ("signed", "out", SignedOut),
    ("sus-", "pended", Suspended),
    ("plain", "user", User(&[])),
    ("create", "alone", User(&[UsersCreate])),
    ("edit", "alone", User(&[UsersEdit])),
    ("delete", "alone", User(&[UsersDelete])),
    ("manage", "alone", User(&[UsersManage])),
    ("", "view", User(&[UsersView])),
    ("view+", "create", User(&[UsersView, UsersCreate])),
    ("view+", "edit", User(&[UsersView, UsersEdit])),
    ("view+", "delete", User(&[UsersView, UsersDelete])),
    ("view+", "manage", User(&[UsersView, UsersManage])),
    ("", "admin", Admin),
    ("other", "tenant", ForeignAdmin),
];

const LEGEND: &str = "\
Who may use which field (A1 to A6). Written by tests/all/authorization.rs: UPDATE_GOLDEN=1 renews it.

  yes     it is answered, or done             -       UNAUTHENTICATED, a top-level error
  null    answered as what does not exist     no      FORBIDDEN, a top-level error
  more    ESCALATION                          self    CANNOT_TARGET_SELF
  absent  NOT_FOUND                           rule    another code, of the operation's own rules
          (these in `errors` of the payload, at the input field that the last column names)

Signed out and suspended were admins, and ask with their old token. Create, edit, delete and manage are the permissions
users.create and so on. The other tenant's admin asks by ids of this tenant, and otherwise about their own.
";

/// The word for an outcome in the table.
fn short(code: &str) -> &str {
    match code {
        "yes" | "null" => code,
        "UNAUTHENTICATED" => "-",
        "FORBIDDEN" => "no",
        "ESCALATION" => "more",
        "CANNOT_TARGET_SELF" => "self",
        "NOT_FOUND" => "absent",
        _ => "rule",
    }
}

/// A line of the table: field and on what, a word for each principal, and where the refusals point.
async fn line(app: &TestApp, number: usize, row: Row) -> Vec<String> {
    let tenant = app.tenant(&format!("acme-{number}"), 999).await;
    let other = app.tenant(&format!("globex-{number}"), 999).await;
    let mut words = vec![row.field.to_owned(), row.on.to_owned()];
    let mut refused = Vec::new();
    for (_, _, who) in &PRINCIPALS {
        let (code, path) = Cell::new(app, (&tenant, &other), who, row).await.ask(row).await;
        let word = short(&code);
        if let Some(path) = path {
            let at = format!("{} at {path}", if word == "rule" { &code } else { word });
            if !refused.contains(&at) {
                refused.push(at);
            }
        }
        words.push(word.to_owned());
    }
    words.push(refused.join(", "));
    words
}

fn headings() -> [Vec<String>; 2] {
    let heading = |first: &str, words: [&str; PRINCIPALS.len()], last: &str| {
        let words = [first, ""].into_iter().chain(words).chain([last]);
        words.map(str::to_owned).collect()
    };
    [
        heading("", PRINCIPALS.each_ref().map(|(above, _, _)| *above), ""),
        heading("field", PRINCIPALS.each_ref().map(|(_, below, _)| *below), "refused"),
    ]
}

fn aligned(table: &[Vec<String>]) -> String {
    let width = |column: usize| table.iter().map(|row| row[column].chars().count()).max().unwrap();
    let widths: Vec<usize> = (0..table[0].len()).map(width).collect();
    let mut text = String::new();
    for row in table {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            write!(line, "{cell:width$}  ").unwrap();
        }
        writeln!(text, "{}", line.trim_end()).unwrap();
    }
    text
}

#[rstest]
#[tokio::test]
async fn a6_who_may_use_which_field_is_what_the_table_says(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let mut table = Vec::from(headings());
    for (number, row) in rows().into_iter().enumerate() {
        table.push(line(&app, number, row).await);
    }
    golden::assert_same("all/authorization.txt", &format!("{LEGEND}\n{}", aligned(&table)));
}

#[tokio::test]
async fn a6_every_root_field_of_the_schema_has_a_row() {
    let app = TestApp::start(Db::Sqlite).await;
    let query = "{ __schema { queryType { fields { name } } mutationType { fields { name } } } }";
    let schema = app.data((), query, json!({})).await["__schema"].take();
    for (root, mutation) in [("queryType", false), ("mutationType", true)] {
        let fields = schema[root]["fields"].as_array().unwrap();
        let fields: BTreeSet<_> = fields.iter().map(|field| field["name"].as_str().unwrap()).collect();
        let rows: BTreeSet<_> =
            rows().iter().filter(|row| row.mutation == mutation).map(|row| row.field).collect();
        let missing: Vec<_> = fields.difference(&rows).collect();
        assert!(missing.is_empty(), "say in tests/all/authorization/rows.rs who may use {missing:?}");
        let gone: Vec<_> = rows.difference(&fields).collect();
        assert!(
            gone.is_empty(),
            "{gone:?} is not in the schema: drop its rows in tests/all/authorization/rows.rs"
        );
    }
}
