//! What a browser gets that opens `/graphql`, and what is told of the schema.

use reqwest::{Response, StatusCode};

use crate::prelude::*;

async fn browse(app: &TestApp, path: &str) -> Response {
    let accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    app.http.get(format!("{}{path}", app.url)).header("accept", accept).send().await.unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).unwrap_or_else(|| panic!("no {name}: {response:?}")).to_str().unwrap()
}

fn directive<'a>(policy: &'a str, name: &str) -> &'a str {
    let all = policy.split(';').map(str::trim).filter_map(|directive| directive.split_once(' '));
    all.into_iter().find(|(of, _)| *of == name).unwrap_or_else(|| panic!("no {name}: {policy}")).1
}

/// Everything that a page loads or links to.
fn links(page: &str) -> Vec<&str> {
    let begun = page.split(" src=\"").skip(1).chain(page.split(" href=\"").skip(1));
    begun.filter_map(|rest| rest.split('"').next()).filter(|link| !link.starts_with("data:")).collect()
}

#[tokio::test]
async fn a_browser_gets_a_page_that_runs_no_script_but_our_own() {
    let app = TestApp::start(Db::Sqlite).await;
    let page = browse(&app, "/graphql").await;
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(header(&page, "content-type"), "text/html; charset=utf-8");
    let policy = header(&page, "content-security-policy");
    assert_eq!(directive(policy, "default-src"), "'none'");
    for ours in ["script-src", "worker-src", "connect-src"] {
        assert_eq!(directive(policy, ours), "'self'");
    }
    for nobody in ["frame-ancestors", "form-action", "base-uri"] {
        assert_eq!(directive(policy, nobody), "'none'");
    }
}

#[tokio::test]
async fn everything_that_the_page_needs_comes_from_here_and_may_be_kept_for_ever() {
    let app = TestApp::start(Db::Sqlite).await;
    let page = browse(&app, "/graphql").await.text().await.unwrap();
    // One that was not built says how to build it, and links to the schema.
    assert!(page.contains("./graphiql/") || page.contains("script/demo"), "{page}");
    let links = links(&page);
    assert!(!links.is_empty(), "{page}");
    for link in links {
        let path = format!("/{}", link.trim_start_matches("./"));
        let part = browse(&app, &path).await;
        assert_eq!(part.status(), StatusCode::OK, "{link}");
        if path.starts_with("/graphiql/") {
            assert_eq!(header(&part, "cache-control"), "public, max-age=31536000, immutable");
            assert_eq!(header(&part, "x-content-type-options"), "nosniff");
            let media = header(&part, "content-type");
            assert!(["text/javascript", "text/css"].contains(&media), "{link} is {media}");
        }
    }
    for missing in
        ["/graphiql/none.js", "/graphiql/", "/graphiql/../index.html", "/graphiql/%2e%2e/index.html"]
    {
        assert_eq!(browse(&app, missing).await.status(), StatusCode::NOT_FOUND, "{missing}");
    }
}

#[tokio::test]
async fn a_browser_that_asks_a_query_is_answered() {
    let app = TestApp::start(Db::Sqlite).await;
    let answer = browse(&app, "/graphql?query=%7B__typename%7D").await;
    assert_eq!(header(&answer, "content-type"), "application/json; charset=utf-8");
    assert_eq!(answer.json::<Json>().await.unwrap()["data"]["__typename"], "Query");
}

#[tokio::test]
async fn a_playground_that_is_turned_off_is_not_there() {
    let app = TestApp::start_with(Db::Sqlite, &["--no-playground"]).await;
    let page = browse(&app, "/graphql").await;
    assert_eq!(page.status(), StatusCode::NOT_FOUND);
    assert!(page.text().await.unwrap().contains("The playground is turned off here."));
    assert_eq!(app.data((), "{ __typename }", json!({})).await["__typename"], "Query");
}

#[tokio::test]
async fn introspection_that_is_turned_off_tells_nothing_of_the_schema() {
    let app = TestApp::start_with(Db::Sqlite, &["--no-introspection"]).await;
    let nested = "{ ...A } fragment A on Query { s: __schema { types { name } } }";
    for query in ["{ __schema { types { name } } }", "{ __type(name: \"User\") { name } }", nested] {
        let answer = app.gql((), query, json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{answer}");
        assert_eq!(answer["data"], Json::Null, "{answer}");
    }
    let misspelt = app.gql((), "{ viewr { user { id } } }", json!({})).await;
    assert!(!misspelt["errors"][0]["message"].as_str().unwrap().contains("viewer"), "{misspelt}");
    assert_eq!(browse(&app, "/schema.graphql").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(app.data((), "{ __typename }", json!({})).await["__typename"], "Query");
}
