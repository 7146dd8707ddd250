//! The harness of the tests: a whole server over HTTP on a database of its own, a clock that tests move, mail in a
//! folder, and people to act as. A test reads as the rule that it proves:
//!
//! ```ignore
//! #[rstest] #[tokio::test]
//! async fn s1_an_invite_takes_a_seat(#[values(Db::Sqlite, Db::Postgres)] db: Db) {
//!     let app = TestApp::start(db).await;
//!     let acme = app.tenant("acme", 5).await;
//!     let invited = app.invite(&acme.admin, json!({ "email": "ann@acme.test" })).await;
//!     assert_eq!(invited.ok()["seatUsage"]["used"], 2);
//! }
//! ```

mod answer;
mod app;
mod clock;
mod mail;
mod mail_server;
mod operations;
mod people;
pub mod postgres;
pub mod process;
mod seed;
mod storage;

pub use answer::{Answer, Json, Who};
pub use app::{PASSWORD, TestApp};
pub use clock::ManualClock;
pub use mail::Mail;
pub use mail_server::MailServer;
pub use operations::{TEMPLATE, USER};
pub use people::{Actor, NewPerson, NewTemplate, Template, Tenant};
pub use process::Process;
pub use storage::Db;
