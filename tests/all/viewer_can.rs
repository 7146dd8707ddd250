//! U8: what a row says that the principal may do with it, beside what then happens.

use Permission::*;

use crate::prelude::*;

const ACTIONS: [&str; 6] = ["edit", "changeEmail", "changeRole", "changeStatus", "delete", "resendInvite"];

/// The names of those actions that are allowed.
async fn can(app: &TestApp, who: &Actor, target: &Actor) -> Vec<&'static str> {
    let user = app.user(who, &target.id).await;
    ACTIONS.into_iter().filter(|action| user["viewerCan"][action].as_bool().unwrap()).collect()
}

struct Cast {
    acme: Tenant,
    second: Actor,
    plain: Actor,
    strong: Actor,
    sleeping: Actor,
    invited: Actor,
    invited_admin: Actor,
}

async fn cast(app: &TestApp) -> Cast {
    let acme = app.tenant("acme", 99).await;
    Cast {
        second: app.add(&acme, NewPerson::admin("second@acme.test")).await,
        plain: app.add(&acme, NewPerson::user("plain@acme.test")).await,
        strong: app.add(&acme, NewPerson::user("strong@acme.test").holding(&[SettingsManage])).await,
        sleeping: app.add(&acme, NewPerson::suspended("sleeping@acme.test").crm()).await,
        invited: app.add(&acme, NewPerson::invited("invited@acme.test")).await,
        invited_admin: app.add(&acme, NewPerson::invited("inv-admin@acme.test").role(Role::Admin)).await,
        acme,
    }
}

#[rstest]
#[tokio::test]
async fn u8_a_row_says_what_an_admin_may_do_with_it(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let cast = cast(&app).await;
    let me = &cast.acme.admin;

    let active = ["edit", "changeEmail", "changeRole", "changeStatus", "delete"];
    for target in [&cast.second, &cast.plain, &cast.strong, &cast.sleeping] {
        assert_eq!(can(&app, me, target).await, active, "{}", target.email);
    }
    let invited = ["edit", "changeEmail", "changeRole", "delete", "resendInvite"];
    assert_eq!(can(&app, me, &cast.invited).await, invited);
    assert_eq!(can(&app, me, &cast.invited_admin).await, invited);
    assert_eq!(can(&app, me, me).await, ["edit", "changeEmail"]);
}

#[rstest]
#[tokio::test]
async fn u8_a_row_says_what_a_delegate_may_do_with_it(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let cast = cast(&app).await;
    let editor = app.delegate(&cast.acme, &[UsersEdit]).await;
    let inviter = app.delegate(&cast.acme, &[UsersCreate]).await;
    let deleter = app.delegate(&cast.acme, &[UsersDelete]).await;
    let viewer = app.delegate(&cast.acme, &[]).await;

    for me in [&editor, &inviter, &deleter, &viewer] {
        for target in [&cast.acme.admin, &cast.second, &cast.invited_admin, me] {
            assert_eq!(can(&app, me, target).await, [""; 0], "{} {}", me.email, target.email);
        }
    }
    assert_eq!(can(&app, &editor, &cast.plain).await, ["edit", "changeEmail", "changeStatus"]);
    assert_eq!(can(&app, &editor, &cast.strong).await, ["edit", "changeStatus"]);
    assert_eq!(can(&app, &editor, &cast.sleeping).await, ["edit"], "it has CRM access on record");
    assert_eq!(can(&app, &editor, &cast.invited).await, ["edit", "changeEmail"]);
    assert_eq!(can(&app, &inviter, &cast.invited).await, ["resendInvite"], "the cooldown aside");
    assert_eq!(can(&app, &inviter, &cast.plain).await, [""; 0]);
    for target in [&cast.plain, &cast.strong, &cast.sleeping, &cast.invited] {
        assert_eq!(can(&app, &deleter, target).await, ["delete"]);
        assert_eq!(can(&app, &viewer, target).await, [""; 0]);
    }
}

#[rstest]
#[tokio::test]
async fn u8_the_mutations_agree_with_what_the_row_says(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let cast = cast(&app).await;
    let all = [UsersEdit, UsersCreate, UsersDelete];
    let delegate = app.delegate(&cast.acme, &all).await;
    let strong_delegate = app.delegate(&cast.acme, &[&all[..], &[SettingsManage]].concat()).await;
    app.edit(&cast.acme.admin, &strong_delegate.id, json!({ "crmAccess": true })).await.ok();
    app.advance(TimeDelta::minutes(5));

    for me in [&delegate, &strong_delegate, &cast.acme.admin] {
        for target in
            [&cast.second, &cast.plain, &cast.strong, &cast.sleeping, &cast.invited, &cast.invited_admin]
        {
            let before = app.user(me, &target.id).await;
            let says = |action: &str| before["viewerCan"][action].as_bool().unwrap();
            let name = format!("By {}", &me.email[..5]);
            let email = format!("{}-{}", &me.id[20..], target.email);
            let role = if before["role"] == "ADMIN" { "USER" } else { "ADMIN" };
            let status = if before["status"] == "SUSPENDED" { "ACTIVE" } else { "SUSPENDED" };
            let tries = [
                ("edit", json!({ "name": name })),
                ("changeEmail", json!({ "email": email })),
                ("changeRole", json!({ "role": role })),
                ("changeStatus", json!({ "status": status })),
            ];
            for (action, patch) in tries {
                let answer = app.edit(me, &target.id, patch).await;
                let done = answer.refusals().is_empty();
                assert_eq!(
                    done,
                    says(action),
                    "{action} of {} by {}: {:#}",
                    target.email,
                    me.email,
                    answer.json
                );
                if done {
                    restore(&app, &cast, target, &before).await;
                }
            }
            app.advance(TimeDelta::minutes(5));
            let answer = app.resend(me, &target.id).await;
            assert_eq!(answer.refusals().is_empty(), says("resendInvite"), "{}", target.email);
        }
    }
    for target in [&cast.plain, &cast.second] {
        let says = app.user(&delegate, &target.id).await["viewerCan"]["delete"].as_bool().unwrap();
        assert_eq!(app.delete(&delegate, &target.id).await.refusals().is_empty(), says, "{}", target.email);
    }
}

/// Puts a user back as it was, by the second admin or the first.
async fn restore(app: &TestApp, cast: &Cast, target: &Actor, before: &Json) {
    let mut patch =
        json!({ "email": before["email"], "role": before["role"], "crmAccess": before["crmAccess"] });
    if before["status"] != "INVITED" {
        patch["status"] = before["status"].clone();
    }
    app.edit(&cast.acme.admin, &target.id, patch).await.ok();
}

#[rstest]
#[tokio::test]
async fn u8_a_template_says_what_the_principal_may_do_with_it(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 99).await;
    let held = app.add_template(&acme, NewTemplate::new("Held", &[SettingsView])).await;
    let more = app.add_template(&acme, NewTemplate::new("More", &[SettingsView, SettingsEdit])).await;
    let users = app.add_template(&acme, NewTemplate::new("Users", &[UsersView])).await;
    let own = app.add_template(&acme, NewTemplate::new("Own", &[SettingsView])).await;
    let can = async |who: &Actor, template: &Template| {
        let template = app.role_template(who, &template.id).await;
        let can = &template["viewerCan"];
        ["assign", "edit", "delete"].into_iter().filter(|a| can[a].as_bool().unwrap()).collect::<Vec<_>>()
    };
    let inviter = app.delegate(&acme, &[UsersCreate, SettingsView]).await;
    let editor = app.delegate(&acme, &[UsersEdit, SettingsView]).await;
    let new = NewPerson::user("m@acme.test").holding(&[UsersView, UsersManage]).using(&own);
    let manager = app.add(&acme, new).await;
    let viewer = app.delegate(&acme, &[SettingsView]).await;

    for template in [&held, &more, &users, &own] {
        assert_eq!(can(&acme.admin, template).await, ["assign", "edit", "delete"]);
        assert_eq!(can(&viewer, template).await, [""; 0]);
    }
    for who in [&inviter, &editor] {
        assert_eq!(can(who, &held).await, ["assign"]);
        assert_eq!(can(who, &more).await, [""; 0]);
        assert_eq!(can(who, &users).await, [""; 0]);
    }
    for template in [&held, &more, &users] {
        assert_eq!(can(&manager, template).await, ["edit", "delete"]);
    }
    assert_eq!(can(&manager, &own).await, [""; 0]);
}
