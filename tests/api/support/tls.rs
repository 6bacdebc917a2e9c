//! HAProxy before a server, with a certificate that only who is told so trusts.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use super::{TestApp, free_address};

/// A proxy that speaks TLS; it ends with this value.
pub struct TlsProxy {
    folder: tempfile::TempDir,
    address: String,
    child: Option<Child>,
}

impl TlsProxy {
    /// Its address, before there is anything behind it.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder"), address: free_address(), child: None }
    }

    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The certificate, for those who shall trust it.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// Listens, and passes on to this server.
    pub fn before(mut self, app: &TestApp) -> Self {
        let (folder, certificate) = (self.folder.path(), self.certificate());
        let key = folder.join("certificate.pem.key");
        let request = folder.join("request.cnf");
        let text = "[req]\ndistinguished_name=name\nx509_extensions=more\nprompt=no\n[name]\nCN=tabkey\n[more]\nsubjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n";
        fs::write(&request, text).expect("the folder can be written");
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-nodes", "-days", "1", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
        run(openssl.arg("-config").arg(&request).arg("-keyout").arg(&key).arg("-out").arg(&certificate));

        let (listen, to) = (&self.address, app.base.trim_start_matches("http://"));
        let certificate = certificate.display();
        let text = format!(
            "defaults\n  mode http\n  timeout connect 5s\n  timeout client 1h\n  timeout server 1h\n\
             frontend tls\n  bind {listen} ssl crt {certificate}\n  default_backend tabkey\n\
             backend tabkey\n  server node {to}\n"
        );
        let configuration = folder.join("haproxy.cfg");
        fs::write(&configuration, text).expect("the folder can be written");
        run(haproxy(&configuration).arg("-c"));
        let child = haproxy(&configuration).arg("-db").stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.child = Some(child.expect("HAProxy starts"));
        self
    }
}

impl Drop for TlsProxy {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn haproxy(configuration: &Path) -> Command {
    let debians = Path::new("/usr/sbin/haproxy");
    let mut command = Command::new(if debians.exists() { debians } else { Path::new("haproxy") });
    command.arg("-f").arg(configuration);
    command
}

fn run(command: &mut Command) -> Output {
    let output = command.output().expect("it is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}
