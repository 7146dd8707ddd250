//! A browser sends the session's cookie along with what a page of another site makes it send (CSRF).

use reqwest::StatusCode;

use crate::prelude::*;

#[rstest]
#[tokio::test]
async fn l3_nothing_that_a_form_of_another_site_can_send_is_run(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 5).await;
    let cookie = format!("rolecall_session={}", acme.admin.token().unwrap());
    let sign_out = json!({ "query": "mutation { signOut { signedOut } }" }).to_string();
    let send = |media: Option<&'static str>| {
        let request = app.http.post(format!("{}/graphql", app.url)).header("cookie", &cookie);
        let request = request.body(sign_out.clone());
        media.map_or(request.try_clone().unwrap(), |media| request.header("content-type", media)).send()
    };
    let forms = [
        None,
        Some("text/plain"),
        Some("text/plain; application/json"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=application/json"),
    ];
    for form in forms {
        let answer = send(form).await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{form:?}");
        assert!(answer.json::<Json>().await.unwrap().get("data").is_none(), "{form:?}");
    }
    let answer = send(Some("application/json")).await.unwrap().json::<Json>().await.unwrap();
    assert_eq!(answer["data"]["signOut"]["signedOut"], true, "the session had not ended: {answer}");
}
