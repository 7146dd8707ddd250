//! B3: clients that hold connections, and heads that are too large.

use std::time::Instant;

use reqwest::Url;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::prelude::*;

const POST: &str = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";

async fn connect(app: &TestApp) -> TcpStream {
    let url = Url::parse(&app.url).unwrap();
    TcpStream::connect((url.host_str().unwrap(), url.port().unwrap())).await.unwrap()
}

/// The first line that is answered to `request`.
async fn status(app: &TestApp, request: &str) -> String {
    let mut stream = connect(app).await;
    // A server that has read enough may close before all is written.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b3_three_hundred_attackers_leave_a_normal_request_answered(
    #[values(Db::Sqlite, Db::Postgres)] db: Db,
) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 9).await;
    let mut attackers = Vec::new();
    for n in 0..300 {
        let mut stream = connect(&app).await;
        let begun = match n % 5 {
            // Idle, a slow head, a slow body, a body in slow chunks, a next request that does not come.
            0 => String::new(),
            1 => "POST /graphql HTTP/1.1\r\nhost: x\r\nx-slow: ".into(),
            2 => format!("{POST}content-length: 200000\r\n\r\n{{\"query\": \"{{"),
            3 => format!("{POST}transfer-encoding: chunked\r\n\r\n5\r\n{{\"que\r\n"),
            _ => "GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n".into(),
        };
        stream.write_all(begun.as_bytes()).await.unwrap();
        attackers.push(stream);
    }
    let begun = Instant::now();
    app.data(&acme.admin, "{ users { nodes { email access { active } } } }", json!({})).await;
    app.invite(&acme.admin, json!({ "email": "ann@acme.test" })).await.ok();
    println!("two requests beside {} attackers on {db:?}: {:?}", attackers.len(), begun.elapsed());
}

#[tokio::test]
async fn b3_heads_that_are_too_large_are_refused() {
    let app = TestApp::start(Db::Sqlite).await;
    let get = |headers: String| {
        format!("GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n")
    };
    let headers = |count: usize| (0..count).map(|n| format!("x-{n}: y\r\n")).collect::<String>();
    assert_eq!(status(&app, &get(headers(50))).await, "HTTP/1.1 200 OK");
    for request in [get(headers(101)), get(headers(5_000)), get(format!("x: {}\r\n", "y".repeat(100_000)))] {
        assert_eq!(status(&app, &request).await, "HTTP/1.1 431 Request Header Fields Too Large");
    }
    let long = format!("GET /graphql?query={} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(100_000));
    let refused = status(&app, &long).await;
    assert!(refused.starts_with("HTTP/1.1 4"), "{refused}");
}
