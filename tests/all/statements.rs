//! How many statements a list costs, counted between the server and PostgreSQL.

use std::{
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use clap::Parser;
use rolecall::{
    app::{App, Parts},
    clock::SystemEntropy,
    config::{Config, Secret},
};

use crate::prelude::*;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

/// Passes on everything to `to`, and counts the statements that are executed. Answers the port.
fn count_statements(to: String, count: Arc<AtomicUsize>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming() {
            let (client, server) = (client.unwrap(), TcpStream::connect(&to).unwrap());
            let (mut back, mut answers) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            let count = count.clone();
            thread::spawn(move || io::copy(&mut answers, &mut back));
            // Ends with the connection.
            thread::spawn(move || pass_on(client, server, &count));
        }
    });
    port
}

/// A message is a letter, which the first one lacks, its length in four bytes, and the rest. `E` and `Q` execute.
fn pass_on(mut client: TcpStream, mut server: TcpStream, count: &AtomicUsize) -> io::Result<()> {
    let mut header = vec![0; 4];
    loop {
        client.read_exact(&mut header)?;
        let length =
            header[header.len() - 4..].iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        let mut message = header.clone();
        message.resize(header.len() + length - 4, 0);
        client.read_exact(&mut message[header.len()..])?;
        if header.len() == 5 && matches!(header[0], b'E' | b'Q') {
            count.fetch_add(1, Ordering::SeqCst);
        }
        server.write_all(&message)?;
        header.resize(5, 0);
    }
}

/// A server that reaches its database through a counter.
async fn counted() -> (TestApp, Arc<AtomicUsize>) {
    let mut app = TestApp::start(Db::Postgres).await;
    let count = Arc::new(AtomicUsize::new(0));
    let url = app.database_url();
    let (login, rest) = url.split_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let port = count_statements(server.to_owned(), count.clone());
    let url = format!("{login}@127.0.0.1:{port}/{database}?sslmode=disable");
    let Flags { config } = Flags::parse_from(["rolecall", "--database-url", &url, "--listen", "127.0.0.1:0"]);
    let (clock, entropy) = (app.clock.clone(), Arc::new(SystemEntropy));
    let parts = Parts { config, secret: Secret(vec![7; 32]), clock, entropy, migrate: false };
    let server = App::build(parts).await.unwrap();
    app.url = format!("http://{}", server.addr().unwrap());
    tokio::spawn(server.serve(std::future::pending()));
    (app, count)
}

#[tokio::test]
async fn a_list_costs_the_same_few_statements_however_many_it_shows() {
    let (app, count) = counted().await;
    let acme = app.tenant("acme", 99).await;
    let template = app.add_template(&acme, NewTemplate::new("T", &[Permission::SettingsView])).await;
    for number in 0..60 {
        let email = format!("p{number}@acme.test");
        let new = if number % 2 == 0 { NewPerson::invited(&email) } else { NewPerson::user(&email) };
        app.add(&acme, new.using(&template)).await;
    }
    let with_templates = "id email role status roleTemplate { id name userCount permissions { granted }
        viewerCan { assign } } access { permissions { granted } } viewerCan { edit delete }";
    let queries = [
        (format!("nodes {{ {with_templates} }}"), 1),
        // The count is read together with who asks.
        (format!("totalCount edges {{ cursor node {{ {with_templates} }} }}"), 1),
        // All invitations are looked up at once.
        (format!("totalCount nodes {{ {} }}", tests::USER), 2),
    ];
    for (fields, expected) in queries {
        for first in [2, 50] {
            let query = format!("{{ users(first: {first}) {{ {fields} }} }}");
            // What a connection does once, it has done after this.
            app.data(&acme.admin, &query, json!({})).await;
            count.store(0, Ordering::SeqCst);
            app.data(&acme.admin, &query, json!({})).await;
            // Who is asking is one more.
            assert_eq!(count.load(Ordering::SeqCst), 1 + expected, "{query}");
        }
    }
}

#[tokio::test]
async fn what_is_plain_beforehand_is_read_together_with_who_asks() {
    let (app, count) = counted().await;
    let acme = app.tenant("acme", 99).await;
    let ann = app.add(&acme, NewPerson::user("ann@acme.test")).await;
    let invite = "mutation ($input: InviteUserInput!) { inviteUser(input: $input) { user { id } } }";
    let queries = [
        ("{ seatUsage { used } }", json!({}), 1),
        ("query ($id: ID!) { user(id: $id) { email } }", json!({ "id": ann.id }), 1),
        ("query ($id: ID!) { node(id: $id) { id } }", json!({ "id": ann.id }), 1),
        ("query ($id: ID!) { user(id: $id) { email } seatUsage { used } }", json!({ "id": ann.id }), 3),
        // Who is asking; the transaction, the lock, who is asking now, every row, and the end.
        (invite, json!({ "input": { "email": "EMAIL" } }), 6),
    ];
    for (query, variables, expected) in queries {
        for round in ["one", "two"] {
            let variables = variables.to_string().replace("EMAIL", &format!("{round}@acme.test"));
            count.store(0, Ordering::SeqCst);
            app.data(&acme.admin, query, variables.parse().unwrap()).await;
            // What a connection does once, it has done after the first.
            if round == "two" {
                assert_eq!(count.load(Ordering::SeqCst), expected, "{query}");
            }
        }
    }
}
