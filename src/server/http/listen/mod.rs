//! Accepting connections, within bounds, and letting go of them in order. Runs in: the server.

mod own_words;
mod paced;
mod peers;
mod turn;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::TokioIo,
    server::graceful::{GracefulConnection, GracefulShutdown},
    service::TowerToHyperService,
};
use ipnet::IpNet;
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tower::ServiceExt;

use self::{paced::Paced, peers::Peers, turn::Turn};

/// Bytes of request line and headers together; past it 431 (R44).
const MAX_HEADER: usize = 16 * 1024;
/// How long the kernel waits for a peer to acknowledge what it was sent, or to make room for more, also once we have closed:
/// longer than our own deadline for writing, and than a telephone is in a lift.
const UNACKNOWLEDGED: Duration = Duration::from_secs(60);
/// A peer that is gone without a word (a cable, a NAT that forgot) is found out after two minutes.
const PROBE_AFTER: Duration = Duration::from_secs(60);
const PROBE_EVERY: Duration = Duration::from_secs(15);
const PROBES: u32 = 4;
/// The reason why nobody can be accepted stands in the log so often.
const SAY_EVERY: Duration = Duration::from_secs(1);

/// How much of a node its peers may hold.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Open connections; more wait.
    pub connections: usize,
    /// Open connections of one peer; more are closed. `None`: [`peers::DEFAULT`], and loopback has none.
    pub per_peer: Option<usize>,
    /// Peers that speak for many.
    pub trusted_proxies: Vec<IpNet>,
    /// How long a connection may be idle between two requests.
    pub keep_alive: Duration,
    /// How long requests in flight may take to finish.
    pub grace: Duration,
}

/// Serves until `shutdown` comes; then requests in flight have their grace to finish.
pub async fn serve(listener: TcpListener, router: Router, bounds: Bounds, shutdown: impl Future<Output = ()>) {
    let permits = Arc::new(Semaphore::new(bounds.connections));
    let peers = Arc::new(Peers::new(bounds.per_peer, bounds.trusted_proxies));
    let open = GracefulShutdown::new();
    let mut said: Option<Instant> = None;
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
                if said.is_none_or(|said| said.elapsed() >= SAY_EVERY) {
                    said = Some(Instant::now());
                    tracing::warn!(%error, "a connection could not be accepted");
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let Some(place) = peers.admit(peer.ip()) else { continue };
        care_for(&stream);
        let turn = Turn::new(bounds.keep_alive, permits.clone());
        let connection = open.watch(connection(stream, peer.ip(), ConnectInfo(peer), turn, router.clone()));
        tokio::spawn(async move {
            let _held = (permit, place);
            // A peer that breaks the protocol or hangs up is its own affair.
            let _ = connection.await;
        });
    }
    drop(listener);
    if tokio::time::timeout(bounds.grace, open.shutdown()).await.is_err() {
        tracing::warn!("requests were still in flight when the grace time was over");
    }
}

/// What the kernel does for a connection. It works without, too.
fn care_for(stream: &TcpStream) {
    let _ = stream.set_nodelay(true);
    let socket = SockRef::from(stream);
    let probes = TcpKeepalive::new().with_time(PROBE_AFTER).with_interval(PROBE_EVERY).with_retries(PROBES);
    let _ = socket.set_tcp_keepalive(&probes);
    #[cfg(target_os = "linux")]
    let _ = socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
}

/// HTTP/1.1 only: what would tell HTTP/2 apart waits for the first bytes without any deadline, and the proxies that speak
/// HTTP/2 to browsers speak 1.1 to us. The deadlines are [`Paced`]'s: hyper's own would end idle connections as early as half
/// a request.
fn connection<S>(
    stream: S,
    peer: IpAddr,
    info: ConnectInfo<SocketAddr>,
    turn: Turn,
    router: Router,
) -> impl GracefulConnection<Error: Send> + Send + 'static
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
{
    let io = TokioIo::new(Paced::new(stream, peer, turn.clone()));
    let service = router.map_request(move |mut request: axum::http::Request<Incoming>| {
        request.extensions_mut().insert(info);
        request.map(Body::new)
    });
    let service = turn::Turned::new(service, turn);
    let mut builder = http1::Builder::new();
    builder.header_read_timeout(None).max_buf_size(MAX_HEADER);
    builder.serve_connection(io, TowerToHyperService::new(service))
}

#[cfg(test)]
mod tests;
