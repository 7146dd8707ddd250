use std::{net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo, serve::Listener};
use hyper::{
    Request,
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, sync::Semaphore, time::timeout};
use tokio_io_timeout::TimeoutStream;

/// How long the head of a request may take to arrive, and so how long a connection may idle between two (B3).
const HEAD: Duration = Duration::from_secs(30);
/// How long a client may leave an answer unread: what it does not read is kept in memory (B3).
const UNREAD: Duration = Duration::from_secs(30);
/// How many headers a request may have, and how many bytes its head; more is answered with 431 (B3).
const HEADERS: usize = 100;
const HEAD_BYTES: usize = 64 * 1024;
/// How many connections are open at once; whoever comes later waits to be accepted (B3).
const CONNECTIONS: usize = 4096;

/// Serves until `shutdown`, then accepts no more and gives what runs as long as `finish`. `axum::serve` would let slow
/// heads hold connections for ever.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()>,
    finish: Duration,
) {
    serve_patiently(listener, router, shutdown, finish, UNREAD).await;
}

async fn serve_patiently(
    mut listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()>,
    finish: Duration,
    unread: Duration,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_headers(HEADERS)
        .max_header_size(HEAD_BYTES)
        .max_buf_size(HEAD_BYTES);
    let (graceful, free) = (GracefulShutdown::new(), Arc::new(Semaphore::new(CONNECTIONS)));
    let mut shutdown = pin!(shutdown);
    loop {
        let next = async {
            let place = free.clone().acquire_owned().await;
            (place, Listener::accept(&mut listener).await)
        };
        let (place, (stream, peer)) = tokio::select! {
            next = next => next,
            () = &mut shutdown => break,
        };
        // An answer goes out at once; where that cannot be set, it waits.
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(unread));
        let connection = http.serve_connection(TokioIo::new(Box::pin(stream)), service(&router, peer));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, %peer, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    if timeout(finish, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were cut off after {finish:?}");
    }
}

/// The router for one connection, told who is at its other end.
fn service(
    router: &Router,
    peer: SocketAddr,
) -> impl Service<
    Request<Incoming>,
    Response = axum::response::Response,
    Error = std::convert::Infallible,
    Future: Send + 'static,
> + Send
+ 'static {
    let router = TowerToHyperService::new(router.clone());
    service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.call(request)
    })
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
        sync::oneshot,
    };

    use super::*;

    const LARGE: usize = 64 * 1024 * 1024;

    #[tokio::test]
    async fn b3_a_client_that_does_not_read_its_answer_is_let_go() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let routes = Router::new().route("/", get(async || vec![0_u8; LARGE]));
        let stopped = async { drop(stopped.await) };
        // It would be waited for as long as the test may take.
        let (finish, unread) = (Duration::from_secs(3600), Duration::from_millis(200));
        let serving = tokio::spawn(serve_patiently(listener, routes, stopped, finish, unread));
        let mut client = TcpStream::connect(addr).await.expect("a connection");
        client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("a request");
        client.read_exact(&mut [0; 1]).await.expect("the answer has begun");
        stop.send(()).expect("a server");
        serving.await.expect("it has ended");
    }
}
