//! A certificate authority that nobody trusts who is not told to.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio_rustls::TlsAcceptor;

/// Its files go with this value.
pub struct Authority {
    folder: tempfile::TempDir,
}

impl Authority {
    /// With a certificate for a server at 127.0.0.1.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let authority = Self { folder };
        authority.make("ca", "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign", None);
        authority.make("server", "basicConstraints=CA:FALSE\nsubjectAltName=IP:127.0.0.1", Some("ca"));
        authority
    }

    /// Its own certificate.
    pub fn certificate(&self) -> PathBuf {
        self.file("ca.pem")
    }

    /// The server's end of TLS.
    pub fn acceptor(&self) -> TlsAcceptor {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let chain = vec![CertificateDer::from_pem_file(self.file("server.pem")).expect("a certificate")];
        let key = PrivateKeyDer::from_pem_file(self.file("server.key")).expect("a key");
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).expect("they match");
        TlsAcceptor::from(Arc::new(config))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn make(&self, name: &str, extensions: &str, by: Option<&str>) {
        let (key, certificate) = (self.file(&format!("{name}.key")), self.file(&format!("{name}.pem")));
        let request = self.file(&format!("{name}.cnf"));
        let text = format!(
            "[req]\ndistinguished_name=name\nx509_extensions=more\nprompt=no\n[name]\nCN=bank {name}\n[more]\n{extensions}\n"
        );
        fs::write(&request, text).expect("the folder can be written");
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-nodes", "-days", "1", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
        openssl.arg("-config").arg(&request).arg("-keyout").arg(&key).arg("-out").arg(&certificate);
        if let Some(by) = by {
            openssl.arg("-CA").arg(self.file(&format!("{by}.pem"))).arg("-CAkey").arg(self.file(&format!("{by}.key")));
        }
        run(&mut openssl);
        assert!(Path::new(&certificate).exists());
    }
}

fn run(command: &mut Command) {
    let output = command.output().expect("openssl is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
