use std::{sync::Arc, time::Duration};

use anyhow::Result;
use metrics::{Key, Label, Level, Metadata, Recorder, Unit};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};
use tokio::time::sleep;

const REQUESTS: &str = "rolecall_request_duration_seconds";
const SIGN_INS: &str = "rolecall_sign_ins_total";
const SEATS_REFUSED: &str = "rolecall_seats_refused_total";
const MAILS: &str = "rolecall_mails_total";
const DATABASE_UP: &str = "rolecall_database_up";
const CONNECTIONS: &str = "rolecall_database_connections";
const CONNECTIONS_MAX: &str = "rolecall_database_connections_max";
const OUTBOX: &str = "rolecall_outbox_mails";
const OUTBOX_AGE: &str = "rolecall_outbox_oldest_seconds";
const HASHING: &str = "rolecall_password_hashing_queue";

/// Up to which durations requests are counted, in seconds.
const BUCKETS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// How often what was observed is put into its buckets, also where nobody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

/// What one server counts. Not a recorder for the whole process: a process can have several servers, as tests do.
#[derive(Clone)]
pub struct Metrics(Arc<PrometheusRecorder>);

/// What became of a mail that was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailOutcome {
    /// Handed over.
    Sent,
    /// Waits for its next try.
    Postponed,
    /// Given up.
    Failed,
}

/// What is read at the moment of a scrape.
#[derive(Clone, Debug, Default)]
pub struct Gauges {
    /// Whether the database answers.
    pub database_up: bool,
    /// Each pool: its name, its open connections, how many of them are idle, and how many there may be.
    pub pools: Vec<(&'static str, u32, u32, u32)>,
    /// How many mails wait, and for how many seconds the oldest of them has; none where the database does not tell.
    pub outbox: Option<(u32, f64)>,
    /// Passwords that are being hashed or wait for it.
    pub hashing: usize,
}

impl Metrics {
    /// Everything at nothing.
    pub fn new() -> Result<Self> {
        let recorder = PrometheusBuilder::new().set_buckets(&BUCKETS)?.build_recorder();
        recorder.describe_histogram(
            REQUESTS.into(),
            Some(Unit::Seconds),
            "GraphQL requests, by kind of operation, root field and outcome.".into(),
        );
        for (name, what) in [
            (SIGN_INS, "Calls of signIn, by outcome: ok, or the code of the refusal."),
            (SEATS_REFUSED, "Invitations that found no free seat."),
            (MAILS, "Tries to deliver a mail, by outcome."),
        ] {
            recorder.describe_counter(name.into(), None, what.into());
        }
        for (name, what) in [
            (DATABASE_UP, "Whether the database answers."),
            (CONNECTIONS, "Open connections to the database, by pool and state."),
            (CONNECTIONS_MAX, "How many connections a pool may open."),
            (OUTBOX, "Mails that wait to be delivered; 10000 where there are more."),
            (OUTBOX_AGE, "How long the oldest mail that is due has been waiting."),
            (HASHING, "Passwords that are being hashed or wait for it."),
        ] {
            recorder.describe_gauge(name.into(), None, what.into());
        }
        let metrics = Self(Arc::new(recorder));
        // There from the beginning, so that a rate of them is 0 and not unknown.
        for outcome in ["ok", "INVALID_CREDENTIALS", "TOO_MANY_ATTEMPTS", "error"] {
            metrics.add(SIGN_INS, vec![Label::new("outcome", outcome)], 0);
        }
        metrics.add(SEATS_REFUSED, vec![], 0);
        for outcome in [MailOutcome::Sent, MailOutcome::Postponed, MailOutcome::Failed] {
            metrics.add(MAILS, vec![Label::new("outcome", outcome.label())], 0);
        }
        Ok(metrics)
    }

    /// A request has been answered. `field` is one of the schema's, or a word for none or several.
    pub(super) fn request(&self, kind: &'static str, field: String, outcome: &'static str, took: Duration) {
        let labels =
            vec![Label::new("kind", kind), Label::new("field", field), Label::new("outcome", outcome)];
        self.0.register_histogram(&Key::from_parts(REQUESTS, labels), &METADATA).record(took.as_secs_f64());
    }

    /// Somebody tried to sign in.
    pub(super) fn sign_in(&self, outcome: String) {
        self.add(SIGN_INS, vec![Label::new("outcome", outcome)], 1);
    }

    /// An invitation found no free seat.
    pub(super) fn seat_refused(&self) {
        self.add(SEATS_REFUSED, vec![], 1);
    }

    /// A mail was tried.
    pub fn mail(&self, outcome: MailOutcome) {
        self.add(MAILS, vec![Label::new("outcome", outcome.label())], 1);
    }

    /// What Prometheus reads.
    pub fn render(&self, gauges: Gauges) -> String {
        let Gauges { database_up, pools, outbox, hashing } = gauges;
        self.set(DATABASE_UP, vec![], f64::from(u8::from(database_up)));
        for (pool, open, idle, max) in pools {
            let state = |state| vec![Label::new("pool", pool), Label::new("state", state)];
            self.set(CONNECTIONS, state("idle"), f64::from(idle));
            self.set(CONNECTIONS, state("in_use"), f64::from(open.saturating_sub(idle)));
            self.set(CONNECTIONS_MAX, vec![Label::new("pool", pool)], f64::from(max));
        }
        if let Some((waiting, oldest)) = outbox {
            self.set(OUTBOX, vec![], f64::from(waiting));
            self.set(OUTBOX_AGE, vec![], oldest);
        }
        self.set(HASHING, vec![], u32::try_from(hashing).map_or(f64::INFINITY, f64::from));
        self.0.handle().render()
    }

    /// Puts what was observed into its buckets from time to time, for ever: what nobody scrapes would pile up.
    pub async fn keep_up(&self) {
        loop {
            sleep(UPKEEP).await;
            self.0.handle().run_upkeep();
        }
    }

    fn add(&self, name: &'static str, labels: Vec<Label>, count: u64) {
        self.0.register_counter(&Key::from_parts(name, labels), &METADATA).increment(count);
    }

    fn set(&self, name: &'static str, labels: Vec<Label>, value: f64) {
        self.0.register_gauge(&Key::from_parts(name, labels), &METADATA).set(value);
    }
}

static METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, Some(module_path!()));

impl MailOutcome {
    fn label(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Postponed => "postponed",
            Self::Failed => "failed",
        }
    }
}
