//! A PostgreSQL of one test alone, which may be stopped in its tracks.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use super::{TestApp, database};

/// A private cluster; it is removed with this value.
pub struct Cluster {
    folder: tempfile::TempDir,
    address: String,
}

impl Cluster {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let started = script().arg("start").arg(data(&folder)).output().expect("the script runs");
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
        let address = String::from_utf8(started.stdout).expect("text").trim().to_owned();
        Self { folder, address }
    }

    /// A node on it.
    pub fn node(&self) -> TestApp {
        let folder = tempfile::tempdir().expect("a temporary folder");
        database::keep_address(folder.path(), &self.address);
        TestApp::in_folder(Arc::new(folder), &[])
    }

    /// Stops every process of it where it stands: connections stay open, and nothing answers.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let file = data(&self.folder).join("data/postmaster.pid");
        let text = fs::read_to_string(file).expect("it runs");
        let first = text.lines().next().expect("a pid");
        // The first one begins no more of them once it is stopped.
        for command in [["kill", signal, first].as_slice(), ["pkill", signal, "-P", first].as_slice()] {
            let status = Command::new(command[0]).args(&command[1..]).status();
            assert!(status.expect("it runs").success(), "{command:?}");
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.resume();
        let _ = script().arg("stop").arg(data(&self.folder)).status();
    }
}

fn script() -> Command {
    Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/postgres"))
}

/// Beside the temporary folder, not below it: the script's belongs to another user, who may not enter ours.
fn data(folder: &tempfile::TempDir) -> PathBuf {
    PathBuf::from(format!("{}.postgres", folder.path().display()))
}
