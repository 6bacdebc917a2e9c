//! Accepting connections, within bounds, and letting go of them in order. Runs in: the server.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, sync::Semaphore};
use tower::ServiceExt;

/// Neither half a request nor none at all holds a connection for longer (R44). HTTP/1.1 only: what would tell HTTP/2
/// apart waits for the first bytes without any deadline, and the proxies that speak HTTP/2 to browsers speak 1.1 to us.
const HEADER_DEADLINE: Duration = Duration::from_secs(30);
/// Bytes of request line and headers together; past it 431.
const MAX_HEADER: usize = 16 * 1024;

/// Serves until `shutdown` comes; then requests in flight have `grace` to finish.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    max_connections: usize,
    grace: Duration,
    shutdown: impl Future<Output = ()>,
) {
    let permits = Arc::new(Semaphore::new(max_connections));
    let open = GracefulShutdown::new();
    tokio::pin!(shutdown);
    loop {
        // At the cap, new connections wait in the kernel's queue.
        let permit = tokio::select! {
            permit = permits.clone().acquire_owned() => permit,
            () = &mut shutdown => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file handles: let some close.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let connection = open.watch(connection(stream, peer, router.clone()));
        tokio::spawn(async move {
            let _held = permit;
            // A peer that breaks the protocol or hangs up is its own affair.
            let _ = connection.await;
        });
    }
    drop(listener);
    if tokio::time::timeout(grace, open.shutdown()).await.is_err() {
        tracing::warn!("requests were still in flight when the grace time was over");
    }
}

fn connection(
    stream: tokio::net::TcpStream,
    peer: SocketAddr,
    router: Router,
) -> impl hyper_util::server::graceful::GracefulConnection<Error: Send> + Send + 'static {
    let service = router.map_request(move |mut request: axum::http::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.map(axum::body::Body::new)
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER_DEADLINE).max_buf_size(MAX_HEADER);
    builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
        sync::oneshot,
    };

    use super::*;

    /// What a client that sends `bytes` and then keeps still reads before the server hangs up.
    async fn answer_to(bytes: &[u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let router = Router::new().fallback(|| async { "here" });
        let server = tokio::spawn(serve(listener, router, 8, Duration::from_secs(1), async {
            let _ = stopped.await;
        }));
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(bytes).await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        stop.send(()).unwrap();
        server.await.unwrap();
        answer
    }

    // The clock jumps to the next timer as soon as nothing else can happen.
    #[tokio::test(start_paused = true)]
    async fn r44_who_says_nothing_or_half_a_request_is_let_go() {
        assert_eq!(answer_to(b"").await, "");
        assert_eq!(answer_to(b"P").await, "");
        assert_eq!(answer_to(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ").await, "");
        assert!(answer_to(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.ends_with("here"));
    }
}
