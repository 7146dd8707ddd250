//! What operators see: logs on stderr (stdout belongs to what a command answers), metrics, and traces.

mod metrics;
mod traces;
mod watch;

use std::io::{IsTerminal, stderr};

use anyhow::Result;
use tracing::Level;
use tracing_subscriber::{
    EnvFilter, Layer, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

use crate::config::LogFormat;

pub use metrics::{Gauges, MailOutcome, Metrics};
pub use traces::{Traces, continue_trace};
pub use watch::{Asker, Watch};

/// Starts logging what `filter` lets through, and sending traces where there is a collector for them.
pub fn init(filter: &str, format: LogFormat, collector: Option<&str>) -> Result<Traces> {
    // Which migrations are applied is what `rolecall migrate` prints.
    let filter = format!("sea_orm_migration=warn,{filter}");
    let filter = EnvFilter::try_new(filter)?;
    // That a line of it could not be written is told to nobody: on the same stderr it would be a panic.
    let logs = fmt::layer().log_internal_errors(false).with_writer(stderr);
    let logs = match format {
        LogFormat::Text => logs.with_ansi(stderr().is_terminal()).with_target(false).boxed(),
        LogFormat::Json => logs.json().flatten_event(true).with_span_list(false).boxed(),
    };
    let traces = Traces::to(collector)?;
    // Whatever is logged, a trace has the spans and the lines of requests: our own, so that sending one makes no other.
    let ours = Targets::new().with_target("rolecall", Level::INFO);
    let spans = traces.layer().map(|layer| layer.with_filter(ours));
    tracing_subscriber::registry().with(logs.with_filter(filter)).with(spans).init();
    Ok(traces)
}
