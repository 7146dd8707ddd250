//! S2, A4, A7: what happens at the same instant, on one server and on two. Each scenario runs many rounds.

use std::{
    future::{Future, poll_fn},
    task::Poll,
};

use entity::{Status, audit_event, invitation, mail, person_label, seats, user};
use rolecall::domain::doctor;
use sea_orm::{DbBackend, FromQueryResult, Statement};

use crate::prelude::*;

/// Runs them all at the same instant, and answers in their order.
pub async fn at_once<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = running.iter().map(|_| None).collect();
    poll_fn(|cx| {
        for (future, done) in running.iter_mut().zip(&mut done) {
            if done.is_none()
                && let Poll::Ready(output) = future.as_mut().poll(cx)
            {
                *done = Some(output);
            }
        }
        if done.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

/// `OK`, or the code that the field or its input was refused with.
#[track_caller]
pub fn outcome(answer: &Answer) -> String {
    if answer.payload().is_null() {
        return answer.refused().to_owned();
    }
    answer.refusals().pop().unwrap_or_else(|| "OK".to_owned())
}

/// How many are `OK`; all others must be one of `others`.
#[track_caller]
pub fn winners(outcomes: &[String], others: &[&str]) -> usize {
    for lost in outcomes.iter().filter(|outcome| *outcome != "OK") {
        assert!(others.contains(&lost.as_str()), "{outcomes:?}");
    }
    outcomes.iter().filter(|outcome| *outcome == "OK").count()
}

/// Asserts that nothing in the database is broken.
pub async fn assert_sound(app: &TestApp) {
    // Whoever was made by a test instead of signing up has no password, which is one of the checks.
    let sql = "INSERT INTO credentials (tenant_id, user_id, password_hash) SELECT u.tenant_id, u.id, 'none'
        FROM users u WHERE u.status <> 0
        AND NOT EXISTS (SELECT 1 FROM credentials c WHERE c.tenant_id = u.tenant_id AND c.user_id = u.id)
        AND NOT EXISTS (SELECT 1 FROM audit_events e WHERE e.tenant_id = u.tenant_id
            AND e.target_id = u.id AND e.action = 'user.accepted')";
    let txn = app.env.db.begin().await.unwrap();
    txn.execute_unprepared(sql).await.unwrap();
    txn.commit().await.unwrap();
    for finding in doctor::check(&app.env.db).await.unwrap() {
        assert!(finding.broken.is_empty(), "{finding}");
    }
}

/// Rows of users, labels, invitations, mails and events.
async fn rows(app: &TestApp, tenant: &Tenant) -> [u64; 5] {
    let (read, tenant) = (app.env.db.read(), tenant.uuid);
    [
        user::Entity::in_tenant(tenant).count(read).await.unwrap(),
        person_label::Entity::in_tenant(tenant).count(read).await.unwrap(),
        invitation::Entity::in_tenant(tenant).count(read).await.unwrap(),
        mail::Entity::in_tenant(tenant).count(read).await.unwrap(),
        audit_event::Entity::in_tenant(tenant).count(read).await.unwrap(),
    ]
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s2_of_fifty_invites_at_once_one_gets_the_last_seat(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
    #[values(false, true)] two_replicas: bool,
) {
    let first = TestApp::start(db).await;
    let second = if two_replicas { Some(first.replica().await) } else { None };
    for round in 0..10 {
        let acme = first.tenant(&format!("acme-{round}"), 2).await;
        let invites = (0..50).map(|number| {
            let app = second.as_ref().filter(|_| number % 2 == 0).unwrap_or(&first);
            app.invite(&acme.admin, json!({ "email": format!("n{number}@acme.test") }))
        });
        let outcomes: Vec<_> = at_once(invites).await.iter().map(outcome).collect();
        assert_eq!(winners(&outcomes, &["SEAT_LIMIT_REACHED"]), 1, "{outcomes:?}");
        assert_eq!(rows(&first, &acme).await, [2, 2, 1, 1, 1], "the losers leave nothing behind");
        let usage = first.seat_usage(&acme.admin).await;
        assert_eq!((&usage["used"], &usage["state"]), (&json!(2), &json!("FULL")));
    }
    assert_sound(&first).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s2_seats_that_come_and_go_at_once_are_counted_right(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let (app, new) = (TestApp::start(db).await, |n: i32| json!({ "email": format!("n{n}@acme.test") }));
    let other = app.replica().await;
    for round in 0..10 {
        let acme = app.tenant(&format!("acme-{round}"), 3).await;
        let mut leaving = Vec::new();
        for number in 0..2 {
            leaving.push(app.add(&acme, NewPerson::user(&format!("l{number}@acme.test"))).await);
        }
        let (deleted, invited) = tokio::join!(
            at_once(leaving.iter().map(|person| app.delete(&acme.admin, &person.id))),
            at_once((0..6).map(|n| other.invite(&acme.admin, new(n)))),
        );
        assert!(deleted.iter().all(|answer| outcome(answer) == "OK"), "{deleted:?}");
        let outcomes: Vec<_> = invited.iter().map(outcome).collect();
        let won = winners(&outcomes, &["SEAT_LIMIT_REACHED"]);
        assert!(won <= 2, "{outcomes:?}");
        assert_eq!(app.seat_usage(&acme.admin).await["used"], 1 + won);
    }
    assert_sound(&app).await;
}

async fn act(app: &TestApp, who: &Actor, whom: &Actor, deed: &str) -> Answer {
    match deed {
        "delete" => app.delete(who, &whom.id).await,
        "suspend" => app.edit(who, &whom.id, json!({ "status": "SUSPENDED" })).await,
        _ => app.edit(who, &whom.id, json!({ "role": "USER" })).await,
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a7_of_two_admins_who_end_each_other_one_remains(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
    #[values("demote", "suspend", "delete")] deed: &str,
) {
    let app = TestApp::start(db).await;
    let replica = app.replica().await;
    for (round, reply) in ["demote", "suspend", "delete"].into_iter().cycle().take(15).enumerate() {
        let acme = app.tenant(&format!("acme-{round}"), 2).await;
        let (ann, bob) = (&acme.admin, app.add(&acme, NewPerson::admin("bob@acme.test")).await);
        let other = if round % 2 == 0 { &app } else { &replica };

        let (one, two) = tokio::join!(act(&app, ann, &bob, deed), act(other, &bob, ann, reply));

        let outcomes = [outcome(&one), outcome(&two)];
        let lost = ["FORBIDDEN", "UNAUTHENTICATED", "LAST_ADMIN at userId"];
        assert_eq!(winners(&outcomes, &lost), 1, "{deed} against {reply}: {outcomes:?}");
        let admins = user::Entity::in_tenant(acme.uuid)
            .filter(user::Column::Role.eq(Role::Admin))
            .filter(user::Column::Status.eq(Status::Active));
        assert_eq!(admins.count(app.env.db.read()).await.unwrap(), 1, "{deed} against {reply}");
        let counted = seats::Entity::in_tenant(acme.uuid).one(app.env.db.read()).await.unwrap().unwrap();
        assert_eq!(counted.active_admins, 1);
        // Whoever remains is still in charge.
        let boss = if outcomes[0] == "OK" { ann } else { &bob };
        assert_eq!(app.granted(boss).await.unwrap().len(), 31);
    }
    assert_sound(&app).await;
}

#[derive(FromQueryResult)]
struct Event {
    action: String,
}

/// Numbers events as they are written. Changes of a tenant exclude each other from before they write until they have
/// committed, so these are the numbers of the commits too. (Those of transactions are not: one can have its number
/// before it has the lock.)
async fn number_events(app: &TestApp) {
    if app.env.db.backend() == DbBackend::Postgres {
        let txn = app.env.db.begin().await.unwrap();
        txn.execute_unprepared("ALTER TABLE audit_events ADD COLUMN place bigserial").await.unwrap();
        txn.commit().await.unwrap();
    }
}

/// What was done in a tenant, in the order of the commits.
async fn actions(app: &TestApp, tenant: &Tenant) -> Vec<String> {
    let (db, backend) = (app.env.db.read(), app.env.db.backend());
    let (place, id) = if backend == DbBackend::Postgres { ("place", "$1") } else { ("rowid", "?") };
    let sql = format!("SELECT action FROM audit_events WHERE tenant_id = {id} ORDER BY {place}");
    let statement = Statement::from_sql_and_values(backend, sql, [tenant.uuid.into()]);
    let events = Event::find_by_statement(statement).all(db).await.unwrap();
    events.into_iter().map(|event| event.action).collect()
}

/// Takes the right to invite from somebody.
async fn withdraw(app: &TestApp, admin: &Actor, from: &Actor, template: &Template, way: &str) -> String {
    let no = json!({ "permissions": { "users": { "create": false } } });
    outcome(&match way {
        "box" => app.edit(admin, &from.id, no).await,
        "template" => app.edit_template(admin, &template.id, no).await,
        deed => act(app, admin, from, deed).await,
    })
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a4_a_right_that_was_withdrawn_before_the_commit_does_not_count(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
    #[values("box", "template", "suspend", "delete")] way: &str,
) {
    let (app, mut invited, mut refused) = (TestApp::start(db).await, 0, 0);
    let replica = app.replica().await;
    number_events(&app).await;
    for round in 0..12 {
        let acme = app.tenant(&format!("acme-{round}"), 99).await;
        let rights = [Permission::UsersView, Permission::UsersCreate];
        let template = app.add_template(&acme, NewTemplate::new("Inviters", &rights)).await;
        let new = NewPerson::user("ann@acme.test");
        let new = if way == "template" { new.using(&template) } else { new.holding(&rights) };
        let ann = app.add(&acme, new).await;
        let invite = async |number: usize| {
            let new = json!({ "email": format!("n{number}@acme.test") });
            outcome(&replica.invite(&ann, new).await)
        };
        // Somewhere among the invites, elsewhere in every round.
        let turns = at_once((0..9).map(async |turn| match turn == round % 9 {
            true => (true, withdraw(&app, &acme.admin, &ann, &template, way).await),
            false => (false, invite(turn).await),
        }));
        let (withdrawn, invites): (Vec<_>, Vec<_>) = turns.await.into_iter().partition(|(first, _)| *first);
        assert_eq!(withdrawn[0].1, "OK");
        let outcomes: Vec<_> = invites.into_iter().map(|(_, outcome)| outcome).collect();
        let won = winners(&outcomes, &["FORBIDDEN", "UNAUTHENTICATED"]);

        let mut expected = vec!["user.invited"; won];
        expected.push(match way {
            "template" => "template.edited",
            "delete" => "user.deleted",
            _ => "user.edited",
        });
        assert_eq!(actions(&app, &acme).await, expected, "no invite after the withdrawal");
        (invited, refused) = (invited + won, refused + outcomes.len() - won);
    }
    assert!(invited > 0 && refused > 0, "they met: {invited} before it, {refused} after it");
    assert_sound(&app).await;
}
