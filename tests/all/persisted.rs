//! Documents that are known by their hash.

use sha2::{Digest, Sha256};

use crate::prelude::*;

const QUERY: &str = "query Who { viewer { user { email } } }";

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is answered to a request by POST, with its status.
async fn post(app: &TestApp, who: &Actor, query: Option<&str>, hash: &str) -> (u16, Json) {
    let mut body = json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } } });
    if let Some(query) = query {
        body["query"] = query.into();
    }
    let request = app.http.post(format!("{}/graphql", app.url)).bearer_auth(&who.token).json(&body);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

fn code(json: &Json) -> &str {
    json["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
}

#[rstest]
#[tokio::test]
async fn a_query_that_was_sent_once_is_known_by_its_hash(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let hash = sha256(QUERY);
    let (status, unknown) = post(&app, &acme.admin, None, &hash).await;
    assert_eq!((status, unknown["errors"][0]["message"].as_str()), (200, Some("PersistedQueryNotFound")));
    assert_eq!(code(&unknown), "PERSISTED_QUERY_NOT_FOUND");

    // A hash of something else is refused, and nothing is known by it.
    let (status, wrong) = post(&app, &acme.admin, Some(QUERY), &sha256("{ __typename }")).await;
    assert_eq!((status, code(&wrong)), (400, "BAD_USER_INPUT"));
    assert_eq!(
        code(&post(&app, &acme.admin, None, &sha256("{ __typename }")).await.1),
        "PERSISTED_QUERY_NOT_FOUND"
    );
    // So is what cannot be run.
    for bad in ["{", "{ nothing }", &format!("{{ {} }}", "__typename ".repeat(51))] {
        post(&app, &acme.admin, Some(bad), &sha256(bad)).await;
        assert_eq!(code(&post(&app, &acme.admin, None, &sha256(bad)).await.1), "PERSISTED_QUERY_NOT_FOUND");
    }

    let expected = json!({ "data": { "viewer": { "user": { "email": "admin@acme.test" } } } });
    assert_eq!(post(&app, &acme.admin, Some(QUERY), &hash).await, (200, expected.clone()));
    assert_eq!(post(&app, &acme.admin, None, &hash).await, (200, expected.clone()));
    let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } }).to_string();
    let url = format!("{}/graphql", app.url);
    let get = |extensions: &str| {
        let url = reqwest::Url::parse_with_params(&url, [("extensions", extensions)]).unwrap();
        app.http.get(url).bearer_auth(&acme.admin.token).send()
    };
    assert_eq!(get(&extensions).await.unwrap().json::<Json>().await.unwrap(), expected);
    for wrong in [
        json!({}),
        json!({ "persistedQuery": 1 }),
        json!({ "persistedQuery": { "version": 2, "sha256Hash": hash } }),
        json!({ "persistedQuery": { "version": 1 } }),
        json!({ "persistedQuery": { "version": 1, "sha256Hash": "abc" } }),
    ] {
        assert_eq!(get(&wrong.to_string()).await.unwrap().status(), 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_mutation_that_is_known_by_its_hash_still_is_none_to_get() {
    let app = TestApp::start(Db::Sqlite).await;
    let acme = app.tenant("acme", 9).await;
    let query = "mutation { signOut { signedOut } }";
    let user = app.add(&acme, NewPerson::user("ann@acme.test")).await;
    assert_eq!(post(&app, &user, Some(query), &sha256(query)).await.1["data"]["signOut"]["signedOut"], true);
    let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": sha256(query) } }).to_string();
    let url = format!("{}/graphql", app.url);
    let url = reqwest::Url::parse_with_params(&url, [("extensions", &extensions)]).unwrap();
    let response = app.http.get(url).bearer_auth(&acme.admin.token).send().await.unwrap();
    assert_eq!(response.status(), 405);
    assert_eq!(app.seat_usage(&acme.admin).await["used"], 2, "still signed in");
}

#[rstest]
#[tokio::test]
async fn with_a_list_nothing_else_is_run(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queries.json");
    let other = "{ seatUsage { used } }";
    std::fs::write(
        &file,
        json!({ sha256(QUERY): QUERY, format!("sha256:{}", sha256(other)): other }).to_string(),
    )
    .unwrap();
    let app = TestApp::start_with(db, &["--persisted-queries", file.to_str().unwrap()]).await;
    let acme = app.tenant("acme", 9).await;
    let email = json!("admin@acme.test");
    assert_eq!(
        post(&app, &acme.admin, None, &sha256(QUERY)).await.1["data"]["viewer"]["user"]["email"],
        email
    );
    assert_eq!(app.data(&acme.admin, QUERY, json!({})).await["viewer"]["user"]["email"], email);
    let seats = post(&app, &acme.admin, None, &sha256(other)).await.1;
    assert_eq!(seats["data"]["seatUsage"]["used"], 1, "also as graphql-codegen names it");
    for query in ["{ __typename }", "{ __schema { queryType { name } } }", &format!("{QUERY} ")] {
        let response = app.request(&acme.admin, query, json!({})).send().await.unwrap();
        assert_eq!(response.status(), 403);
        assert_eq!(code(&response.json().await.unwrap()), "FORBIDDEN");
        assert_eq!(post(&app, &acme.admin, Some(query), &sha256(query)).await.0, 403);
        assert_eq!(post(&app, &acme.admin, None, &sha256(query)).await.0, 403, "it was not learnt");
        // Nor by the hash of one that is on the list.
        assert_eq!(post(&app, &acme.admin, Some(query), &sha256(QUERY)).await.0, 403);
    }
}
