//! What operators see: logs on stderr (stdout belongs to what a command answers), metrics, and traces.

mod metrics;
mod traces;
mod watch;

use std::io::{IsTerminal, stderr};

use anyhow::Result;
use tracing::{Level, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer, filter::Targets, fmt, layer::SubscriberExt, registry::LookupSpan,
    util::SubscriberInitExt,
};

use crate::config::LogFormat;

pub use metrics::{Gauges, MailOutcome, Metrics};
pub use traces::{Traces, continue_trace};
pub use watch::{Asker, Watch};

/// Starts logging what `filter` lets through, and sending traces where there is a collector for them.
pub fn init(filter: &str, format: LogFormat, collector: Option<&str>) -> Result<Traces> {
    // Which migrations are applied is what `rolecall migrate` prints.
    let filter = format!("sea_orm_migration=warn,{filter}");
    let traces = Traces::to(collector)?;
    let registry = tracing_subscriber::registry();
    match (traces.layer(), filter.parse::<Targets>()) {
        // Whatever is logged, a trace has the spans and the lines of requests: our own, so that sending one makes no
        // other.
        (Some(spans), _) => {
            let ours = Targets::new().with_target("rolecall", Level::INFO);
            let logs = logs(format).with_filter(EnvFilter::try_new(filter)?);
            registry.with(logs).with(spans.with_filter(ours)).init();
        }
        // Levels of targets are known when the program starts; the other filter looks at a span whenever it is entered.
        (None, Ok(levels)) => registry.with(levels).with(logs(format)).init(),
        (None, Err(_)) => registry.with(EnvFilter::try_new(filter)?).with(logs(format)).init(),
    }
    Ok(traces)
}

fn logs<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    // That a line of it could not be written is told to nobody: on the same stderr it would be a panic.
    let logs = fmt::layer().log_internal_errors(false).with_writer(stderr);
    match format {
        LogFormat::Text => logs.with_ansi(stderr().is_terminal()).with_target(false).boxed(),
        LogFormat::Json => logs.json().flatten_event(true).with_span_list(false).boxed(),
    }
}
