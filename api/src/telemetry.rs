//! What operators see: logs on stderr (stdout belongs to what a command answers), and metrics.

mod metrics;
mod watch;

use std::io::{IsTerminal, stderr};

use tracing_subscriber::{EnvFilter, fmt};

use crate::config::LogFormat;

pub use metrics::{Gauges, MailOutcome, Metrics};
pub use watch::{Asker, Watch};

/// Starts logging what `filter` lets through.
pub fn init(filter: &str, format: LogFormat) {
    // Which migrations are applied is what `rolecall migrate` prints.
    let filter = format!("sea_orm_migration=warn,{filter}");
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = fmt().with_env_filter(filter).with_writer(stderr);
    match format {
        LogFormat::Text => logs.with_ansi(stderr().is_terminal()).with_target(false).init(),
        LogFormat::Json => logs.json().flatten_event(true).with_span_list(false).init(),
    }
}
