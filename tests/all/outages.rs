//! B2: the database stops, and comes back.

use std::time::Duration;

use tests::postgres::OwnServer;
use tokio::time::{sleep, timeout};

use crate::{prelude::*, races::assert_sound};

async fn ready(app: &TestApp) -> u16 {
    app.http.get(format!("{}/health/ready", app.url)).send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b2_without_its_database_it_is_unavailable_at_once_and_recovers_by_itself() {
    let mut server = OwnServer::start();
    let app = TestApp::start_at(&server.url()).await;
    let acme = app.tenant("acme", 99).await;
    for round in 0..2 {
        assert_eq!(ready(&app).await, 200);
        app.invite(&acme.admin, json!({ "email": format!("a{round}@acme.test") })).await.ok();

        server.stop();
        // Each waits for the patience of a pool where nobody has noticed: this many would take minutes.
        let asked = async {
            for number in 0..30 {
                let query = if number % 2 == 0 {
                    "{ seatUsage { used } }"
                } else {
                    "mutation { signOut { signedOut } }"
                };
                let response = app.request(&acme.admin, query, json!({})).send().await.unwrap();
                let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
                let json: Json = response.json().await.unwrap();
                let extensions = json!({ "code": "UNAVAILABLE", "requestId": id });
                assert_eq!(json["errors"][0]["extensions"], extensions, "{json}");
                let text = json.to_string().to_lowercase();
                assert!(
                    ["sql", "postgres", "connect", "pool", "refused"].iter().all(|w| !text.contains(w)),
                    "{text}"
                );
                assert_eq!(ready(&app).await, 503);
            }
        };
        timeout(Duration::from_secs(60), asked).await.expect("answers at once");

        server.start_again();
        let mut tries = 0;
        while ready(&app).await != 200 {
            tries += 1;
            assert!(tries < 300, "it never recovers");
            sleep(Duration::from_millis(100)).await;
        }
        app.invite(&acme.admin, json!({ "email": format!("b{round}@acme.test") })).await.ok();
    }
    assert_eq!(app.seat_usage(&acme.admin).await["used"], 5);
    assert_sound(&app).await;
}
