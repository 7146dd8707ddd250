//! A page is the same however its fields are resolved: one after the other and written down, or as async-graphql does
//! where a field is asked for twice and answers are merged.

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use crate::prelude::*;

/// What is asked of an object.
#[derive(Clone, Debug)]
enum Asked {
    Leaf(String),
    Set(String, Vec<Asked>),
}

/// Written down once, or everything in every set twice, which asks for the same.
fn written(set: &[Asked], times: usize) -> String {
    let one = |asked: &Asked| match asked {
        Asked::Leaf(name) => name.clone(),
        Asked::Set(head, set) => format!("{head} {}", written(set, times)),
    };
    let all: Vec<String> = set.iter().map(one).collect();
    format!("{{ {} }}", vec![all.join(" "); times].join(" "))
}

/// Some of these fields, by their names, under another one, or not at all.
fn leaf(names: &'static [&'static str]) -> BoxedStrategy<Asked> {
    let form = prop::sample::select(
        &["NAME", "other_NAME: NAME", "NAME @include(if: true)", "NAME @skip(if: true)"][..],
    );
    (prop::sample::select(names), form)
        .prop_map(|(name, form)| Asked::Leaf(form.replace("NAME", name)))
        .boxed()
}

fn set(head: &'static str, inside: BoxedStrategy<Asked>) -> BoxedStrategy<Asked> {
    prop::collection::vec(inside, 1..5).prop_map(move |set| Asked::Set(head.into(), set)).boxed()
}

fn template() -> BoxedStrategy<Asked> {
    let leaves = leaf(&["id", "name", "description", "version", "userCount", "createdAt", "__typename"]);
    prop_oneof![6 => leaves, 1 => set("viewerCan", leaf(&["assign", "edit", "delete"]))].boxed()
}

fn user() -> BoxedStrategy<Asked> {
    let leaves = leaf(&[
        "id",
        "email",
        "name",
        "role",
        "status",
        "crmAccess",
        "lastLogin",
        "version",
        "createdAt",
        "__typename",
    ]);
    let fields = prop_oneof![
        8 => leaves,
        2 => set("roleTemplate", template()),
        1 => set("t: roleTemplate", prop_oneof![template(), set("... on RoleTemplate", template())].boxed()),
        1 => set("access", leaf(&["active", "crm", "__typename"])),
        1 => set("permissions", leaf(&["granted"])),
        1 => set("viewerCan", leaf(&["edit", "delete", "resendInvite"])),
        1 => set("invitation", leaf(&["timesIssued", "delivery", "expired"])),
    ]
    .boxed();
    let inside = fields.clone();
    prop_oneof![
        8 => fields,
        1 => set("... on User", inside.clone()),
        1 => set("...", inside.clone()),
        1 => set("... @include(if: true)", inside),
        1 => set("... on Node", leaf(&["id"])),
        1 => Just(Asked::Leaf("...Named".into())),
    ]
    .boxed()
}

fn page() -> BoxedStrategy<Asked> {
    let edge = prop_oneof![1 => leaf(&["cursor", "__typename"]), 4 => set("node", user()), 1 => set("... on UserEdge", leaf(&["cursor"]))];
    prop_oneof![3 => set("edges", edge.boxed()), 1 => set("nodes", user()), 1 => leaf(&["totalCount", "__typename"])].boxed()
}

#[rstest]
#[tokio::test]
async fn a_page_is_the_same_whichever_way_its_fields_are_resolved(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let template = app.add_template(&acme, NewTemplate::new("Support", &[])).await;
    app.add(&acme, NewPerson::user("ann@acme.test").named("Ann").using(&template)).await;
    app.add(&acme, NewPerson::invited("bob@acme.test").using(&template)).await;
    app.add(&acme, NewPerson::suspended("cat@acme.test")).await;
    let mut random = TestRunner::deterministic();
    let mut answered = 0;
    for _ in 0..300 {
        let asked = prop::collection::vec(page(), 1..3).new_tree(&mut random).unwrap().current();
        let mut answers = Vec::new();
        // Once, everything twice, and the list alone twice: whole, and its parts by and by.
        let (once, twice) = (written(&asked, 1), written(&asked, 2));
        let parts: Vec<_> = asked
            .iter()
            .map(|part| format!("users(first: 3) {}", written(std::slice::from_ref(part), 1)))
            .collect();
        for users in [
            format!("users(first: 3) {once}"),
            format!("users(first: 3) {twice}"),
            format!("users(first: 3) {once} users(first: 3) {once}"),
            parts.join(" "),
        ] {
            let query =
                format!("{{ {users} }} fragment Named on User {{ name role roleTemplate {{ name }} }}");
            let unused = if query.contains("...Named") {
                query
            } else {
                query.split(" fragment").next().unwrap().to_owned()
            };
            let response = app.request(&acme.admin, &unused, json!({})).send().await.unwrap();
            answers.push((response.text().await.unwrap(), unused));
        }
        for (answer, query) in &answers[1..] {
            // Twice as much may be too much.
            if !answer.contains("TOO_COMPLEX") {
                assert_eq!(answers[0].0, *answer, "{} and {query}", answers[0].1);
                answered += usize::from(!answer.contains("\"errors\""));
            }
        }
    }
    assert!(answered > 450, "only {answered} of 900 were answered");
}
