//! B2: the id by which a request is found again.

use entity::audit_event;

use crate::prelude::*;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[rstest]
#[tokio::test]
async fn b2_a_request_is_known_by_its_trace_in_answer_and_audit_log(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let query = "mutation ($e: String!) { inviteUser(input: { email: $e }) { errors { code } } }";
    let invite = async |name: &str, headers: &[(&str, &str)]| {
        let mut request = app.request(&acme.admin, query, json!({ "e": format!("{name}@acme.test") }));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        response.headers()["x-request-id"].to_str().unwrap().to_owned()
    };
    let traced = format!("00-{TRACE}-00f067aa0ba902b7-01");
    assert_eq!(invite("a", &[("traceparent", &traced)]).await, TRACE);
    assert_eq!(invite("b", &[("traceparent", &traced), ("x-request-id", "mine-1")]).await, "mine-1");
    let mut made = Vec::new();
    for (name, wrong) in [
        ("c", format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32))),
        ("d", format!("00-{TRACE}-{}-01", "0".repeat(16))),
        ("e", format!("ff-{TRACE}-00f067aa0ba902b7-01")),
        ("f", TRACE.to_owned()),
    ] {
        let id = invite(name, &[("traceparent", &wrong), ("x-request-id", "not <plain>")]).await;
        assert!(id.len() == 16 && id != TRACE, "{wrong}: {id}");
        made.push(id);
    }
    let events = audit_event::Entity::in_tenant(acme.uuid)
        .filter(audit_event::Column::Action.eq("user.invited"))
        .all(app.env.db.read())
        .await
        .unwrap();
    let noted: Vec<_> = events.iter().filter_map(|event| event.request_id.clone()).collect();
    for id in made.iter().map(String::as_str).chain([TRACE, "mine-1"]) {
        assert!(noted.iter().any(|noted| noted == id), "{id}: {noted:?}");
    }
}
