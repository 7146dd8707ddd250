//! Can an answer's time tell who exists (L1, L5, I5)? Measures pairs of requests in turn, and prints Welch's t of each:
//! beyond 4.5 either way they can be told apart. A figure to read, not a test:
//! `cargo run -p tests --bin timing -- [SAMPLES]`.

use std::time::Instant;

use chrono::TimeDelta;
use serde_json::json;
use tests::{Db, NewPerson, PASSWORD, Tenant, TestApp};

const WRONG: &str = "not-the-password-of-anybody";

/// What is asked: an address to sign in by, an address that forgot its password, or a link that is looked up.
#[derive(Clone, Copy)]
enum Asked<'a> {
    SignIn(&'a str, &'a str),
    Forgotten(&'a str, &'a str),
    Link(&'a str),
}

#[tokio::main]
async fn main() {
    let samples = std::env::args().nth(1).map_or(400, |n| n.parse().expect("a number of samples"));
    println!("| database | pair | n | mean ms | mean ms | Welch's t |\n|---|---|---|---|---|---|");
    for db in [Db::Sqlite, Db::Postgres] {
        measure(db, samples).await;
    }
}

async fn measure(db: Db, samples: usize) {
    let app = TestApp::start(db).await;
    let acme = app.tenant("acme", 99).await;
    let (wrong, foreign) = wrong_links(&app, &acme).await;
    people(&app, &acme).await;
    let unknown = Asked::SignIn("acme", "nobody@acme.test");
    let pairs = [
        ("sign in: unknown address, wrong password", unknown, Asked::SignIn("acme", "active@acme.test")),
        ("sign in: unknown address, invited user", unknown, Asked::SignIn("acme", "invited@acme.test")),
        ("sign in: unknown address, suspended user", unknown, Asked::SignIn("acme", "suspended@acme.test")),
        ("sign in: unknown address, unknown tenant", unknown, Asked::SignIn("nowhere", "nobody@acme.test")),
        (
            "forgotten: unknown address, active user",
            Asked::Forgotten("acme", "nobody@acme.test"),
            Asked::Forgotten("acme", "active@acme.test"),
        ),
        (
            "forgotten: unknown tenant, active user",
            Asked::Forgotten("nowhere", "nobody@acme.test"),
            Asked::Forgotten("acme", "active@acme.test"),
        ),
        ("link: forged for nobody, forged for an invited user", Asked::Link(&foreign), Asked::Link(&wrong)),
    ];
    for (name, one, other) in pairs {
        let (one, other) = sample(&app, one, other, samples).await;
        println!(
            "| {db:?} | {name} | {samples} | {:.3} | {:.3} | {:.2} |",
            mean(&one),
            mean(&other),
            welch(&one, &other)
        );
    }
    app.stop().await;
}

async fn people(app: &TestApp, acme: &Tenant) {
    for person in [
        NewPerson::user("active@acme.test").password(PASSWORD),
        NewPerson::suspended("suspended@acme.test").password(PASSWORD),
        NewPerson::invited("invited@acme.test"),
    ] {
        app.add(acme, person).await;
    }
}

/// A link of an invited user that has been replaced, and one of a user that is gone.
async fn wrong_links(app: &TestApp, acme: &Tenant) -> (String, String) {
    let mut tokens = Vec::new();
    for email in ["replaced@acme.test", "gone@acme.test"] {
        let answer = app.invite(&acme.admin, json!({ "email": email })).await;
        let id = answer.ok()["user"]["id"].as_str().expect("an id").to_owned();
        tokens.push((id, app.mail().await.token()));
    }
    app.advance(TimeDelta::minutes(5));
    let [(replaced, old), (gone, never)] = <[_; 2]>::try_from(tokens).expect("two links");
    app.resend(&acme.admin, &replaced).await.ok();
    app.delete(&acme.admin, &gone).await.ok();
    (old, never)
}

/// Milliseconds of each, asked in turn, and every second time in the other order.
async fn sample(app: &TestApp, one: Asked<'_>, other: Asked<'_>, samples: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut ones, mut others) = (Vec::new(), Vec::new());
    for round in 0..samples + 20 {
        // No pause of an earlier round is left.
        app.advance(TimeDelta::hours(25));
        let (a, b) = if round % 2 == 0 {
            let a = time(app, one).await;
            (a, time(app, other).await)
        } else {
            let b = time(app, other).await;
            (time(app, one).await, b)
        };
        // The first rounds warm up.
        if round >= 20 {
            ones.push(a);
            others.push(b);
        }
    }
    (ones, others)
}

async fn time(app: &TestApp, asked: Asked<'_>) -> f64 {
    let begun = Instant::now();
    let answer = match asked {
        Asked::SignIn(tenant, email) => app.sign_in(tenant, email, WRONG).await.json,
        Asked::Forgotten(tenant, email) => {
            let input = json!({ "tenant": tenant, "email": email });
            app.mutate((), "requestPasswordReset", input, "accepted").await.json
        }
        Asked::Link(token) => {
            let query = "query ($t: String!) { invitation(token: $t) { tenantName } }";
            app.gql((), query, json!({ "t": token })).await
        }
    };
    let time = begun.elapsed().as_secs_f64() * 1000.0;
    assert!(answer.get("errors").is_none(), "{answer:#}");
    while !app.env.background.is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    time
}

fn mean(sample: &[f64]) -> f64 {
    sample.iter().sum::<f64>() / sample.len() as f64
}

/// Welch's t of two samples.
fn welch(one: &[f64], other: &[f64]) -> f64 {
    let error = |sample: &[f64]| {
        let mean = mean(sample);
        let squares: f64 = sample.iter().map(|x| (x - mean).powi(2)).sum();
        squares / (sample.len() as f64 - 1.0) / sample.len() as f64
    };
    (mean(one) - mean(other)) / (error(one) + error(other)).sqrt()
}
