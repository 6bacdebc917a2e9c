//! Another service: `examples/second-service` as a process of its own.

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use super::{Browser, Reply};

/// A running service; it dies with this value.
pub struct Service {
    base: String,
    child: Child,
    log: Arc<Mutex<String>>,
}

impl Service {
    pub fn start(issuer: &str, token: &str, audience: &str) -> Self {
        Self::with(issuer, token, audience, &[])
    }

    /// The same with more environment variables.
    pub fn with(issuer: &str, token: &str, audience: &str, variables: &[(&str, &Path)]) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_tabkey")).with_file_name("examples").join("second-service");
        assert!(program.exists(), "build it first: cargo build -p tabkey-verifier --example second-service");
        let mut command = Command::new(program);
        command.env("ISSUER", issuer).env("SERVICE_TOKEN", token).env("AUDIENCE", audience);
        command.env("ADDRESS", "127.0.0.1:0").envs(variables.iter().copied());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the service starts");
        let log = Arc::new(Mutex::new(String::new()));
        let (found, address) = mpsc::channel();
        keep(child.stdout.take().expect("piped"), log.clone(), Some(found));
        keep(child.stderr.take().expect("piped"), log.clone(), None);
        let base = address.recv_timeout(Duration::from_secs(30)).expect("the service says where it listens");
        Self { base, child, log }
    }

    /// `GET /pension` with this browser's token.
    pub async fn pension(&self, browser: &Browser) -> Reply {
        let mut there = browser.clone();
        there.base = self.base.clone();
        there.jar.clear();
        there.get("/pension").await
    }

    pub async fn healthz(&self) -> u16 {
        reqwest::get(format!("{}/healthz", self.base)).await.expect("the service answers").status().as_u16()
    }

    pub fn log(&self) -> String {
        self.log.lock().expect("no panic while logging").clone()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn keep(output: impl Read + Send + 'static, log: Arc<Mutex<String>>, found: Option<mpsc::Sender<String>>) {
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let (Some(found), Some((_, address))) = (&found, line.split_once("listens on ")) {
                let _ = found.send(address.trim().to_owned());
            }
            log.lock().expect("no panic while logging").push_str(&(line + "\n"));
        }
    });
}

/// What PyJWT says of a token: its subject, or the name of the error.
pub fn verify_with_pyjwt(issuer: &str, audience: &str, token: &str) -> Result<String, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify_token.py");
    // Debian's own, to which its packages belong.
    let mut command = Command::new("/usr/bin/python3");
    command.arg(script).args([issuer, audience]);
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().expect("python3 is installed");
    child.stdin.take().expect("piped").write_all(token.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}
