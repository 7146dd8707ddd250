use std::{collections::HashMap, time::Duration};

use anyhow::Result;
use opentelemetry::{propagation::TextMapPropagator, trace::TracerProvider};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response, hyper::HyperClient};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{SdkTracer, SdkTracerProvider},
};
use tokio::{runtime::Handle, task::spawn_blocking};
use tracing::{Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt};
use tracing_subscriber::registry::LookupSpan;

/// How long the collector may take for one answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where traces go, and what of them is on its way.
pub struct Traces(Option<SdkTracerProvider>);

impl Traces {
    /// To this collector; to nobody where there is none.
    pub(super) fn to(collector: Option<&str>) -> Result<Self> {
        let Some(collector) = collector else { return Ok(Self(None)) };
        let client = HyperClient::with_default_connector(PATIENCE, None);
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(OnRuntime { client, runtime: Handle::current() })
            .with_endpoint(format!("{collector}/v1/traces"))
            .with_timeout(PATIENCE)
            .build()?;
        let resource = Resource::builder().with_service_name("rolecall").build();
        let provider = SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter);
        Ok(Self(Some(provider.build())))
    }

    pub(super) fn layer<S>(&self) -> Option<OpenTelemetryLayer<S, SdkTracer>>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let tracer = self.0.as_ref()?.tracer("rolecall");
        Some(tracing_opentelemetry::layer().with_tracer(tracer).with_location(false).with_threads(false))
    }

    /// Sends what is on its way, for as long as the collector may take.
    pub async fn finish(self) {
        let Some(provider) = self.0 else { return };
        let sent = spawn_blocking(move || provider.shutdown_with_timeout(PATIENCE));
        if let Ok(Err(error)) = sent.await {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}

/// Makes `span` a part of the trace that a request says it belongs to (W3C `traceparent`).
pub fn continue_trace(span: &Span, traceparent: &str) {
    let header = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
    // Where nobody collects traces, there is none to continue.
    let _ = span.set_parent(TraceContextPropagator::new().extract(&header));
}

/// The exporter has a thread of its own, where no runtime is: its requests run on ours.
#[derive(Debug)]
struct OnRuntime {
    client: HyperClient,
    runtime: Handle,
}

#[async_trait::async_trait]
impl HttpClient for OnRuntime {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        self.runtime.spawn(async move { client.send_bytes(request).await }).await?
    }
}
