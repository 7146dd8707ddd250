//! What a change puts off until its end is written as if it had been written one after the other.

use entity::{InTenant, mail_cooldown};
use sea_orm::{ActiveModelTrait, IntoActiveModel};

use crate::prelude::*;

#[rstest]
#[tokio::test]
async fn what_a_change_writes_to_one_row_twice_ends_as_the_last_of_it(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let mut change = app.visitor().begin(acme.uuid).await.unwrap();
    let row = |minutes| {
        let until = app.clock.now() + TimeDelta::minutes(minutes);
        mail_cooldown::Model { tenant_id: acme.uuid, email_key: "ann@acme.test".into(), until }
    };
    change.insert(row(1).into_active_model().reset_all());
    change.update(row(2).into_active_model().reset_all()).unwrap();
    change.update(row(3).into_active_model().reset_all()).unwrap();
    change.commit().await.unwrap();
    let found = mail_cooldown::Entity::in_tenant(acme.uuid).one(app.env.db.read()).await.unwrap();
    assert_eq!(found.unwrap().until, row(3).until);
}
