//! A server of its own for each test, and browsers that talk to it.

mod authority;
mod cluster;
mod contract;
mod database;
mod line;
mod mail_server;
mod pooler;
mod post;
mod schema;
mod service;
mod stream;
mod tls;

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex, mpsc},
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

pub use authority::Authority;
pub use cluster::Cluster;
pub use contract::{Contract, Operation};
pub use database::{Database, address as database_address, create as create_database, is_postgres, let_in};
pub use line::Line;
pub use mail_server::{HANG_UP, MailServer, Stage, Tls};
pub use pooler::Pooler;
pub use schema::{faults, find};
pub use service::{Service, verify_with_pyjwt};
pub use stream::Stream;
pub use tls::TlsProxy;

pub const REFRESH: &str = "__Host-Http-refresh";
pub const HINT: &str = "__Host-signed-in";
pub const PASSWORD: &str = "seven green lamps sing";

/// A running server; it dies with this value.
pub struct TestApp {
    pub base: String,
    pub folder: Arc<tempfile::TempDir>,
    settings: Vec<(String, String)>,
    child: Child,
    log: Arc<Mutex<String>>,
}

impl TestApp {
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// `settings` are environment variables without the `TABKEY_`.
    pub fn with(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        database::create(folder.path());
        Self::in_folder(Arc::new(folder), settings)
    }

    /// A server whose address is known beforehand, so that its tokens name it.
    pub fn as_issuer(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        database::create(folder.path());
        let settings = settings.iter().map(|(key, value)| (format!("TABKEY_{key}"), (*value).to_owned())).collect();
        Self::serve_at(Arc::new(folder), settings, &free_address())
    }

    /// The same in a folder that another server left.
    pub fn in_folder(folder: Arc<tempfile::TempDir>, settings: &[(&str, &str)]) -> Self {
        let settings = settings.iter().map(|(key, value)| (format!("TABKEY_{key}"), (*value).to_owned())).collect();
        Self::serve(folder, settings)
    }

    fn serve(folder: Arc<tempfile::TempDir>, settings: Vec<(String, String)>) -> Self {
        Self::serve_at(folder, settings, "127.0.0.1:0")
    }

    fn serve_at(folder: Arc<tempfile::TempDir>, settings: Vec<(String, String)>, address: &str) -> Self {
        let mut command = command(folder.path());
        command.env("LEPTOS_SITE_ADDR", address);
        command.envs(settings.iter().cloned()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the server starts");
        let log = Arc::new(Mutex::new(String::new()));
        let (found, address) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        let kept = log.clone();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if let Some((_, address)) = line.split_once("listens on ") {
                    let _ = found.send(address.trim().to_owned());
                }
                kept.lock().expect("no panic while logging").push_str(&(line + "\n"));
            }
        });
        let base = address.recv_timeout(Duration::from_secs(30)).expect("the server says where it listens");
        Self { base, folder, settings, child, log }
    }

    /// Ends it with this signal, waits, and starts it again on the same folder.
    pub fn restart(mut self, signal: &str) -> Self {
        self.signal(signal);
        self.child.wait().expect("it ends");
        let next = Self::serve(self.folder.clone(), self.settings.clone());
        next.log.lock().expect("no panic while logging").insert_str(0, &self.log());
        next
    }

    /// The same with other settings beside those it had.
    pub fn restart_with(mut self, signal: &str, settings: &[(&str, &str)]) -> Self {
        self.settings.extend(settings.iter().map(|(key, value)| (format!("TABKEY_{key}"), (*value).to_owned())));
        self.restart(signal)
    }

    /// Starts it again where it was killed, under the same address.
    pub fn again_on_the_same_address(self) -> Self {
        let address = self.base.trim_start_matches("http://").to_owned();
        Self::serve_at(self.folder.clone(), self.settings.clone(), &address)
    }

    pub fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(status.expect("kill runs").success());
    }

    pub fn wait(&mut self) -> bool {
        self.child.wait().expect("it ends").success()
    }

    /// The process's memory in kilobytes, as the system counts it.
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs, on Linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its resident memory");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Files and connections that the process holds open.
    pub fn handles(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).expect("it runs, on Linux").count()
    }

    /// What the process has spent of the processors' time.
    pub fn cpu_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("it runs, on Linux");
        let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
        // utime and stime, in hundredths of a second.
        let spent: u64 = [11, 12].iter().map(|at| fields[*at].parse::<u64>().expect("a number")).sum();
        Duration::from_millis(spent * 10)
    }

    pub fn log(&self) -> String {
        self.log.lock().expect("no panic while logging").clone()
    }

    pub fn browser(&self) -> Browser {
        Browser::new(&self.base)
    }

    /// A browser with a new account.
    pub async fn signed_up(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        let reply = browser.sign_up(email, PASSWORD).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        browser
    }

    /// The same, of which the address is known to be its owner's.
    pub async fn confirmed(&self, email: &str) -> Browser {
        let browser = self.signed_up(email).await;
        let token = self.mail(email, "Confirm your email address").await.token();
        let reply = self.browser().post("/api/verify_email", &[("token", &token)]).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        browser
    }

    /// Another browser on the same account.
    pub async fn signed_in(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        let reply = browser.sign_in(email, PASSWORD).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        browser
    }

    pub async fn database(&self) -> Database {
        Database::open(self.folder.path()).await
    }

    /// A second node on the same database; on SQLite, another process with the same file.
    pub fn another_node(&self) -> Self {
        Self::serve(self.folder.clone(), self.settings.clone())
    }

    /// The same with more environment variables.
    pub fn another_node_with(&self, variables: &[(&str, &str)]) -> Self {
        let more = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self::serve(self.folder.clone(), self.settings.iter().cloned().chain(more).collect())
    }

    /// Two nodes that start at the same moment on a database that neither has seen.
    pub fn two_at_once(settings: &[(&str, &str)]) -> (Self, Self) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        database::create(folder.path());
        let settings = settings.iter().map(|(key, value)| (format!("TABKEY_{key}"), (*value).to_owned())).collect();
        Self::serve_two(Arc::new(folder), settings)
    }

    /// Two more nodes on the same database, at the same moment.
    pub fn two_more_nodes(&self) -> (Self, Self) {
        Self::serve_two(self.folder.clone(), self.settings.clone())
    }

    fn serve_two(folder: Arc<tempfile::TempDir>, settings: Vec<(String, String)>) -> (Self, Self) {
        std::thread::scope(|scope| {
            let one = scope.spawn(|| Self::serve(folder.clone(), settings.clone()));
            let other = scope.spawn(|| Self::serve(folder.clone(), settings.clone()));
            (one.join().expect("it starts"), other.join().expect("it starts"))
        })
    }

    /// A service's token, and the entry of the configuration that admits it: as `tabkey service new` prints them.
    pub fn service_credential() -> (String, String) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let made = command(folder.path()).args(["service", "new", "pension"]).output().expect("it runs");
        let printed = String::from_utf8(made.stdout).expect("text");
        let token = printed.lines().nth(1).expect("a token").to_owned();
        let entry = printed.split('"').nth(1).expect("an entry").to_owned();
        (token, entry)
    }

    /// The `tabkey` command on this server's database.
    pub fn command(&self, arguments: &[&str]) -> Output {
        command(self.folder.path()).args(arguments).envs(self.settings.iter().cloned()).output().expect("it runs")
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One that stays free while nobody listens: below the ports that the system gives away by itself.
fn free_address() -> String {
    let random = uuid::Uuid::now_v7().as_u128();
    let mut addresses = (0..).map(|n| format!("127.0.0.1:{}", 20_000 + (random + n) % 12_000));
    addresses.find(|address| std::net::TcpListener::bind(address).is_ok()).expect("a free port")
}

/// The program in a folder of its own, on a free port.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tabkey"));
    command.current_dir(folder).env("LEPTOS_SITE_ADDR", "127.0.0.1:0").env("RUST_LOG", "info,tabkey=debug");
    for (name, _) in std::env::vars().filter(|(name, _)| name == "DATABASE_URL" || name.starts_with("TABKEY_")) {
        command.env_remove(name);
    }
    command.envs(database::variables(folder));
    command
}

/// A cookie jar and the memory of one tab.
#[derive(Clone)]
pub struct Browser {
    base: String,
    client: reqwest::Client,
    pub jar: BTreeMap<String, String>,
    pub token: Option<String>,
    user_agent: Option<&'static str>,
}

impl Browser {
    fn new(base: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let client = client.timeout(Duration::from_secs(60)).build().expect("a client");
        Self { base: base.to_owned(), client, jar: BTreeMap::new(), token: None, user_agent: None }
    }

    /// What it says that it is.
    pub fn with_user_agent(mut self, user_agent: &'static str) -> Self {
        self.user_agent = Some(user_agent);
        self
    }

    /// The same browser in front of a server that was started anew.
    pub fn moved_to(mut self, app: &TestApp) -> Self {
        self.move_to(&app.base);
        self
    }

    pub fn move_to(&mut self, base: &str) {
        self.base = base.to_owned();
    }

    pub async fn sign_up(&mut self, email: &str, password: &str) -> Reply {
        self.post("/api/sign_up", &[("email", email), ("password", password), ("display_name", "Ann Lee")]).await
    }

    pub async fn sign_in(&mut self, email: &str, password: &str) -> Reply {
        self.post("/api/sign_in", &[("email", email), ("password", password)]).await
    }

    pub async fn refresh(&mut self) -> Reply {
        self.post("/api/refresh", &[]).await
    }

    pub async fn sign_out(&mut self) -> Reply {
        self.post("/api/sign_out", &[]).await
    }

    pub async fn who_am_i(&mut self) -> Reply {
        self.get("/api/who_am_i").await
    }

    pub async fn devices(&mut self) -> Vec<Value> {
        let reply = self.get("/api/devices").await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body.as_array().expect("a list").clone()
    }

    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Reply {
        self.send(self.request(reqwest::Method::POST, path).form(form)).await
    }

    pub async fn get(&mut self, path: &str) -> Reply {
        self.send(self.request(reqwest::Method::GET, path)).await
    }

    /// A request with the jar's cookies and the tab's token.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(user_agent) = self.user_agent {
            request = request.header("user-agent", user_agent);
        }
        if !self.jar.is_empty() {
            let cookies: Vec<String> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header("cookie", cookies.join("; "));
        }
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends it, keeps what the reply sets, and remembers a new token.
    pub async fn send(&mut self, request: reqwest::RequestBuilder) -> Reply {
        self.try_send(request).await.expect("the server answers")
    }

    /// The same where the server may die meanwhile: an answer of which the head came has set its cookies.
    pub async fn try_send(&mut self, request: reqwest::RequestBuilder) -> Result<Reply, reqwest::Error> {
        let reply = Reply::read(request.send().await?).await;
        for cookie in &reply.cookies {
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let (name, value) = pair.split_once('=').expect("a cookie has a value");
            if attributes.contains("Max-Age=0") {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
        if let Some(token) = reply.body["access_token"].as_str() {
            self.token = Some(token.to_owned());
        }
        Ok(reply)
    }

    /// Opens the event stream of the tab's session.
    pub async fn listen(&self) -> Stream {
        let response = self.request(reqwest::Method::GET, "/api/events").send().await.expect("the server answers");
        assert_eq!(response.status(), 200);
        Stream::new(response)
    }

    /// The session that the tab's token names.
    pub fn session(&self) -> String {
        claims(self.token.as_deref().expect("a token"))["sid"].as_str().expect("a session").to_owned()
    }

    /// The generation that the tab's token names.
    pub fn generation(&self) -> u64 {
        claims(self.token.as_deref().expect("a token"))["gen"].as_u64().expect("a generation")
    }
}

/// A reply, read to its end.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub cookies: Vec<String>,
    pub text: String,
    /// `null` where it was no JSON.
    pub body: Value,
}

impl Reply {
    async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let cookies = headers.get_all("set-cookie").iter().map(text).collect();
        let text = response.text().await.unwrap_or_default();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self { status, headers, cookies, text, body }
    }

    pub fn header(&self, name: &'static str) -> String {
        self.headers.get(HeaderName::from_static(name)).map(text).unwrap_or_default()
    }

    /// Status and code of a failure.
    pub fn failure(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or_default())
    }

    pub fn cookie(&self, name: &str) -> &str {
        let found = self.cookies.iter().find(|cookie| cookie.starts_with(&format!("{name}=")));
        found.unwrap_or_else(|| panic!("no cookie {name} in {:?}", self.cookies))
    }
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// The claims of a token, unverified.
pub fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

/// Asks until `is_done` says so, for at most ten seconds.
pub async fn until<T>(ask: impl AsyncFnMut() -> T, is_done: impl Fn(&T) -> bool) -> T {
    until_within(Duration::from_secs(10), ask, is_done).await
}

/// The same for as long as `limit`.
pub async fn until_within<T>(limit: Duration, mut ask: impl AsyncFnMut() -> T, is_done: impl Fn(&T) -> bool) -> T {
    let deadline = Instant::now() + limit;
    loop {
        let answer = ask().await;
        if is_done(&answer) || Instant::now() > deadline {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
