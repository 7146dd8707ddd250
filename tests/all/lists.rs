//! U9: lists of users.

use rolecall::domain::text;

use crate::prelude::*;

/// What a person is sorted by.
struct Row {
    id: String,
    email: String,
    name: Option<&'static str>,
    created: i64,
    last_login: Option<i64>,
    status: u8,
    role: u8,
}

/// A tenant of people who differ in everything that a list is ordered by, and share much of it.
async fn crowd(app: &TestApp) -> (Tenant, Vec<Row>) {
    let acme = app.tenant("acme", 99).await;
    let people = [
        ("zoe@acme.test", Some("Anna"), 'u', Some(5)),
        ("Bea@acme.test", None, 'i', None),
        ("carl@acme.test", Some("anna"), 's', Some(5)),
        ("dora@acme.test", Some("Éva"), 'i', None),
        ("Emil@acme.test", None, 'a', Some(9)),
        ("frey@acme.test", Some("zed"), 's', None),
        ("gina@acme.test", Some("Bob"), 'u', Some(2)),
        ("hugo@acme.test", None, 'u', None),
    ];
    let mut rows = vec![Row {
        id: acme.admin.id.clone(),
        email: acme.admin.email.clone(),
        name: None,
        created: 0,
        last_login: None,
        status: 1,
        role: 0,
    }];
    for (number, (email, name, kind, last_login)) in people.into_iter().enumerate() {
        // Two at each instant, so that the id decides between them.
        let created = number as i64 / 2;
        if number % 2 == 0 {
            app.advance(TimeDelta::seconds(1));
        }
        let mut new = match kind {
            'i' => NewPerson::invited(email),
            's' => NewPerson::suspended(email),
            'a' => NewPerson::admin(email),
            _ => NewPerson::user(email),
        };
        if let Some(name) = name {
            new = new.named(name);
        }
        if let Some(minutes) = last_login {
            new = new.last_login(app.clock.now() + TimeDelta::minutes(minutes) - TimeDelta::seconds(created));
        }
        let id = app.add(&acme, new).await.id;
        let status = match kind {
            'i' => 0,
            's' => 2,
            _ => 1,
        };
        let role = u8::from(kind != 'a');
        rows.push(Row { id, email: email.into(), name, created: created + 1, last_login, status, role });
    }
    (acme, rows)
}

/// The addresses in the ascending order by a field.
fn ascending(rows: &mut [Row], field: &str) -> Vec<String> {
    rows.sort_by_key(|row| {
        let number = |n: i64| format!("{n:03}");
        let key = match field {
            "EMAIL" => text::key(&row.email),
            "NAME" => row.name.map(text::key).unwrap_or_default(),
            "CREATED_AT" => number(row.created),
            "LAST_LOGIN" => number(row.last_login.unwrap_or(-1) + 1),
            "STATUS" => number(row.status.into()),
            "ROLE" => number(row.role.into()),
            other => panic!("{other}"),
        };
        (key, row.id.clone())
    });
    rows.iter().map(|row| row.email.clone()).collect()
}

/// Walks the whole list in pages of so many, forward or backward, and checks what each page says of its place.
async fn walk(app: &TestApp, who: &Actor, rest: &Json, size: usize, forward: bool) -> Vec<String> {
    let mut pages: Vec<Vec<String>> = Vec::new();
    let mut cursor = Json::Null;
    loop {
        let mut variables = rest.clone();
        let (count, place) = if forward { ("first", "after") } else { ("last", "before") };
        variables[count] = size.into();
        variables[place] = cursor.clone();
        let page = app.data(who, PAGE, variables).await["users"].take();
        let info = &page["pageInfo"];
        let edges = page["edges"].as_array().unwrap();
        assert_eq!(info["startCursor"], edges.first().map_or(Json::Null, |e| e["cursor"].clone()));
        assert_eq!(info["endCursor"], edges.last().map_or(Json::Null, |e| e["cursor"].clone()));
        let (more, came_from, end) = if forward {
            ("hasNextPage", "hasPreviousPage", "endCursor")
        } else {
            ("hasPreviousPage", "hasNextPage", "startCursor")
        };
        assert_eq!(info[came_from], !pages.is_empty(), "{page:#}");
        let here = emails(&page);
        assert!(here.len() <= size && !here.is_empty());
        if forward {
            pages.push(here)
        } else {
            pages.insert(0, here)
        }
        if info[more] == false {
            return pages.concat();
        }
        cursor = info[end].clone();
    }
}

#[rstest]
#[tokio::test]
async fn u9_every_order_walks_both_ways_and_descending_is_its_exact_reverse(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
    #[values("EMAIL", "NAME", "CREATED_AT", "LAST_LOGIN", "STATUS", "ROLE")] field: &str,
) {
    let app = TestApp::start(db).await;
    let (acme, mut rows) = crowd(&app).await;
    let mut expected = ascending(&mut rows, field);
    for direction in ["ASC", "DESC"] {
        let by = json!({ "by": { "field": field, "direction": direction } });
        let whole = app.data(&acme.admin, PAGE, by.clone()).await["users"].take();
        assert_eq!(emails(&whole), expected, "{field} {direction}");
        assert_eq!(whole["totalCount"], 9);
        for size in [1, 2, 4, 9, 100] {
            for forward in [true, false] {
                let walked = walk(&app, &acme.admin, &by, size, forward).await;
                assert_eq!(walked, expected, "{field} {direction} by {size}, forward {forward}");
            }
        }
        expected.reverse();
    }
}

#[rstest]
#[tokio::test]
async fn u9_lists_are_by_email_ascending_and_fifty_long_unless_asked_otherwise(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let (acme, mut rows) = crowd(&app).await;
    let expected = ascending(&mut rows, "EMAIL");
    assert_eq!(emails(&app.data(&acme.admin, PAGE, json!({})).await["users"]), expected);
    let by = json!({ "by": { "field": "EMAIL" } });
    assert_eq!(emails(&app.data(&acme.admin, PAGE, by).await["users"]), expected);

    for number in 0..52 {
        app.add(&acme, NewPerson::user(&format!("n{number}@acme.test"))).await;
    }
    let page = app.data(&acme.admin, PAGE, json!({})).await["users"].take();
    assert_eq!(emails(&page).len(), 50);
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    assert_eq!(page["totalCount"], 61);
    let hundred = app.data(&acme.admin, PAGE, json!({ "first": 100 })).await["users"].take();
    assert_eq!(emails(&hundred).len(), 61);
}

#[rstest]
#[tokio::test]
async fn u9_a_page_between_two_cursors(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let (acme, mut rows) = crowd(&app).await;
    let expected = ascending(&mut rows, "NAME");
    let by = json!({ "field": "NAME" });
    let whole = app.data(&acme.admin, PAGE, json!({ "by": by })).await["users"].take();
    let cursor = |at: usize| whole["edges"][at]["cursor"].clone();

    let between = json!({ "by": by, "after": cursor(1), "before": cursor(7) });
    assert_eq!(emails(&app.data(&acme.admin, PAGE, between.clone()).await["users"]), expected[2..7]);
    let mut first = between.clone();
    first["first"] = 2.into();
    let page = app.data(&acme.admin, PAGE, first).await["users"].take();
    assert_eq!(emails(&page), expected[2..4]);
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    let mut last = between;
    last["last"] = 2.into();
    let page = app.data(&acme.admin, PAGE, last).await["users"].take();
    assert_eq!(emails(&page), expected[5..7]);
    assert_eq!(page["pageInfo"]["hasPreviousPage"], true);
    // A page whose cursor's row is gone stays where it was.
    let gone = &rows[4].id;
    app.delete(&acme.admin, gone).await.ok();
    let after = json!({ "by": by, "after": cursor(4), "first": 2 });
    assert_eq!(emails(&app.data(&acme.admin, PAGE, after).await["users"]), expected[5..7]);
}

#[rstest]
#[tokio::test]
async fn u9_a_filtered_list_is_walked_like_any(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let (acme, mut rows) = crowd(&app).await;
    rows.retain(|row| row.status != 1);
    let expected = ascending(&mut rows, "NAME");
    assert_eq!(expected.len(), 4);
    let statuses = json!(["SUSPENDED", "INVITED"]);
    for filter in [json!({ "status": statuses }), json!({ "search": "@acme.t", "status": statuses })] {
        let rest = json!({ "filter": filter, "by": { "field": "NAME" } });
        for forward in [true, false] {
            assert_eq!(walk(&app, &acme.admin, &rest, 3, forward).await, expected, "{filter}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn u9_page_sizes_and_cursors_that_make_no_sense_are_bad_input(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let (acme, _) = crowd(&app).await;
    let whole = app.data(&acme.admin, PAGE, json!({ "by": { "field": "NAME" } })).await["users"].take();
    let of_names = whole["edges"][0]["cursor"].as_str().unwrap();
    let user_id = acme.admin.id.as_str();
    let changed = format!("{of_names}x");
    let long = "A".repeat(100_000);

    for (count, size) in
        [("first", 0), ("first", -1), ("first", 101), ("last", 0), ("last", 101), ("last", i32::MIN)]
    {
        let code = app.error_code(&acme.admin, PAGE, json!({ count: size })).await;
        assert_eq!(code, "BAD_USER_INPUT", "{count} {size}");
    }
    let both = json!({ "first": 1, "last": 1 });
    assert_eq!(app.error_code(&acme.admin, PAGE, both).await, "BAD_USER_INPUT");
    for cursor in
        ["", "x", "!!!", "AAAA", "\u{0}", user_id, of_names, "ZQ==", "bnVsbAA", &changed[1..], &long]
    {
        for place in ["after", "before"] {
            let seen = app.gql(&acme.admin, PAGE, json!({ place: cursor })).await;
            let code = &seen["errors"][0]["extensions"]["code"];
            assert_eq!(code, "BAD_USER_INPUT", "{place} {cursor:.40}");
        }
    }
    for search in ["\u{0}abc".to_owned(), "a\u{1}b".to_owned(), "x".repeat(201)] {
        let code = app.error_code(&acme.admin, PAGE, json!({ "filter": { "search": search } })).await;
        assert_eq!(code, "BAD_USER_INPUT", "{search:.20}");
    }
    let nulls =
        json!({ "first": null, "last": null, "after": null, "before": null, "filter": null, "by": null });
    assert_eq!(app.data(&acme.admin, PAGE, nulls).await["users"]["totalCount"], 9);
}
