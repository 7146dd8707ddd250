//! I4: servers that are processes of their own, share the mail, and are killed.

use std::collections::BTreeSet;

use entity::{Delivery, invitation, mail};
use tests::MailServer;

use crate::prelude::*;

/// How many invitations are in this state.
async fn invitations(app: &TestApp, tenant: &Tenant, delivery: Delivery) -> u64 {
    let of = invitation::Entity::in_tenant(tenant.uuid).filter(invitation::Column::Delivery.eq(delivery));
    of.count(app.env.db.read()).await.unwrap()
}

#[rstest]
#[tokio::test]
async fn i4_mail_survives_that_the_server_is_killed_between_commit_and_delivery(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let server = MailServer::start();
    let away = MailServer::start().url();
    let mut app = TestApp::start_with(db, &["--mail", &server.url()]).await;
    let process = app.process(&["--mail", &away], &[]);
    let acme = app.tenant("acme", 9).await;
    let own = std::mem::replace(&mut app.url, process.url.clone());
    for email in ["ann@acme.test", "bob@acme.test", "cat@acme.test"] {
        app.invite(&acme.admin, json!({ "email": email })).await.ok();
    }
    process.kill();

    app.url = own;
    app.advance(TimeDelta::minutes(5));
    app.deliver().await;
    let to: BTreeSet<_> = server.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(to.into_iter().collect::<Vec<_>>(), ["ann@acme.test", "bob@acme.test", "cat@acme.test"]);
    assert_eq!(invitations(&app, &acme, Delivery::Sent).await, 3);
}

#[rstest]
// Nothing of it has reached the mail server when the process dies: it arrives once.
#[case("data", 1)]
// The mail server has all of it and cannot say so: at least once is twice then, with the same link.
#[case("taken", 2)]
#[tokio::test]
async fn i4_mail_survives_that_the_server_is_killed_while_it_sends(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
    #[case] at: &str,
    #[case] times: usize,
) {
    let server = MailServer::start();
    let app = TestApp::start_with(db, &["--mail", &server.url()]).await;
    let acme = app.tenant("acme", 9).await;
    server.fail(json!({ at: "hang" }));
    let process = app.process(&["--mail", &server.url()], &[]);
    app.add(&acme, NewPerson::invited("ann@acme.test")).await;
    server.hangs().await;
    process.kill();
    server.fail(json!({}));

    // It is in the dead one's hands until the lease ends.
    app.advance(TimeDelta::minutes(1));
    app.deliver().await;
    app.advance(TimeDelta::seconds(61));
    app.deliver().await;
    let mails = server.mails_of(times).await;
    let links: BTreeSet<_> = mails.iter().map(|mail| mail.token()).collect();
    assert_eq!((mails.len(), links.len()), (times, 1));
    assert_eq!(invitations(&app, &acme, Delivery::Sent).await, 1);
    app.accept(links.first().unwrap(), "Ann", PASSWORD).await.ok();
}

#[rstest]
#[tokio::test]
async fn i4_a_mail_server_that_does_not_answer_holds_up_no_request_and_sigterm_waits_for_it(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let server = MailServer::start();
    let mut app = TestApp::start(db).await;
    server.fail(json!({ "data": "hang" }));
    let process = app.process(&["--mail", &server.url()], &[]);
    let acme = app.tenant("acme", 9).await;
    let own = std::mem::replace(&mut app.url, process.url.clone());
    app.invite(&acme.admin, json!({ "email": "ann@acme.test" })).await.ok();
    server.hangs().await;

    // The mail server is silent all the while.
    let answer = app.invite(&acme.admin, json!({ "email": "bob@acme.test" })).await;
    let bob = answer.ok()["user"]["id"].as_str().unwrap().to_owned();
    app.edit(&acme.admin, &bob, json!({ "name": "Bob" })).await.ok();
    assert_eq!(invitations(&app, &acme, Delivery::Queued).await, 2);

    process.terminate();
    server.fail(json!({}));
    assert!(process.wait().success());
    assert_eq!(server.mail().to, "ann@acme.test", "it was finished, and no other one begun");
    app.url = own;
    assert_eq!(invitations(&app, &acme, Delivery::Sent).await, 1);
    assert_eq!(invitations(&app, &acme, Delivery::Queued).await, 1);
}

#[tokio::test]
async fn i4_two_servers_share_500_mails_and_send_none_twice() {
    let server = MailServer::start();
    let app = TestApp::start(Db::Postgres).await;
    let acme = app.tenant("acme", 600).await;
    for number in 0..500 {
        app.add(&acme, NewPerson::invited(&format!("user{number}@acme.test"))).await;
    }
    let flags = ["--mail", &server.url()];
    let (one, other) = (app.process(&flags, &[]), app.process(&flags, &[]));
    let mut mails = server.mails_of(500).await;
    for process in [&one, &other] {
        process.terminate();
    }
    assert!(one.wait().success() && other.wait().success());
    mails.extend(server.mails());

    let to: BTreeSet<_> = mails.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!((mails.len(), to.len()), (500, 500));
    assert_eq!(invitations(&app, &acme, Delivery::Sent).await, 500);
    assert_eq!(mail::Entity::in_tenant(acme.uuid).count(app.env.db.read()).await.unwrap(), 0);
}

#[rstest]
#[case("starttls", "smtp")]
#[case("implicit", "smtps")]
#[tokio::test]
async fn i4_mail_goes_over_tls_to_a_server_whose_authority_the_machine_trusts(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
    #[case] tls: &str,
    #[case] scheme: &str,
) {
    let server = MailServer::start_with(&["--tls", tls, "--login", "rolecall:se/cret"]);
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let url = format!("{scheme}://rolecall:se%2Fcret@localhost:{}", server.port);
    let authority = server.certificate();
    let _process = app.process(&["--mail", &url], &[("SSL_CERT_FILE", authority.to_str().unwrap())]);
    app.add(&acme, NewPerson::invited("ann@acme.test")).await;
    let [mail] = <[_; 1]>::try_from(server.mails_of(1).await).unwrap();
    assert!(mail.raw.contains("X-Encrypted: True"), "{}", mail.raw);
    assert_eq!(mail.to, "ann@acme.test");
}
