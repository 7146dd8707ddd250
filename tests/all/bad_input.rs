//! B2 to B4, and what the schema itself refuses.

use reqwest::StatusCode;

use crate::prelude::*;

#[rstest]
#[tokio::test]
async fn b2_what_the_caller_cannot_put_right_says_nothing_of_the_inside(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let txn = app.env.db.begin().await.unwrap();
    txn.execute_unprepared("ALTER TABLE seats RENAME TO seats_hidden").await.unwrap();
    txn.commit().await.unwrap();

    let seen = app.gql(&acme.admin, "{ viewer { user { email } } seatUsage { used } }", json!({})).await;
    let invited = app.invite(&acme.admin, json!({ "email": "ann@acme.test" })).await;

    assert_eq!(seen["data"]["viewer"]["user"]["email"], "admin@acme.test");
    for (json, field) in [(&seen, "seatUsage"), (&invited.json, "inviteUser")] {
        assert_eq!(json["data"][field], Json::Null);
        let error = &json["errors"][0];
        assert_eq!(error["path"], json!([field]));
        assert!(["INTERNAL", "UNAVAILABLE"].contains(&error["extensions"]["code"].as_str().unwrap()));
        assert!(error["extensions"]["requestId"].as_str().is_some_and(|id| !id.is_empty()), "{error}");
        let said = error.to_string().to_lowercase();
        for inside in ["seats", "sql", "relation", "table", "database error"] {
            assert!(!said.contains(inside), "{said}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn b4_text_is_trimmed_and_refused_with_control_characters_alike(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test")).await;
    let edited = app.edit(&acme.admin, &ann.id, json!({ "name": "\u{3000} Ann  Lee\u{a0}\n" })).await;
    assert_eq!(edited.ok()["user"]["name"], "Ann  Lee");
    for wrong in ["a\u{0}b", "a\nb", "a\tb", "a\u{1b}[31m", "a\u{7f}", "\u{0}", "a\u{85}b"] {
        let answer = app.edit(&acme.admin, &ann.id, json!({ "name": wrong })).await;
        assert_refused(&answer, "INVALID_TEXT at name");
        let answer = app.invite(&acme.admin, json!({ "email": format!("{wrong}x@acme.test") })).await;
        assert_refused(&answer, "INVALID_TEXT at email");
        let answer = app.create_template(&acme.admin, json!({ "name": wrong, "permissions": {} })).await;
        assert_refused(&answer, "INVALID_TEXT at name");
    }
    // A lone surrogate is no text at all: the request is refused, not the server's to trip over.
    let body = r#"{"query":"{ viewer { user { id } } }","variables":{"x":"\ud800"}}"#;
    let request = app.http.post(format!("{}/graphql", app.url)).header("content-type", "application/json");
    let status = request.body(body).send().await.unwrap().status();
    assert!(status.is_client_error() || status.is_success(), "{status}");
    assert_eq!(app.user(&acme.admin, &ann.id).await["version"], 2);
}

#[rstest]
#[tokio::test]
async fn b4_nul_is_an_answer_and_no_failure_wherever_a_query_takes_text(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let nul = "a\u{0}b";
    let query = "query ($x: ID!, $t: String!) { user(id: $x) { id } node(id: $x) { id } nodes(ids: [$x]) { id }
        roleTemplate(id: $x) { id } invitation(token: $t) { email } users(filter: { roleTemplateId: [$x] }) { totalCount } }";
    let seen = app.data(&acme.admin, query, json!({ "x": nul, "t": nul })).await;
    let expected = json!({ "user": null, "node": null, "nodes": [null], "roleTemplate": null, "invitation": null,
        "users": { "totalCount": 0 } });
    assert_eq!(seen, expected);
    for variables in [json!({ "s": nul }), json!({ "c": nul })] {
        let query =
            "query ($s: String, $c: String) { users(after: $c, filter: { search: $s }) { totalCount } }";
        assert_eq!(app.error_code(&acme.admin, query, variables).await, "BAD_USER_INPUT");
    }
}

#[rstest]
#[tokio::test]
async fn b1_what_the_schema_does_not_know_is_told_with_a_code(#[values(Db::Sqlite)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test")).await;
    let cases = [
        ("{ viewer {", json!({}), &["GRAPHQL_PARSE_FAILED"][..]),
        ("", json!({}), &["GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"]),
        ("{ nothing }", json!({}), &["GRAPHQL_VALIDATION_FAILED"]),
        ("{ users(first: \"x\") { totalCount } }", json!({}), &["GRAPHQL_VALIDATION_FAILED"]),
        ("{ users(filter: { status: [GONE] }) { totalCount } }", json!({}), &["GRAPHQL_VALIDATION_FAILED"]),
        ("{ users(orderBy: { field: COLOUR }) { totalCount } }", json!({}), &["GRAPHQL_VALIDATION_FAILED"]),
        (
            "query ($s: [UserStatus!]) { users(filter: { status: $s }) { totalCount } }",
            json!({ "s": ["GONE"] }),
            &["GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"],
        ),
        (
            "query ($n: Int) { users(first: $n) { totalCount } }",
            json!({ "n": 99_999_999_999_u64 }),
            &["GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"],
        ),
        (
            "query ($at: DateTime) { users(filter: { inactiveSince: $at }) { totalCount } }",
            json!({ "at": "yesterday" }),
            &["GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"],
        ),
    ];
    for (query, variables, codes) in cases {
        let code = app.error_code(&acme.admin, query, variables).await;
        assert!(codes.contains(&code.as_str()), "{query}: {code}");
    }
    for patch in [
        json!({ "role": "OWNER" }),
        json!({ "status": "INVITED" }),
        json!({ "colour": "red" }),
        json!({ "permissions": { "users": { "export": true } } }),
        json!({ "permissions": { "billing": {} } }),
        json!({ "crmAccess": "yes" }),
        json!({ "expectedVersion": 1.5 }),
    ] {
        let json = app.edit(&acme.admin, &ann.id, patch.clone()).await.json;
        let code = json["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{json:#}"));
        assert!(["GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"].contains(&code), "{patch}: {code}");
    }
    assert_eq!(app.user(&acme.admin, &ann.id).await["version"], 1);
}

#[rstest]
#[tokio::test]
async fn b3_a_text_of_a_megabyte_costs_next_to_nothing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test")).await;
    let huge = "x".repeat(1_000_000);
    let edit = "mutation ($i: EditUserInput!) { editUser(input: $i) { errors { code path } } }";
    let sign_in = "mutation ($i: SignInInput!) { signIn(input: $i) { errors { code path } } }";
    let cases = [
        (edit, json!({ "userId": ann.id, "name": huge }), Some("TOO_LONG")),
        (edit, json!({ "userId": ann.id, "email": format!("{huge}@x.test") }), Some("TOO_LONG")),
        (edit, json!({ "userId": huge }), Some("NOT_FOUND")),
        (sign_in, json!({ "tenant": huge, "email": huge, "password": huge }), Some("INVALID_CREDENTIALS")),
    ];
    for (query, input, code) in cases {
        let begun = std::time::Instant::now();
        let request = app.request(&acme.admin, query, json!({ "i": input }));
        let response = request.send().await.unwrap();
        let status = response.status();
        let json: Json = response.json().await.unwrap_or_default();
        // Too large a body may be refused as such; what is read is answered.
        if status != StatusCode::PAYLOAD_TOO_LARGE {
            let (_, payload) = json["data"].as_object().unwrap().iter().next().unwrap();
            assert_eq!(payload["errors"][0]["code"].as_str(), code, "{json:.300}");
        }
        assert!(begun.elapsed().as_secs() < 5);
    }
    assert_eq!(app.user(&acme.admin, &ann.id).await["version"], 1);
}
