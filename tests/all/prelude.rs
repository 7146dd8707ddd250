//! What every module uses.

pub use chrono::{DateTime, TimeDelta, Utc};
pub use entity::{InTenant, Permission, Role};
pub use rolecall::clock::Clock;
pub use rstest::rstest;
pub use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
pub use serde_json::json;
pub use tests::{Actor, Answer, Db, Json, NewPerson, NewTemplate, PASSWORD, Template, Tenant, TestApp, Who};

/// What was refused, and nothing else: `CODE at path`.
#[track_caller]
pub fn assert_refused(answer: &Answer, expected: &str) {
    assert_eq!(answer.refusals(), [expected], "{:#}", answer.json);
}

/// The strings of a list.
#[track_caller]
pub fn strings(list: &Json) -> Vec<&str> {
    list.as_array().unwrap_or_else(|| panic!("no list: {list}")).iter().map(|s| s.as_str().unwrap()).collect()
}

/// The instant of a field.
#[track_caller]
pub fn instant(value: &Json) -> DateTime<Utc> {
    let text = value.as_str().unwrap_or_else(|| panic!("no instant: {value}"));
    assert!(text.ends_with('Z') || text.ends_with("+00:00"), "UTC: {text}");
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

/// The actions of every category.
pub const ACTIONS: [&str; 5] = ["VIEW", "CREATE", "EDIT", "DELETE", "MANAGE"];
/// The categories, in the order of the catalogue.
pub const CATEGORIES: [&str; 6] =
    ["CONVERSATIONS", "SETTINGS", "USERS", "ANALYTICS", "INTEGRATIONS", "EXPERIMENTS"];

/// The 31 names, in the order of the catalogue.
pub fn all_permissions() -> Vec<String> {
    let mut names = Vec::new();
    for category in CATEGORIES {
        names.extend(ACTIONS.map(|action| format!("{category}_{action}")));
        if category == "ANALYTICS" {
            names.push("ANALYTICS_EXPORT".into());
        }
    }
    names
}

/// Somebody just invited: the id, and the secret of the mailed link.
pub async fn invited(app: &TestApp, tenant: &Tenant, email: &str) -> (String, String) {
    let answer = app.invite(&tenant.admin, json!({ "email": email })).await;
    let id = answer.ok()["user"]["id"].as_str().unwrap().to_owned();
    (id, app.mail().await.token())
}

/// What the sign-up page sees of a link.
pub async fn preview(app: &TestApp, token: &str) -> Json {
    let query =
        "query ($t: String!) { invitation(token: $t) { tenantName tenantSlug email expiresAt expired } }";
    app.data((), query, json!({ "t": token })).await["invitation"].take()
}

/// The invitation of a user.
pub async fn invitation_of(app: &TestApp, who: &Actor, id: &str) -> Json {
    app.user(who, id).await["invitation"].take()
}

/// A page of users.
pub const PAGE: &str =
    "query ($first: Int, $after: String, $last: Int, $before: String, $filter: UserFilter, $by: UserOrder) {
    users(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $by) {
        totalCount edges { cursor node { id email } } nodes { id email }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

/// The addresses of a page.
pub fn emails(page: &Json) -> Vec<String> {
    let nodes = page["nodes"].as_array().unwrap();
    let edges: Vec<_> = page["edges"].as_array().unwrap().iter().map(|e| e["node"].clone()).collect();
    assert_eq!(*nodes, edges);
    nodes.iter().map(|n| n["email"].as_str().unwrap().to_owned()).collect()
}
