//! Accepting connections, within bounds, and letting go of them in order. Runs in: the server.

mod own_words;
mod paced;
mod peers;
mod turn;

use std::{net::SocketAddr, sync::Arc, time::Duration};

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
use crate::server::telemetry;

/// Bytes of request line and headers together; past it 431 (R44).
const MAX_HEADER: usize = 16 * 1024;
/// How long the kernel waits for a peer to acknowledge what it was sent, or to make room for more, also once we have closed:
/// longer than our own deadline for writing, and than a telephone is in a lift.
const UNACKNOWLEDGED: Duration = Duration::from_secs(60);
/// A peer that is gone without a word (a cable, a NAT that forgot) is found out by a probe that nobody acknowledges.
const PROBE_AFTER: Duration = Duration::from_secs(60);
const PROBE_EVERY: Duration = Duration::from_secs(15);

/// How much of a node its peers may hold.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Open connections; more wait.
    pub connections: usize,
    /// Open connections of one peer; more are closed. `None`: `peers::DEFAULT`, and loopback has none.
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
                if telemetry::admits("not_accepted") {
                    tracing::warn!(%error, "a connection could not be accepted");
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let Some(place) = peers.admit(peer.ip()) else { continue };
        care_for(&stream);
        let turn = Turn::new(bounds.keep_alive, permits.clone());
        let connection = open.watch(connection(stream, ConnectInfo(peer), turn, router.clone()));
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
    let probes = TcpKeepalive::new().with_time(PROBE_AFTER).with_interval(PROBE_EVERY);
    let _ = socket.set_tcp_keepalive(&probes);
    #[cfg(target_os = "linux")]
    let _ = socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
}

/// HTTP/1.1 only: what would tell HTTP/2 apart waits for the first bytes without any deadline, and the proxies that speak
/// HTTP/2 to browsers speak 1.1 to us. The deadlines are [`Paced`]'s: hyper's own would end idle connections as early as half
/// a request.
fn connection<S>(
    stream: S,
    info: ConnectInfo<SocketAddr>,
    turn: Turn,
    router: Router,
) -> impl GracefulConnection<Error: Send> + Send + 'static
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
{
    let io = TokioIo::new(Paced::new(stream, info.0.ip(), turn.clone()));
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
mod tests {
    //! By a clock that jumps to the next timer as soon as nothing else can happen.

    use std::convert::Infallible;

    use axum::{body::Body, routing::get};
    use futures::StreamExt;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
        sync::oneshot,
        task::JoinHandle,
        time::Instant,
    };

    use super::*;

    const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    const LOCAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 1);

    fn site() -> Router {
        let ticking = || async {
            let ticks = futures::stream::iter(0..40).then(|n| async move {
                tokio::time::sleep(Duration::from_secs(15)).await;
                Ok::<_, Infallible>(format!(":{n}\n"))
            });
            Body::from_stream(ticks)
        };
        let posing = || async {
            let parts = ["HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"; 3];
            Body::from_stream(futures::stream::iter(parts.map(Ok::<_, Infallible>)))
        };
        Router::new()
            .route("/", get(|| async { "here" }))
            .route("/large", get(|| async { vec![b'.'; 1_000_000] }))
            .route("/ticking", get(ticking))
            .route("/posing", get(posing))
    }

    /// A peer, and the task that serves it. `free`: connections that are left for others.
    fn peer(free: usize) -> (DuplexStream, JoinHandle<()>) {
        let (near, far) = duplex(1_024);
        let turn = Turn::new(Duration::from_secs(75), Arc::new(Semaphore::new(free)));
        let connection = connection(far, ConnectInfo(LOCAL), turn, site());
        let task = tokio::spawn(async move {
            let _ = connection.await;
        });
        (near, task)
    }

    /// Reads until `end` or the end.
    async fn read_until(peer: &mut DuplexStream, end: &str) -> String {
        let mut read = Vec::new();
        let mut byte = [0];
        while !read.ends_with(end.as_bytes()) && peer.read(&mut byte).await.unwrap() > 0 {
            read.push(byte[0]);
        }
        String::from_utf8(read).unwrap()
    }

    /// What a peer that sends `bytes` and then keeps still reads before it is let go.
    async fn answer_to(bytes: &[u8]) -> String {
        let (mut near, _task) = peer(1);
        let mut answer = Vec::new();
        let (mut reading, mut writing) = tokio::io::split(&mut near);
        let (_, _) = tokio::join!(writing.write_all(bytes), reading.read_to_end(&mut answer));
        String::from_utf8(answer).unwrap()
    }

    /// Seconds until the server lets go.
    async fn seconds_until_let_go(task: JoinHandle<()>) -> u64 {
        let start = Instant::now();
        task.await.unwrap();
        start.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn r44_who_says_nothing_or_half_a_request_is_let_go_after_30_seconds() {
        for part in ["", "P", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "] {
            let (mut near, task) = peer(1);
            near.write_all(part.as_bytes()).await.unwrap();
            assert_eq!(seconds_until_let_go(task).await, 30, "{part}");
            assert_eq!(read_until(&mut near, "nothing").await, "");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn r44_a_byte_now_and_then_buys_no_time() {
        let (mut near, task) = peer(1);
        let drip = tokio::spawn(async move {
            while near.write_all(b"G").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(7)).await;
            }
        });
        assert_eq!(seconds_until_let_go(task).await, 30);
        drip.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_idle_for_longer_than_a_balancer_keeps_it() {
        let (mut near, task) = peer(1);
        for _ in 0..3 {
            near.write_all(GET).await.unwrap();
            assert!(read_until(&mut near, "here").await.starts_with("HTTP/1.1 200"));
            tokio::time::sleep(Duration::from_secs(74)).await;
        }
        assert_eq!(seconds_until_let_go(task).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn r44_half_a_request_on_an_old_connection_has_30_seconds_too() {
        let (mut near, task) = peer(1);
        near.write_all(GET).await.unwrap();
        read_until(&mut near, "here").await;
        tokio::time::sleep(Duration::from_secs(20)).await;
        near.write_all(b"GET / HT").await.unwrap();
        assert_eq!(seconds_until_let_go(task).await, 30);
    }

    #[tokio::test(start_paused = true)]
    async fn where_no_connection_is_left_an_idle_one_makes_room() {
        let (mut near, task) = peer(0);
        near.write_all(GET).await.unwrap();
        read_until(&mut near, "here").await;
        assert_eq!(seconds_until_let_go(task).await, 5);
    }

    #[tokio::test(start_paused = true)]
    async fn r44_who_reads_nothing_of_an_answer_is_let_go_after_30_seconds() {
        let (mut near, task) = peer(1);
        near.write_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        assert_eq!(seconds_until_let_go(task).await, 30);
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_slowly_but_reads_gets_all_of_it() {
        let (mut near, _task) = peer(1);
        near.write_all(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut read = 0;
        let mut some = [0; 20_000];
        loop {
            match near.read(&mut some).await.unwrap() {
                0 => break,
                count => read += count,
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        assert!(read > 1_000_000, "{read}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_ticks_is_kept_open() {
        let (mut near, _task) = peer(0);
        near.write_all(b"GET /ticking HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let start = Instant::now();
        read_until(&mut near, ":39\n").await;
        assert_eq!(start.elapsed().as_secs(), 600);
    }

    #[tokio::test(start_paused = true)]
    async fn r36_and_r42_what_is_no_request_is_refused_in_our_shape() {
        let many = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "a: b\r\n".repeat(200));
        let large = format!("GET / HTTP/1.1\r\nHost: x\r\nCookie: {}\r\n\r\n", "c".repeat(20_000));
        let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "p".repeat(70_000));
        let rows: [(&[u8], &str, &str); 8] = [
            (b"rubbish\r\n\r\n", "400 Bad Request", "invalid_input"),
            (b"GET / HTTP/1.1\r\nno header\r\n\r\n", "400 Bad Request", "invalid_input"),
            (b"GET / HTTP/9.9\r\n\r\n", "400 Bad Request", "invalid_input"),
            (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "400 Bad Request", "invalid_input"),
            (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", "400 Bad Request", "invalid_input"),
            (many.as_bytes(), "431 Request Header Fields Too Large", "too_large"),
            (large.as_bytes(), "431 Request Header Fields Too Large", "too_large"),
            (long.as_bytes(), "431 Request Header Fields Too Large", "too_large"),
        ];
        for (sent, status, code) in rows {
            // Also after a good request on the same connection.
            for before in [&b""[..], GET] {
                let answer = answer_to(&[before, sent].concat()).await;
                let answer = answer.rsplit_once("HTTP/1.1 ").unwrap().1;
                let (head, body) = answer.split_once("\r\n\r\n").unwrap();
                assert!(head.starts_with(status), "{head}");
                assert!(head.contains("content-type: application/json; charset=utf-8"), "{head}");
                assert!(head.contains("content-security-policy: default-src 'none'"), "{head}");
                assert!(head.contains("x-content-type-options: nosniff"), "{head}");
                assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{head}");
                assert!(body.starts_with(&format!("{{\"code\":\"{code}\"")), "{body}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_browser_with_too_many_cookies_is_told_what_to_do() {
        let cookies = "c".repeat(100_000);
        let request = format!("GET / HTTP/1.1\r\nHost: x\r\nAccept: text/html,*/*\r\nCookie: {cookies}\r\n\r\n");
        let answer = answer_to(request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
        assert!(answer.contains("content-type: text/html; charset=utf-8") && answer.contains("Delete the cookies"));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_looks_like_a_refusal_is_left_alone() {
        let (mut near, _task) = peer(1);
        near.write_all(b"GET /posing HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let answer = read_until(&mut near, "\r\n0\r\n\r\n").await;
        assert_eq!(answer.matches("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").count(), 3, "{answer}");
        near.write_all(GET).await.unwrap();
        assert!(read_until(&mut near, "here").await.starts_with("HTTP/1.1 200"));
    }

    /// A server with eight connections, and what ends it.
    async fn server(per_peer: Option<usize>) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let bounds = Bounds {
            connections: 8,
            per_peer,
            trusted_proxies: Vec::new(),
            keep_alive: Duration::from_secs(75),
            grace: Duration::from_secs(1),
        };
        let server = tokio::spawn(serve(listener, site(), bounds, async {
            let _ = stopped.await;
        }));
        (address, stop, server)
    }

    #[tokio::test(start_paused = true)]
    async fn r44_eight_peers_that_read_nothing_hold_eight_connections_for_30_seconds() {
        let (address, stop, server) = server(None).await;
        let mut deaf = Vec::new();
        for _ in 0..8 {
            let mut client = TcpStream::connect(address).await.unwrap();
            client.write_all(&b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n".repeat(50)).await.unwrap();
            deaf.push(client);
        }
        let start = Instant::now();

        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();

        assert!(answer.ends_with("here"), "{answer}");
        assert!(start.elapsed() < Duration::from_secs(32), "{:?}", start.elapsed());
        stop.send(()).unwrap();
        server.await.unwrap();
    }

    #[tokio::test]
    async fn r44_a_peer_that_holds_its_share_is_closed_at_once() {
        let (address, stop, server) = server(Some(2)).await;
        let mut held = Vec::new();
        for _ in 0..2 {
            let mut client = TcpStream::connect(address).await.unwrap();
            client.write_all(GET).await.unwrap();
            assert_eq!(client.read(&mut [0; 1]).await.unwrap(), 1);
            held.push(client);
        }

        let mut third = TcpStream::connect(address).await.unwrap();
        let mut answer = Vec::new();
        let _ = third.read_to_end(&mut answer).await;

        assert!(answer.is_empty());
        stop.send(()).unwrap();
        server.await.unwrap();
    }
}
