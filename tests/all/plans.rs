//! What lists cost in a tenant of 100,000 users.

use std::time::Instant;

use rolecall::domain::users::{ListUsers, OrderField, UserFilter, UserOrder};
use sea_orm::{Database, DatabaseConnection, DbBackend, QueryTrait, Statement};

use crate::prelude::*;

const SPREAD: &str = "INSERT INTO users (tenant_id, id, email, email_key, name, name_key, role, status,
        role_template_id, crm_access, permissions, last_login_at, label_id, version, created_at, updated_at)
    SELECT u.tenant_id, {id}, 'p' || n || '@acme.test', 'p' || n || '@acme.test', 'Person ' || n, 'person ' || n, 1,
        n % 3, CASE WHEN n % 4 = 0 THEN NULL ELSE t.id END, {yes}, 0, {login}, u.label_id, 1, {created}, u.updated_at
    FROM {numbers}, users u, role_templates t";

async fn crowd(app: &TestApp, tenant: &Tenant) {
    app.add_template(tenant, NewTemplate::new("T", &[])).await;
    let (id, yes, login, created, numbers) = match app.env.db.backend() {
        DbBackend::Postgres => (
            "gen_random_uuid()",
            "n % 2 = 0",
            "u.created_at + n % 1000 * interval '1 hour'",
            "u.created_at + n * interval '1 second'",
            "generate_series(100000, 199999) n",
        ),
        _ => (
            "randomblob(16)",
            "n % 2 = 0",
            "strftime('%Y-%m-%dT%H:%M:%S+00:00', u.created_at, (n % 1000) || ' hours')",
            "strftime('%Y-%m-%dT%H:%M:%S+00:00', u.created_at, n || ' seconds')",
            "(WITH RECURSIVE c(n) AS (SELECT 100000 UNION ALL SELECT n + 1 FROM c WHERE n < 199999) SELECT n FROM c)",
        ),
    };
    let sql = SPREAD
        .replace("{id}", id)
        .replace("{yes}", yes)
        .replace("{login}", login)
        .replace("{created}", created)
        .replace("{numbers}", numbers);
    let txn = app.env.db.begin().await.unwrap();
    txn.execute_unprepared(&sql).await.unwrap();
    txn.execute_unprepared("UPDATE seats SET invited = invited + 33333").await.unwrap();
    txn.commit().await.unwrap();
    let txn = app.env.db.begin().await.unwrap();
    txn.execute_unprepared("ANALYZE").await.unwrap();
    txn.commit().await.unwrap();
}

#[rstest]
#[tokio::test]
async fn probe(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 200_000).await;
    let globex = app.tenant("globex", 200_000).await;
    for n in 0..20 {
        app.add(&globex, NewPerson::user(&format!("g{n}@globex.test"))).await;
    }
    let t = Instant::now();
    crowd(&app, &acme).await;
    println!("setup {:?}", t.elapsed());
    let alone = Database::connect(app.database_url()).await.unwrap();
    let t = Instant::now();
    let d = app.data(&acme.admin, PAGE, json!({"first": 5, "filter": {"search": "p150000"}})).await;
    println!("search {:?} {:#}", t.elapsed(), d["users"]["totalCount"]);
    for s in ["p150000", "p15", "acme", "erson 15", "zzz", "p1"] {
        let t = Instant::now();
        let q = "query($f: UserFilter) { users(filter: $f) { nodes { id } } }";
        app.data(&acme.admin, q, json!({"f": {"search": s}})).await;
        let a = t.elapsed();
        let t = Instant::now();
        let d = app.data(&acme.admin, PAGE, json!({"first": 5, "filter": {"search": s}})).await;
        println!("search {s} {a:?}, with count {:?} {:#}", t.elapsed(), d["users"]["totalCount"]);
    }
    for f in [
        json!({"status": ["SUSPENDED"]}),
        json!({"role": ["ADMIN"]}),
        json!({"crmAccess": true}),
        json!({"inactiveSince": "2026-04-01T00:00:00Z"}),
        json!({"roleTemplateId": ["template_01h455vb4pex5vsknk084sn02q"]}),
        json!({"status": ["ACTIVE"], "role": ["ADMIN"]}),
    ] {
        for by in ["EMAIL", "LAST_LOGIN", "STATUS"] {
            let t = Instant::now();
            let q =
                "query($f: UserFilter, $by: UserOrder) { users(filter: $f, orderBy: $by) { nodes { id } } }";
            app.data(&acme.admin, q, json!({"f": f, "by": {"field": by, "direction": "ASC"}})).await;
            let a = t.elapsed();
            let t = Instant::now();
            let d = app.data(&acme.admin, PAGE, json!({"first": 5, "filter": f})).await;
            println!("filter {f} by {by} {a:?}, with count {:?} {:#}", t.elapsed(), d["users"]["totalCount"]);
        }
    }
    explore(&app, &acme, &alone).await;
}

async fn plan(db: &DatabaseConnection, ask: &ListUsers, tenant: &Tenant, generic: bool) -> String {
    let backend = db.get_database_backend();
    let statement = ask.statement(tenant.uuid, backend).unwrap().build(backend);
    let (sql, values) = (statement.sql.clone(), statement.values.clone().unwrap());
    let mut lines = Vec::new();
    if backend == DbBackend::Sqlite {
        let explain = Statement::from_sql_and_values(backend, format!("EXPLAIN QUERY PLAN {sql}"), values);
        for row in db.query_all_raw(explain).await.unwrap() {
            lines.push(row.try_get::<String>("", "detail").unwrap());
        }
        return lines.join("\n");
    }
    let explain = if generic {
        db.execute_unprepared("SET plan_cache_mode = force_generic_plan").await.unwrap();
        db.execute_unprepared(&format!("DEALLOCATE ALL; PREPARE page AS {sql}")).await.unwrap();
        let places: Vec<_> = (1..=values.0.len()).map(|n| format!("${n}")).collect();
        let call = Statement::from_sql_and_values(backend, places.join(", "), values).to_string();
        Statement::from_string(backend, format!("EXPLAIN EXECUTE page({call})"))
    } else {
        Statement::from_sql_and_values(backend, format!("EXPLAIN {sql}"), values)
    };
    for row in db.query_all_raw(explain).await.unwrap() {
        lines.push(row.try_get_by_index::<String>(0).unwrap());
    }
    lines.join("\n")
}

async fn explore(app: &TestApp, acme: &Tenant, alone: &DatabaseConnection) {
    let fields = [
        ("EMAIL", OrderField::Email),
        ("NAME", OrderField::Name),
        ("CREATED_AT", OrderField::CreatedAt),
        ("LAST_LOGIN", OrderField::LastLogin),
        ("STATUS", OrderField::Status),
        ("ROLE", OrderField::Role),
    ];
    for (name, field) in fields {
        for descending in [false, true] {
            let by = json!({ "field": name, "direction": if descending { "DESC" } else { "ASC" } });
            let page = app
                .data(&acme.admin, PAGE, json!({ "first": 1, "filter": { "search": "p150000@" }, "by": by }))
                .await;
            let cursor = page["users"]["pageInfo"]["endCursor"].as_str().unwrap().to_owned();
            for (what, first, after, last, before) in [
                ("first", Some(50), None, None, None),
                ("after", Some(50), Some(cursor.clone()), None, None),
                ("before", None, None, Some(50), Some(cursor.clone())),
                ("last", None, None, Some(50), None),
            ] {
                let ask = ListUsers {
                    first,
                    after,
                    last,
                    before,
                    filter: UserFilter::default(),
                    order: UserOrder { field, descending },
                };
                for generic in [false, true] {
                    println!(
                        "== {name} desc {descending} {what} generic {generic}\n{}",
                        plan(alone, &ask, acme, generic).await
                    );
                }
            }
        }
    }
    for search in ["p150000", "acme", "p1"] {
        let filter = UserFilter { search: Some(search.into()), ..Default::default() };
        let ask = ListUsers {
            first: Some(50),
            after: None,
            last: None,
            before: None,
            filter,
            order: UserOrder { field: OrderField::Email, descending: false },
        };
        for generic in [false, true] {
            println!("== search {search} generic {generic}\n{}", plan(alone, &ask, acme, generic).await);
        }
    }
}
