//! What a request costs before and after the database: `cargo bench -p rolecall`.

use std::{fmt::Write, hint::black_box};

use async_graphql::{Request, Response, Value};
use chrono::{DateTime, TimeDelta};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use entity::{Permission, Permissions, Role, Status, role_template, user};
use rolecall::{
    domain::{
        access::Access,
        secrets::{Links, Purpose},
    },
    graphql::{Plan, json},
};
use serde_json::json;
use uuid::Uuid;

/// What the settings page asks for.
const PAGE: &str = "{ users(first: 50) { edges { cursor node { id email role status crmAccess lastLogin
    roleTemplate { id name } } } pageInfo { hasNextPage endCursor } } }";

/// A document that doubles with each of its fragments.
fn bomb() -> String {
    let mut document = "{ viewer { user { ...f0 } } } ".to_owned();
    for number in 0..20 {
        let _ =
            write!(document, "fragment f{number} on User {{ ...f{next} ...f{next} }} ", next = number + 1);
    }
    document + "fragment f20 on User { id }"
}

fn documents(criterion: &mut Criterion) {
    for (name, document) in [("a page", PAGE.to_owned()), ("a bomb of fragments", bomb())] {
        criterion.bench_function(&format!("parsing and limits: {name} that is new"), |bencher| {
            let mut number = 0;
            let request = || {
                number += 1;
                Request::new(format!("#{number}\n{document}"))
            };
            bencher.iter_batched_ref(request, |request| Plan::of(request).is_ok(), BatchSize::SmallInput);
        });
    }
    criterion.bench_function("parsing and limits: a page that is known", |bencher| {
        bencher.iter_batched_ref(
            || Request::new(PAGE),
            |request| Plan::of(request).is_ok(),
            BatchSize::SmallInput,
        );
    });
}

fn permissions(criterion: &mut Criterion) {
    let (user, template) = (somebody(), template());
    criterion.bench_function("permissions: access of a user", |bencher| {
        bencher.iter(|| Access::of(black_box(&user), Some(black_box(&template))));
    });
    criterion.bench_function("permissions: each of them asked for", |bencher| {
        let access = Access::of(&user, Some(&template)).permissions;
        bencher.iter(|| Permission::ALL.iter().filter(|p| black_box(access).contains(**p)).count());
    });
    criterion.bench_function("permissions: what may be handed out", |bencher| {
        let (held, wanted) = (user.permissions.union(template.permissions), Permissions::all());
        bencher.iter(|| black_box(wanted).difference(black_box(held)).iter().count());
    });
}

fn links(criterion: &mut Criterion) {
    let links = Links::new(vec![7; 32], []);
    let (tenant, user, nonce, end) = (Uuid::from_u128(1), Uuid::from_u128(2), [3; 16], DateTime::UNIX_EPOCH);
    criterion.bench_function("links: made", |bencher| {
        bencher.iter(|| links.token(Purpose::Invitation, black_box(tenant), user, &nonce, end));
    });
    let token = links.token(Purpose::Invitation, tenant, user, &nonce, end);
    criterion.bench_function("links: read and checked", |bencher| {
        bencher.iter(|| {
            let link = Links::parse(black_box(&token));
            link.is_some_and(|link| links.verify(&link, Purpose::Invitation, &nonce, end))
        });
    });
}

fn answers(criterion: &mut Criterion) {
    let edge = json!({
        "cursor": "ZTAxOTY5OGUwMmU5ODc5ZDRhZGIxYzgwNDNmODkwZTMzYW5hbi5hbm9zemltQHRlbmFudC0xLmV4YW1wbGU",
        "node": {
            "id": "user_01jtce0bmrf7ab3drca11zs3hk",
            "email": "Anan.Anoszim@Tenant-1.example",
            "role": "USER",
            "status": "ACTIVE",
            "crmAccess": true,
            "lastLogin": "2026-11-24T15:22:29.078179Z",
            "roleTemplate": { "id": "template_01jtce0bmrf7ab3drca11zs3hk", "name": "Support" },
        },
    });
    let page_info = json!({ "hasNextPage": true, "endCursor": edge["cursor"] });
    let page = json!({ "users": { "edges": vec![edge; 50], "pageInfo": page_info } });
    let response = Response::new(Value::from_json(page).unwrap_or_default());
    criterion.bench_function("answers: a page of 50 as JSON", |bencher| {
        bencher.iter(|| json::body(black_box(&response), true).map_or(0, |body| body.len()));
    });
}

fn somebody() -> user::Model {
    let at = DateTime::UNIX_EPOCH + TimeDelta::days(1);
    user::Model {
        tenant_id: Uuid::from_u128(1),
        id: Uuid::from_u128(2),
        email: "Ann@example.com".into(),
        email_key: "ann@example.com".into(),
        name: None,
        name_key: String::new(),
        role: Role::User,
        status: Status::Active,
        role_template_id: Some(Uuid::from_u128(3)),
        crm_access: true,
        permissions: Permission::AnalyticsView.into(),
        last_login_at: at,
        label_id: Uuid::from_u128(4),
        version: 1,
        created_at: at,
        updated_at: at,
    }
}

fn template() -> role_template::Model {
    let at = DateTime::UNIX_EPOCH;
    role_template::Model {
        tenant_id: Uuid::from_u128(1),
        id: Uuid::from_u128(3),
        name: "Support".into(),
        name_key: "support".into(),
        description: None,
        permissions: [Permission::UsersView, Permission::ConversationsView].into_iter().collect(),
        user_count: 1,
        version: 1,
        created_at: at,
        updated_at: at,
    }
}

criterion_group!(benches, documents, permissions, links, answers);
criterion_main!(benches);
