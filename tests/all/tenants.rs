//! T1, T2, T4: tenants.

use entity::{credential, invitation, mail, session, user};
use rolecall::domain::{Code, Error, tenants};
use sea_orm::IntoActiveModel;

use crate::prelude::*;

/// A public id of a kind that no row has.
fn nobody(kind: &str) -> String {
    format!("{kind}_01h455vb4pex5vsknk084sn02q")
}

/// Everything that names a user or template by its id, asked by an admin, as it was answered.
async fn ask_all(
    app: &TestApp,
    admin: &Actor,
    mine: &Actor,
    own: &Template,
    user: &str,
    template: &str,
) -> Vec<Json> {
    let query =
        "query ($u: ID!, $t: ID!) { user(id: $u) { id } roleTemplate(id: $t) { id } a: node(id: $u) { id }
        b: node(id: $t) { id } nodes(ids: [$u, $t]) { id }
        users(filter: { roleTemplateId: [$t] }) { totalCount nodes { id } } }";
    let email = "someone@new.test";
    vec![
        app.gql(admin, query, json!({ "u": user, "t": template })).await,
        app.edit(admin, user, json!({ "name": "Mallory" })).await.json,
        app.delete(admin, user).await.json,
        app.resend(admin, user).await.json,
        app.edit_template(admin, template, json!({ "name": "Mine" })).await.json,
        app.delete_template(admin, template, json!({ "detachUsers": true })).await.json,
        app.delete_template(admin, &own.id, json!({ "replacementId": template })).await.json,
        app.invite(admin, json!({ "email": email, "roleTemplateId": template })).await.json,
        app.edit(admin, &mine.id, json!({ "roleTemplateId": template })).await.json,
    ]
}

#[rstest]
#[tokio::test]
async fn t1_an_id_of_another_tenant_behaves_as_one_that_does_not_exist(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let (acme, globex) = (app.tenant("acme", 9).await, app.tenant("globex", 9).await);
    let own = app.add_template(&acme, NewTemplate::new("Own", &[])).await;
    let mine = app.add(&acme, NewPerson::user("mine@acme.test").using(&own)).await;
    let theirs = app.add_template(&globex, NewTemplate::new("Theirs", &[])).await;
    let them = app.add(&globex, NewPerson::invited("them@globex.test").using(&theirs)).await;
    app.advance(TimeDelta::hours(1));

    let foreign = ask_all(&app, &acme.admin, &mine, &own, &them.id, &theirs.id).await;
    let absent = ask_all(&app, &acme.admin, &mine, &own, &nobody("user"), &nobody("template")).await;

    assert_eq!(foreign, absent);
    assert_eq!(foreign[0]["data"]["user"], Json::Null);
    assert_eq!(foreign[0]["data"]["nodes"], json!([null, null]));
    assert_eq!(foreign[0]["data"]["users"], json!({ "totalCount": 0, "nodes": [] }));
    assert_eq!(foreign[1]["data"]["editUser"]["errors"][0]["code"], "NOT_FOUND");
    assert_eq!(foreign[6]["data"]["deleteRoleTemplate"]["errors"][0]["path"], json!(["replacementId"]));
    assert_eq!(foreign[7]["data"]["inviteUser"]["errors"][0]["path"], json!(["roleTemplateId"]));
    // And the same ids work at home.
    assert_eq!(app.user(&globex.admin, &them.id).await["roleTemplate"]["name"], "Theirs");
    assert_eq!(app.user(&globex.admin, &them.id).await["name"], Json::Null);
}

#[rstest]
#[tokio::test]
async fn t1_lists_and_counts_stay_within_the_tenant(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let (acme, globex) = (app.tenant("acme", 9).await, app.tenant("globex", 30).await);
    app.add(&globex, NewPerson::invited("ann@globex.test")).await;
    app.add(&globex, NewPerson::suspended("bob@globex.test")).await;
    app.add_template(&globex, NewTemplate::new("Theirs", &[])).await;

    let query = "{ users { totalCount nodes { email } } seatUsage { used limit } roleTemplates { name }
        users2: users(filter: { search: \"globex\" }) { totalCount nodes { email } } }";
    let seen = app.data(&acme.admin, query, json!({})).await;

    assert_eq!(seen["users"], json!({ "totalCount": 1, "nodes": [{ "email": "admin@acme.test" }] }));
    assert_eq!(seen["users2"], json!({ "totalCount": 0, "nodes": [] }));
    assert_eq!(seen["seatUsage"], json!({ "used": 1, "limit": 9 }));
    assert_eq!(seen["roleTemplates"], json!([]));
}

#[rstest]
#[tokio::test]
async fn t1_a_cursor_of_another_tenant_leads_nowhere_else(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let (acme, globex) = (app.tenant("acme", 9).await, app.tenant("globex", 9).await);
    let query = "query ($after: String) { users(first: 1, after: $after) { pageInfo { endCursor } nodes { email } } }";
    let theirs = app.data(&globex.admin, query, json!({})).await["users"]["pageInfo"]["endCursor"].take();
    app.add(&acme, NewPerson::user("zoe@zzz.test")).await;

    let seen = app.data(&acme.admin, query, json!({ "after": theirs })).await;

    assert_eq!(seen["users"]["nodes"], json!([{ "email": "zoe@zzz.test" }]));
}

#[rstest]
#[tokio::test]
async fn t2_the_database_refuses_a_reference_across_tenants(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let (acme, globex) = (app.tenant("acme", 9).await, app.tenant("globex", 9).await);
    let theirs = app.add_template(&globex, NewTemplate::new("Theirs", &[])).await;
    let them = app.add(&globex, NewPerson::invited("them@globex.test").password(PASSWORD)).await;
    let read = app.env.db.read();

    let mut row = user::Entity::in_tenant(acme.uuid).one(read).await.unwrap().unwrap();
    row.id = app.env.new_id();
    row.email_key = "other@acme.test".into();
    row.role_template_id = Some(theirs.uuid);
    assert!(insert::<user::Entity, _>(&app, row.clone()).await.is_err(), "a user with their template");
    row.role_template_id = None;
    assert!(insert::<user::Entity, _>(&app, row.clone()).await.is_ok(), "the same without it");

    let mut row = invitation::Entity::in_tenant(globex.uuid).one(read).await.unwrap().unwrap();
    row.tenant_id = acme.uuid;
    assert!(insert::<invitation::Entity, _>(&app, row).await.is_err(), "an invitation of their user");
    let mut row = credential::Entity::in_tenant(globex.uuid).one(read).await.unwrap().unwrap();
    row.tenant_id = acme.uuid;
    assert!(insert::<credential::Entity, _>(&app, row).await.is_err(), "a password of their user");
    let mut row = session::Entity::in_tenant(acme.uuid).one(read).await.unwrap().unwrap();
    (row.id, row.token_hash, row.user_id) = (app.env.new_id(), vec![1; 32], them.uuid);
    assert!(insert::<session::Entity, _>(&app, row.clone()).await.is_err(), "a session of their user");
    row.user_id = acme.admin.uuid;
    assert!(insert::<session::Entity, _>(&app, row).await.is_ok(), "a session of ours");
    app.mails().await;
    let row = mail::Model {
        tenant_id: acme.uuid,
        id: app.env.new_id(),
        kind: entity::MailKind::Invitation,
        user_id: them.uuid,
        to_address: None,
        link_number: 1,
        created_at: app.clock.now(),
        due_at: app.clock.now() + TimeDelta::days(900),
        leased_until: None,
        attempts: 0,
    };
    assert!(insert::<mail::Entity, _>(&app, row).await.is_err(), "a mail to their user");
}

#[rstest]
#[tokio::test]
async fn t2_the_tenant_is_part_of_the_primary_key(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let (acme, globex) = (app.tenant("acme", 9).await, app.tenant("globex", 9).await);
    let mut row = user::Entity::in_tenant(acme.uuid).one(app.env.db.read()).await.unwrap().unwrap();
    let there = user::Entity::in_tenant(globex.uuid).one(app.env.db.read()).await.unwrap().unwrap();
    row.email_key = "other@acme.test".into();

    assert!(insert::<user::Entity, _>(&app, row.clone()).await.is_err(), "the same id twice in a tenant");
    row.tenant_id = globex.uuid;
    assert!(insert::<user::Entity, _>(&app, row.clone()).await.is_err(), "with a label of the other tenant");
    row.label_id = there.label_id;
    insert::<user::Entity, _>(&app, row).await.expect("the same id in another tenant");
}

async fn insert<E, M>(app: &TestApp, row: M) -> Result<(), sea_orm::DbErr>
where
    E: EntityTrait<Model = M>,
    M: IntoActiveModel<E::ActiveModel> + Send,
    E::ActiveModel: sea_orm::ActiveModelTrait<Entity = E> + Send,
{
    use sea_orm::ActiveModelTrait;
    let txn = app.env.db.begin().await.unwrap();
    E::insert(row.into_active_model().reset_all()).exec_without_returning(&txn).await?;
    txn.commit().await
}

#[rstest]
#[tokio::test]
async fn t4_a_tenant_has_a_unique_slug_of_the_right_form_a_name_and_a_seat_limit(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let visitor = app.visitor();
    let create = async |slug: &str, name: &str, seats: i32| {
        tenants::create(&visitor, slug, name, seats, "boss@acme.test").await.map_err(|error| match error {
            Error::Refused(faults) => {
                faults.into_iter().map(|f| (f.code, f.path.concat())).collect::<Vec<_>>()
            }
            other => panic!("{slug}: {other}"),
        })
    };
    let longest = "x".repeat(63);
    for slug in ["abc", "a-b", "42-is-fine", "a--b", &longest] {
        let created = create(slug, "Acme", 1).await.unwrap_or_else(|e| panic!("{slug}: {e:?}"));
        assert_eq!(created.tenant.slug, slug);
    }
    let long = "x".repeat(64);
    for slug in ["", "ab", "-abc", "abc-", "a_b", "a b", "ABC", "äbc", "abc\n", "a\u{0}c", &long] {
        let faults = create(slug, "Acme", 1).await.err().unwrap_or_else(|| panic!("{slug} was taken"));
        assert!(faults.len() == 1 && faults[0].1 == "slug", "{slug}: {faults:?}");
    }
    assert_eq!(create("abc", "Again", 1).await.err().unwrap(), [(Code::NameTaken, "slug".to_owned())]);
    assert_eq!(create("new", "  ", 1).await.err().unwrap()[0].1, "name");
    assert_eq!(create("new", "New", 0).await.err().unwrap()[0].1, "seats");
    assert!(create("new", "New", 1).await.is_ok(), "what was refused left nothing behind");
    let listed = tenants::list(&visitor).await.unwrap();
    let slugs: Vec<_> =
        listed.iter().map(|t| (t.tenant.slug.as_str(), t.usage.used, t.usage.limit)).collect();
    assert_eq!(slugs.len(), 6);
    assert!(slugs.contains(&("new", 1, 1)));
}

#[rstest]
#[tokio::test]
async fn t4_the_first_admin_of_a_new_tenant_signs_up_by_link(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let created = tenants::create(&app.visitor(), "acme", "Acme", 3, "Boss@Acme.test").await.unwrap();

    let mail = app.mail().await;
    assert_eq!((mail.to.as_str(), mail.token()), ("Boss@Acme.test", created.invite_token.clone()));
    let accepted = app.accept(&created.invite_token, "The Boss", PASSWORD).await;

    assert_eq!(accepted.ok()["viewer"]["user"]["role"], "ADMIN");
    assert_eq!(accepted.ok()["viewer"]["access"]["crm"], true);
    let token = accepted.ok()["token"].as_str().unwrap();
    assert_eq!(app.granted(token).await.unwrap().len(), 31);
}
