//! Whether the time of a refused sign-in tells that there is an account, on SQLite: `cargo bench --features ssr --bench
//! existence`. TRIES is how many of each, one by one in turn (300). Prints the medians and their ratio, at the cost that the
//! accounts were made with and after it was raised; within 5 % nothing can be told.

use std::{
    env,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const PASSWORD: &str = "seven green lamps sing";
const WRONG: &str = "a wrong password here";
/// Accounts, so that none is asked a hundred times in a row.
const ACCOUNTS: usize = 10;
/// Within which two medians are the same.
const MARGIN: f64 = 0.05;

#[tokio::main]
async fn main() {
    let tries: usize = env::var("TRIES").ok().map_or(300, |count| count.parse().expect("a number"));
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let client = reqwest::Client::new();
    let node = Node::start(folder.path(), 2);
    for n in 0..ACCOUNTS {
        let form = [("email", &*known(n)), ("password", PASSWORD)];
        let reply = client.post(format!("{}/api/sign_up", node.base)).form(&form).send().await.expect("an answer");
        assert!(reply.status().is_success(), "{}", reply.status());
    }
    let mut worst: f64 = 0.0;
    worst = worst.max(compare("at one cost", &client, &node, tries).await);
    drop(node);
    let node = Node::start(folder.path(), 4);
    worst = worst.max(compare("after it was raised", &client, &node, tries).await);
    assert!(worst <= MARGIN, "the time tells whether there is an account");
}

/// How far the medians are apart, as a part of the greater one.
async fn compare(what: &str, client: &reqwest::Client, node: &Node, tries: usize) -> f64 {
    let (mut some, mut none) = (Vec::new(), Vec::new());
    for n in 0..tries {
        some.push(refused(client, node, &known(n % ACCOUNTS)).await);
        none.push(refused(client, node, &format!("nobody{}@example.org", n % ACCOUNTS)).await);
    }
    let [some, none] = [some, none].map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    });
    let apart = some.abs_diff(none).as_secs_f64() / some.max(none).as_secs_f64();
    println!("{what}: account {some:?}, none {none:?}, {:.1} % apart, {tries} tries each", apart * 100.0);
    apart
}

async fn refused(client: &reqwest::Client, node: &Node, email: &str) -> Duration {
    let request = client.post(format!("{}/api/sign_in", node.base)).form(&[("email", email), ("password", WRONG)]);
    let began = Instant::now();
    let reply = request.send().await.expect("an answer");
    let took = began.elapsed();
    assert_eq!(reply.status(), 401);
    took
}

fn known(n: usize) -> String {
    format!("known{n}@example.org")
}

/// A node on the database in this folder; it dies with this value.
struct Node {
    base: String,
    child: Child,
}

impl Node {
    fn start(folder: &Path, iterations: u32) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tabkey"));
        command.current_dir(folder).env("LEPTOS_SITE_ADDR", "127.0.0.1:0").env("RUST_LOG", "tabkey=info");
        for name in ["SIGN_IN_PER_ACCOUNT", "SIGN_IN_PER_ADDRESS"] {
            command.env(format!("TABKEY_LIMITS__{name}"), "1000000");
        }
        command.env("TABKEY_PASSWORDS__ARGON2_ITERATIONS", iterations.to_string());
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the node starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let base = lines.find_map(|line| Some(line.split_once("listens on ")?.1.trim().to_owned()));
        std::thread::spawn(move || lines.for_each(drop));
        Self { base: base.expect("the node says where it listens"), child }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
