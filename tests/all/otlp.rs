//! Traces go to a collector, when there is one.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::mpsc::{Receiver, channel},
    thread,
};

use crate::prelude::*;

/// What a collector was sent.
struct Sent {
    head: String,
    body: Vec<u8>,
}

impl Sent {
    fn contains(&self, bytes: &[u8]) -> bool {
        self.body.windows(bytes.len()).any(|window| window == bytes)
    }
}

/// A collector that takes whatever it is sent. Its address, and what comes.
fn collector() -> (String, Receiver<Sent>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (out, sent) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).unwrap() > 0 {}
            let length = head
                .lines()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            let mut body = vec![0; length.unwrap_or(0)];
            stream.read_exact(&mut body).unwrap();
            stream
                .get_mut()
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .unwrap();
            if out.send(Sent { head, body }).is_err() {
                break;
            }
        }
    });
    (address, sent)
}

#[tokio::test]
async fn a_request_is_a_span_of_its_callers_trace_that_is_sent_at_the_latest_when_the_server_stops() {
    let app = TestApp::start(Db::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let mail = format!("file:{}", folder.path().display());
    let (address, sent) = collector();
    let process = app.process(&["--mail", &mail, "--otlp-endpoint", &address], &[]);
    // Now that the clock is the real one.
    let acme = app.tenant("acme", 9).await;
    let query = "query SettingsPage { users(filter: { search: \"zanzibar\" }) { totalCount } }";
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let request = app.http.post(format!("{}/graphql", process.url)).bearer_auth(&acme.admin.token);
    let response =
        request.header("traceparent", trace).json(&json!({ "query": query })).send().await.unwrap();
    assert_eq!(response.status(), 200);
    process.stop();

    let all: Vec<Sent> = sent.try_iter().collect();
    let of_trace = u128::from_str_radix("4bf92f3577b34da6a3ce929d0e0e4736", 16).unwrap().to_be_bytes();
    let span = all.iter().find(|sent| sent.contains(&of_trace)).expect("a span of the trace is sent");
    assert!(span.head.starts_with("POST /v1/traces "), "{}", span.head);
    assert!(span.head.to_lowercase().contains("content-type: application/x-protobuf"), "{}", span.head);
    for told in ["rolecall", "SettingsPage", &acme.id] {
        assert!(span.contains(told.as_bytes()), "{told} is told");
    }
    for secret in ["zanzibar", &acme.admin.token, &acme.admin.email] {
        assert!(!all.iter().any(|sent| sent.contains(secret.as_bytes())), "{secret} is told");
    }
}

#[tokio::test]
async fn a_collector_that_is_gone_holds_up_neither_requests_nor_the_stop() {
    let app = TestApp::start(Db::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let mail = format!("file:{}", folder.path().display());
    let gone = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let process = app.process(&["--mail", &mail, "--otlp-endpoint", &gone], &[]);
    let request =
        app.http.post(format!("{}/graphql", process.url)).json(&json!({ "query": "{ __typename }" }));
    assert_eq!(request.send().await.unwrap().status(), 200);
    // It ends as ever, and the log says what became of the traces.
    let log = process.stop();
    assert!(log.contains("telemetry data will be lost"), "{log}");
}
