use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::Metrics;

/// How long a name may be that a client gives to its operation.
const NAME_LENGTH: usize = 64;
/// What stands where there is no operation, or no one root field.
const NONE: &str = "none";

/// One request, told to log and metrics when the last one who works on it lets go: once, also where its caller has hung
/// up and a mutation goes on without them. It never learns a secret, an address, a variable or the text of a query.
pub struct Watch {
    metrics: Metrics,
    began: Instant,
    span: Span,
    request_id: String,
    seen: Mutex<Seen>,
}

/// Who asks, as far as operators are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asker {
    /// An admin of a tenant.
    Admin,
    /// Another user of a tenant.
    User,
    /// Nobody is signed in.
    #[default]
    Nobody,
}

#[derive(Default)]
struct Seen {
    asker: Asker,
    tenant: Option<String>,
    operation: Option<String>,
    kind: Option<&'static str>,
    field: Option<String>,
    codes: BTreeSet<String>,
    status: Option<u16>,
    untold: bool,
}

impl Watch {
    /// Begins with a request; what is said while `span` is entered belongs to it.
    pub fn begin(metrics: Metrics, span: Span, request_id: String) -> Arc<Self> {
        Arc::new(Self { metrics, began: Instant::now(), span, request_id, seen: Mutex::default() })
    }

    /// Who asks, and of which tenant.
    pub fn asked_by(&self, asker: Asker, tenant: Option<String>) {
        let mut seen = self.seen();
        (seen.asker, seen.tenant) = (asker, tenant);
    }

    /// What is asked for: a query or a mutation, and the name that the document gives it.
    pub fn operation(&self, kind: &'static str, name: Option<&str>) {
        let mut seen = self.seen();
        seen.kind = Some(kind);
        seen.operation = name.map(|name| name.chars().take(NAME_LENGTH).collect());
    }

    /// The root field of a document that is valid: one of the schema's, or a word for several.
    pub fn root_field(&self, field: &str) {
        self.seen().field = Some(field.to_owned());
    }

    /// A mutation did what it was asked.
    pub fn did(&self, field: &str) {
        if field == "signIn" {
            self.metrics.sign_in("ok".into());
        }
    }

    /// A mutation refused what its caller can put right.
    pub fn refused(&self, field: &str, codes: Vec<String>) {
        if field == "signIn" {
            codes.iter().for_each(|code| self.metrics.sign_in(code.clone()));
        }
        if codes.iter().any(|code| code == "SEAT_LIMIT_REACHED") {
            self.metrics.seat_refused();
        }
        self.seen().codes.extend(codes);
    }

    /// A mutation failed; why stands among the errors of the answer.
    pub fn failed(&self, field: &str) {
        if field == "signIn" {
            self.metrics.sign_in("error".into());
        }
    }

    /// The codes of top-level errors.
    pub fn errors<'a>(&self, codes: impl Iterator<Item = &'a str>) {
        self.seen().codes.extend(codes.map(str::to_owned));
    }

    /// The status of the answer.
    pub fn answered(&self, status: u16) {
        let mut seen = self.seen();
        seen.status = Some(status);
        if seen.codes.is_empty() && status >= 400 {
            seen.codes.insert(format!("HTTP_{status}"));
        }
    }

    /// It was no request but for a page.
    pub fn untold(&self) {
        self.seen().untold = true;
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn outcome(&self) -> &'static str {
        let ours = |code: &String| matches!(code.as_str(), "INTERNAL" | "UNAVAILABLE");
        match self.status {
            _ if self.codes.iter().any(ours) => "error",
            Some(500..) => "error",
            _ if !self.codes.is_empty() => "refused",
            Some(_) => "ok",
            None => "hung_up",
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let took = self.began.elapsed();
        let seen = std::mem::take(&mut *self.seen());
        if seen.untold {
            return;
        }
        let (outcome, kind) = (seen.outcome(), seen.kind.unwrap_or(NONE));
        let codes = seen.codes.into_iter().collect::<Vec<_>>().join(",");
        let principal = match seen.asker {
            Asker::Admin => "admin",
            Asker::User => "user",
            Asker::Nobody => "nobody",
        };
        let attributes = [
            ("graphql.operation.type", Some(kind)),
            ("graphql.operation.name", seen.operation.as_deref()),
            ("rolecall.tenant", seen.tenant.as_deref()),
            ("rolecall.outcome", Some(outcome)),
        ];
        for (name, value) in attributes {
            if let Some(value) = value {
                self.span.set_attribute(name, value.to_owned());
            }
        }
        self.span.in_scope(|| {
            tracing::info!(
                target: "rolecall::requests",
                operation = seen.operation.as_deref(),
                kind,
                principal,
                tenant = seen.tenant.as_deref(),
                outcome,
                codes = Some(codes.as_str()).filter(|codes| !codes.is_empty()),
                status = seen.status,
                duration_ms = took.as_secs_f64() * 1000.0,
                request_id = self.request_id.as_str(),
                "request"
            );
        });
        self.metrics.request(kind, seen.field.unwrap_or_else(|| NONE.to_owned()), outcome, took);
    }
}
