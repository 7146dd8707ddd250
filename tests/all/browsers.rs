//! What browsers may do with a session cookie, and what they are told.

use reqwest::{Response, Url, header::HeaderMap};

use crate::prelude::*;

const CRM: &str = "https://crm.example.com";
const EVIL: &str = "https://evil.example";
const RENAME: &str =
    "mutation ($id: ID!) { editUser(input: { userId: $id, name: \"Renamed\" }) { errors { code } } }";

/// Somebody who has signed in by cookie alone: the value of the `Cookie` header.
async fn signed_in(app: &TestApp) -> (Tenant, String) {
    let acme = app.tenant("acme", 9).await;
    app.add(&acme, NewPerson::admin("ann@acme.test").password(PASSWORD)).await;
    let input = json!({ "tenant": "acme", "email": "ann@acme.test", "password": PASSWORD, "cookie": true });
    let answer = app.sign_in_with(input).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    (acme, cookie.split(';').next().unwrap().to_owned())
}

/// Renames the admin by a request with these headers.
async fn rename(app: &TestApp, acme: &Tenant, headers: &[(&str, &str)]) -> Response {
    let named = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    let request = app.request((), RENAME, json!({ "id": acme.admin.id })).headers(named.collect());
    request.send().await.unwrap()
}

fn allowances(headers: &HeaderMap) -> Vec<&str> {
    headers.keys().map(|name| name.as_str()).filter(|name| name.starts_with("access-control-")).collect()
}

#[rstest]
#[tokio::test]
async fn l3_a_page_of_another_origin_does_not_act_by_the_cookie(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start_with(db, &["--allowed-origins", CRM]).await;
    let (acme, cookie) = signed_in(&app).await;
    let version = async || app.user(&acme.admin, &acme.admin.id).await["version"].clone();
    let near = format!("{}1", app.url);
    for origin in [EVIL, "null", "", "http://crm.example.com", "https://crm.example.com.evil.example", &near]
    {
        let response = rename(&app, &acme, &[("cookie", &cookie), ("origin", origin)]).await;
        assert_eq!(response.status(), 403, "{origin}");
        assert_eq!(response.headers().get("access-control-allow-origin"), None);
        let json: Json = response.json().await.unwrap();
        assert_eq!(json["errors"][0]["extensions"]["code"], "FORBIDDEN");
        assert!(json.get("data").is_none());
    }
    // What a form of another site can send.
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let response = rename(&app, &acme, &[("cookie", &cookie), ("content-type", kind)]).await;
        assert_eq!(response.status(), 415, "{kind}");
    }
    assert_eq!(version().await, 1, "nothing was changed");
    for (number, origin) in [CRM, &app.url].into_iter().enumerate() {
        let response = rename(&app, &acme, &[("cookie", &cookie), ("origin", origin)]).await;
        assert_eq!(response.status(), 200, "{origin}");
        let patch = json!({ "name": format!("Ann {number}") });
        app.edit(&acme.admin, &acme.admin.id, patch).await.ok();
    }
    assert_eq!(version().await, 5);
    // A program that is no browser has no origin, and a bearer token is nothing that a browser adds by itself.
    assert_eq!(rename(&app, &acme, &[("cookie", &cookie)]).await.status(), 200);
    let bearer = format!("Bearer {}", acme.admin.token);
    let headers = [("cookie", cookie.as_str()), ("origin", EVIL), ("authorization", &bearer)];
    assert_eq!(rename(&app, &acme, &headers).await.status(), 200);
}

#[rstest]
#[tokio::test]
async fn l3_a_get_by_cookie_changes_nothing(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let (acme, cookie) = signed_in(&app).await;
    let query = RENAME.replace("$id }", &format!("\"{}\" }}", acme.admin.id));
    let query =
        query.replace("($id: ID!)", "").replace("userId: $id", &format!("userId: \"{}\"", acme.admin.id));
    let get = |query: &str| {
        let url = Url::parse_with_params(&format!("{}/graphql", app.url), [("query", query)]).unwrap();
        app.http.get(url).header("cookie", &cookie)
    };
    let response = get(&query).send().await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["allow"]), (405, &"POST".parse().unwrap()));
    assert_eq!(app.user(&acme.admin, &acme.admin.id).await["version"], 1);
    let read: Json = get("{ viewer { user { email } } }").send().await.unwrap().json().await.unwrap();
    assert_eq!(read["data"]["viewer"]["user"]["email"], "ann@acme.test");
    let foreign = get("{ viewer { user { email } } }").header("origin", EVIL).send().await.unwrap();
    assert_eq!(foreign.status(), 403);
}

#[tokio::test]
async fn only_allowed_origins_are_allowed_anything() {
    let app =
        TestApp::start_with(Db::Sqlite, &["--allowed-origins", &format!("{CRM},https://b.example.com")])
            .await;
    let url = format!("{}/graphql", app.url);
    let preflight = |origin: &'static str| {
        app.http
            .request(reqwest::Method::OPTIONS, &url)
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type,authorization")
    };
    let allowed = preflight(CRM).send().await.unwrap();
    assert_eq!(allowed.status(), 200);
    let headers = allowed.headers();
    assert_eq!(headers["access-control-allow-origin"], CRM);
    assert_eq!(headers["access-control-allow-credentials"], "true");
    assert_eq!(headers["access-control-allow-methods"], "GET,POST");
    assert_eq!(
        headers["access-control-allow-headers"],
        "content-type,authorization,x-request-id,traceparent"
    );
    assert!(headers["vary"].to_str().unwrap().to_lowercase().contains("origin"));

    let allowed = app.request((), "{ __typename }", json!({})).header("origin", CRM).send().await.unwrap();
    let headers = allowed.headers();
    assert_eq!(headers["access-control-allow-origin"], CRM);
    assert_eq!(headers["access-control-allow-credentials"], "true");
    assert_eq!(headers["access-control-expose-headers"], "x-request-id,retry-after");
    assert!(headers["vary"].to_str().unwrap().to_lowercase().contains("origin"));

    for origin in [EVIL, "null", "https://CRM.example.com.evil.example"] {
        let refused = preflight(origin).send().await.unwrap();
        assert_eq!(allowances(refused.headers()), [""; 0], "{origin}");
        let refused =
            app.request((), "{ __typename }", json!({})).header("origin", origin).send().await.unwrap();
        assert_eq!(allowances(refused.headers()), [""; 0], "{origin}");
        assert!(refused.headers()["vary"].to_str().unwrap().to_lowercase().contains("origin"));
    }
    let nobody = TestApp::start(Db::Sqlite).await;
    let refused = nobody.request((), "{ __typename }", json!({})).header("origin", CRM).send().await.unwrap();
    assert_eq!(allowances(refused.headers()), [""; 0], "where nobody is allowed");
}

#[tokio::test]
async fn every_answer_is_guarded_and_kept_by_nobody() {
    let app = TestApp::start(Db::Sqlite).await;
    let (acme, cookie) = signed_in(&app).await;
    let get = |path: &str| app.http.get(format!("{}{path}", app.url));
    for (what, request) in [
        ("signed in", app.request(&acme.admin, "{ viewer { user { id } } }", json!({}))),
        ("by cookie", get("/graphql?query={viewer{user{id}}}").header("cookie", &cookie)),
        ("refused", app.request((), "{", json!({}))),
        ("not GraphQL", app.http.post(format!("{}/graphql", app.url)).body("x")),
        ("nothing there", get("/nothing")),
        ("the schema", get("/schema.graphql")),
        ("health", get("/health/live")),
    ] {
        let response = request.send().await.unwrap();
        let headers = response.headers();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"), "{what}");
        assert!(!policy.contains("unsafe"), "{what}");
        assert_eq!(headers["cache-control"], "no-store", "{what}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{what}");
        assert_eq!(headers["x-frame-options"], "DENY", "{what}");
        assert_eq!(headers["referrer-policy"], "no-referrer", "{what}");
        assert!(headers.contains_key("x-request-id"), "{what}");
        assert!(!headers.contains_key("strict-transport-security"), "{what}: it is not reached by https");
    }
    let https = TestApp::start_with(Db::Sqlite, &["--public-url", "https://app.example.com"]).await;
    let response = https.request((), "{ __typename }", json!({})).send().await.unwrap();
    assert_eq!(response.headers()["strict-transport-security"], "max-age=31536000");
}
