//! What idle event streams cost a node in memory, on SQLite: `cargo bench --features ssr --bench streams`, with room for the
//! handles (`ulimit -n 25000`). STREAMS is a list of how many (1000 5000 10000).

use std::{
    env,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{StreamExt, stream};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const PASSWORD: &str = "seven green lamps sing";
/// Devices of one person.
const SESSIONS: usize = 5;
/// Calls at one time.
const AT_ONCE: usize = 16;
/// Each stream has said once that it lives, and what was allocated for its opening is free again.
const SETTLE: Duration = Duration::from_secs(17);

#[tokio::main]
async fn main() {
    let wanted = env::var("STREAMS").unwrap_or_else(|_| "1000 5000 10000".into());
    let wanted: Vec<usize> = wanted.split_whitespace().map(|count| count.parse().expect("a number")).collect();
    let most = *wanted.iter().max().expect("a number");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let node = Node::start(most + 100);
    println!("just started: {} KiB", node.resident());

    let tokens = sign_in(&node.base, most).await;
    println!("{most} people's devices signed in, {} a person: {} KiB", SESSIONS, node.resident());
    tokio::time::sleep(SETTLE).await;
    let before = node.resident();
    println!("{:>6} streams: {before} KiB", 0);

    let mut open = Vec::new();
    for count in wanted {
        let began = Instant::now();
        let missing = tokens[open.len()..count].iter().map(|token| listen(&node.base, token));
        open.extend(stream::iter(missing).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await);
        let took = began.elapsed();
        tokio::time::sleep(SETTLE).await;
        let now = node.resident();
        let each = now.saturating_sub(before) as f64 / count as f64;
        println!("{count:>6} streams: {now} KiB, {each:.1} KiB each (the last opened in {:.1} s)", took.as_secs_f64());
    }
    drop(open);
    tokio::time::sleep(SETTLE).await;
    println!("all closed: {} KiB, {} handles left", node.resident(), node.handles());
    // What the allocator kept is used again; what leaked would come on top.
    let again = tokens.iter().map(|token| listen(&node.base, token));
    let open = stream::iter(again).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await;
    tokio::time::sleep(SETTLE).await;
    println!("{most:>6} streams again: {} KiB", node.resident());
    drop(open);
}

/// A node with a database of its own; it dies with this value.
struct Node {
    base: String,
    child: Child,
    _folder: tempfile::TempDir,
}

impl Node {
    fn start(connections: usize) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new(env!("CARGO_BIN_EXE_tabkey"));
        command.current_dir(folder.path()).env("LEPTOS_SITE_ADDR", "127.0.0.1:0").env("RUST_LOG", "tabkey=info");
        command.env("TABKEY_LIMITS__ENABLED", "false").env("TABKEY_SERVER__MAX_CONNECTIONS", connections.to_string());
        command.env("TABKEY_PASSWORDS__ARGON2_MEMORY_KIB", "64").env("TABKEY_PASSWORDS__ARGON2_ITERATIONS", "1");
        // The last is opened long after the first sign-in.
        command.env("TABKEY_SESSION__ACCESS_TOKEN_TTL", "1h");
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the node starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let base = lines.find_map(|line| Some(line.split_once("listens on ")?.1.trim().to_owned()));
        std::thread::spawn(move || lines.for_each(drop));
        Self { base: base.expect("the node says where it listens"), child, _folder: folder }
    }

    /// Its memory in KiB, as the system counts it.
    fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs, on Linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its resident memory");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Files and connections that it holds open.
    fn handles(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).expect("it runs, on Linux").count()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The tokens of so many sessions.
async fn sign_in(base: &str, sessions: usize) -> Vec<String> {
    let client = Arc::new(reqwest::Client::new());
    let people = (0..sessions.div_ceil(SESSIONS)).map(|person| {
        let (client, base) = (client.clone(), base.to_owned());
        async move {
            let email = format!("ann.{person}@example.org");
            let mut tokens = Vec::new();
            for session in 0..SESSIONS {
                let call = if session == 0 { "sign_up" } else { "sign_in" };
                let form = [("email", email.as_str()), ("password", PASSWORD)];
                let reply = client.post(format!("{base}/api/{call}")).form(&form).send().await.expect("an answer");
                let grant: Value = reply.json().await.expect("a grant");
                tokens.push(grant["access_token"].as_str().expect("a token").to_owned());
            }
            tokens
        }
    });
    let tokens: Vec<_> = stream::iter(people).buffer_unordered(AT_ONCE).collect().await;
    tokens.into_iter().flatten().take(sessions).collect()
}

/// An open stream, on a connection of its own; nobody reads on.
async fn listen(base: &str, token: &str) -> TcpStream {
    let host = base.trim_start_matches("http://");
    let mut connection = TcpStream::connect(host).await.expect("a connection: is `ulimit -n` high enough?");
    let request = format!("GET /api/events HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n");
    connection.write_all(request.as_bytes()).await.expect("it takes a request");
    let mut answer = Vec::new();
    while !answer.windows(9).any(|part| part == b"listening") {
        assert_ne!(
            connection.read_buf(&mut answer).await.expect("an answer"),
            0,
            "{}",
            String::from_utf8_lossy(&answer)
        );
    }
    connection
}
