//! U9: how lists are read in a tenant of 100,000 users: by indexes, without sorting or counting it.

use rolecall::domain::users::{ListUsers, OrderField, UserFilter, UserOrder};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbBackend, QueryTrait, Statement, Values};

use crate::prelude::*;

/// The orders with their indexes. An address is unique, so that SQLite needs no id to order by it.
const FIELDS: [(&str, OrderField, &[&str]); 6] = [
    ("EMAIL", OrderField::Email, &["users_by_email", "sqlite_autoindex_users_2"]),
    ("NAME", OrderField::Name, &["users_by_name"]),
    ("CREATED_AT", OrderField::CreatedAt, &["users_by_created"]),
    ("LAST_LOGIN", OrderField::LastLogin, &["users_by_login"]),
    ("STATUS", OrderField::Status, &["users_by_status"]),
    ("ROLE", OrderField::Role, &["users_by_role"]),
];

/// 99,999 users of the tenant whose admin is there, with its 20 templates, all three statuses, and times apart.
const CROWD: &str = "INSERT INTO users (tenant_id, id, email, email_key, name, name_key, role, status,
        role_template_id, crm_access, permissions, last_login_at, label_id, version, created_at, updated_at)
    SELECT u.tenant_id, {id}, 'p' || n || '@acme.test', 'p' || n || '@acme.test', 'Person ' || n,
        'person ' || n, 1, n % 3, CASE WHEN n % 4 > 0 THEN t.id END, n % 2 = 0, 0, {login}, u.label_id, 1,
        {created}, u.updated_at
    FROM {numbers} JOIN users u ON u.email = 'admin@acme.test' JOIN role_templates t ON t.name = 'T' || (n % 20)";

/// What the two databases call differently: an id, the last login, the time of creation, and 100001 to 199999.
const IN_POSTGRES: [(&str, &str); 4] = [
    ("{id}", "gen_random_uuid()"),
    ("{login}", "u.created_at + n % 1000 * interval '1 hour'"),
    ("{created}", "u.created_at + n * interval '1 second'"),
    ("{numbers}", "generate_series(100001, 199999) n"),
];
const IN_SQLITE: [(&str, &str); 4] = [
    ("{id}", "randomblob(16)"),
    ("{login}", "strftime('%Y-%m-%dT%H:%M:%S+00:00', u.created_at, (n % 1000) || ' hours')"),
    ("{created}", "strftime('%Y-%m-%dT%H:%M:%S+00:00', u.created_at, n || ' seconds')"),
    (
        "{numbers}",
        "(WITH RECURSIVE c (n) AS (SELECT 100001 UNION ALL SELECT n + 1 FROM c WHERE n < 199999)
            SELECT n FROM c)",
    ),
];

/// A tenant of 100,000 users beside a small one, and a connection of its own, without a deadline.
async fn crowd(app: &TestApp) -> (Tenant, DatabaseConnection) {
    let (acme, globex) = (app.tenant("acme", 200_000).await, app.tenant("globex", 99).await);
    for number in 0..20 {
        app.add(&globex, NewPerson::user(&format!("g{number}@globex.test"))).await;
    }
    for number in 0..20 {
        app.add_template(&acme, NewTemplate::new(&format!("T{number}"), &[])).await;
    }
    let mut alone = ConnectOptions::new(app.database_url());
    alone.max_connections(1).sqlx_logging(false);
    let alone = Database::connect(alone).await.unwrap();
    let types = if app.env.db.backend() == DbBackend::Postgres { IN_POSTGRES } else { IN_SQLITE };
    let people = types.iter().fold(CROWD.to_owned(), |sql, (name, it)| sql.replace(name, it));
    for sql in [&people, "ANALYZE"] {
        alone.execute_unprepared(sql).await.unwrap();
    }
    (acme, alone)
}

/// The plans of the statement that reads a page. PostgreSQL makes one for these values, and, when it has seen the
/// statement a few times, one for any.
async fn plans(db: &DatabaseConnection, tenant: &Tenant, ask: &ListUsers) -> Vec<(&'static str, String)> {
    let backend = db.get_database_backend();
    let Statement { sql, values, .. } = ask.statement(tenant.uuid, backend).unwrap().build(backend);
    let values = values.unwrap_or(Values(Vec::new()));
    if backend == DbBackend::Sqlite {
        let explain = format!("EXPLAIN QUERY PLAN {sql}");
        let plan = lines(db, Statement::from_sql_and_values(backend, explain, values), 3).await;
        return vec![("the plan", plan)];
    }
    let explain = Statement::from_sql_and_values(backend, format!("EXPLAIN {sql}"), values.clone());
    let for_these = lines(db, explain, 0).await;
    let places: Vec<_> = (1..=values.0.len()).map(|number| format!("${number}")).collect();
    let literals = Statement::from_sql_and_values(backend, places.join(", "), values).to_string();
    db.execute_unprepared("SET plan_cache_mode = force_generic_plan").await.unwrap();
    db.execute_unprepared(&format!("PREPARE page AS {sql}")).await.unwrap();
    let explain = format!("EXPLAIN EXECUTE page({literals})");
    let for_any = lines(db, Statement::from_string(backend, explain), 0).await;
    db.execute_unprepared("DEALLOCATE page").await.unwrap();
    vec![("for these values", for_these), ("for any values", for_any)]
}

async fn lines(db: &DatabaseConnection, explain: Statement, column: usize) -> String {
    let rows = db.query_all_raw(explain).await.unwrap();
    let lines: Vec<String> = rows.iter().map(|row| row.try_get_by_index(column).unwrap()).collect();
    lines.join("\n")
}

/// What is wrong with a plan that should read `users` by one of `indexes`, from the cursor on where there is one, and
/// sort nothing.
fn fault(plan: &str, indexes: &[&str], from_cursor: bool) -> Option<&'static str> {
    let scan = plan.lines().position(|line| {
        indexes.iter().any(|index| {
            let postgres = format!("using {index} on users ");
            line.contains(&postgres)
                || line.contains(&format!("SEARCH users USING INDEX {index} (tenant_id=?"))
        })
    });
    let Some(scan) = scan else { return Some("not by its index") };
    // A cursor is a second condition: behind the index, or in the line below it.
    let mut condition = plan.lines().skip(scan);
    let behind = condition.next().is_some_and(|line| line.contains("tenant_id=? AND"));
    let below = condition.next().is_some_and(|line| line.contains("ROW("));
    if (behind || below) != from_cursor {
        return Some("not from its cursor on");
    }
    // What stands above the limit sorts a page at most.
    let below = plan.rsplit("Limit").next().unwrap_or_default();
    ["Sort", "TEMP B-TREE"].iter().any(|sort| below.contains(sort)).then_some("sorted")
}

async fn orders(app: &TestApp, acme: &Tenant, alone: &DatabaseConnection, faults: &mut Vec<String>) {
    // Who are of different statuses.
    let places = ["p150000@", "p150001@", "p150002@"];
    for ((name, field, indexes), who) in FIELDS.into_iter().flat_map(|field| places.map(|who| (field, who))) {
        for descending in [false, true] {
            let by = json!({ "field": name, "direction": if descending { "DESC" } else { "ASC" } });
            let middle = json!({ "first": 1, "filter": { "search": who }, "by": by });
            let middle = app.data(&acme.admin, PAGE, middle).await["users"]["pageInfo"]["endCursor"].take();
            let cursor = || Some(middle.as_str().expect("somebody in the middle").to_owned());
            let order = UserOrder { field, descending };
            let filter = UserFilter::default;
            let pages = [
                ListUsers { first: Some(50), after: None, last: None, before: None, filter: filter(), order },
                ListUsers {
                    first: Some(50),
                    after: cursor(),
                    last: None,
                    before: None,
                    filter: filter(),
                    order,
                },
                ListUsers { first: None, after: None, last: Some(50), before: None, filter: filter(), order },
                ListUsers {
                    first: None,
                    after: None,
                    last: Some(50),
                    before: cursor(),
                    filter: filter(),
                    order,
                },
            ];
            for (what, ask) in ["first", "after", "last", "before"].into_iter().zip(pages) {
                for (kind, plan) in plans(alone, acme, &ask).await {
                    if let Some(fault) = fault(&plan, indexes, ask.after.is_some() || ask.before.is_some()) {
                        let direction = if descending { "DESC" } else { "ASC" };
                        faults.push(format!("{what} {who} by {name} {direction}, {kind}: {fault}\n{plan}"));
                    }
                }
            }
        }
    }
}

/// What few match is found by the trigrams; what many match may be found sooner in the order asked for.
async fn searches(acme: &Tenant, alone: &DatabaseConnection, faults: &mut Vec<String>) {
    for (search, few) in [("p150000", true), ("erson 150001", true), ("500", false), ("acme.test", false)] {
        let filter = UserFilter { search: Some(search.to_owned()), ..Default::default() };
        let order = UserOrder { field: OrderField::Email, descending: false };
        let ask = ListUsers { first: Some(50), after: None, last: None, before: None, filter, order };
        for (kind, plan) in plans(alone, acme, &ask).await {
            let indexed =
                plan.contains("Bitmap Index Scan on users_search") || plan.contains("VIRTUAL TABLE");
            let walked = plan.contains("using users_by_email on users ")
                || plan.contains("using users_email_key on users ");
            let known = kind != "for any values";
            if !(indexed || walked && !(few && known)) {
                faults.push(format!("search {search}, {kind}\n{plan}"));
            }
        }
    }
}

#[rstest]
#[tokio::test]
async fn u9_a_hundred_thousand_are_listed_by_index_and_never_counted(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let (acme, alone) = crowd(&app).await;
    let mut faults = Vec::new();
    orders(&app, &acme, &alone, &mut faults).await;
    searches(&acme, &alone, &mut faults).await;
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));

    // How many there are is read from the counters, which say something else for once.
    let counters = "UPDATE seats SET invited = 41, active = 1, suspended = 0";
    alone.execute_unprepared(counters).await.unwrap();
    for filter in [json!({}), json!({ "search": " ", "status": [], "role": [] })] {
        let page = app.data(&acme.admin, PAGE, json!({ "filter": filter })).await;
        assert_eq!(page["users"]["totalCount"], 42);
    }
    let some = app.data(&acme.admin, PAGE, json!({ "filter": { "status": ["ACTIVE"] } })).await;
    assert_eq!(some["users"]["totalCount"], Json::Null, "nobody counts beyond 10,000");
}
