//! PgBouncer in transaction mode before the database of a test.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::{TestApp, database};

/// A private pooler; it is removed with this value.
pub struct Pooler {
    folder: PathBuf,
    pub address: String,
    direct: String,
}

impl Pooler {
    /// Before the database of the servers in this folder.
    pub fn before(folder: &Path) -> Self {
        let direct = database::address(folder).expect("PostgreSQL");
        // Beside the temporary folder, not below it: another user runs it, who may not enter ours.
        let folder = PathBuf::from(format!("{}.pgbouncer", folder.display()));
        let started = script().arg("start").arg(&folder).arg(&direct).output().expect("the script runs");
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
        let address = String::from_utf8(started.stdout).expect("text").trim().to_owned();
        Self { folder, address, direct }
    }

    /// What a node needs to go through it.
    pub fn variables(&self) -> [(&'static str, &str); 2] {
        [("DATABASE_URL", &self.address), ("DATABASE_LISTEN_URL", &self.direct)]
    }

    /// A node behind it.
    pub fn node(&self, app: &TestApp) -> TestApp {
        app.another_node_with(&self.variables())
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = script().arg("stop").arg(&self.folder).status();
    }
}

fn script() -> Command {
    Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/pgbouncer"))
}
