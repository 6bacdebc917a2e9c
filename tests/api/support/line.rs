//! The line between one node and the database: it can be cut so that nobody is told.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread,
};

use super::database;

/// Passes bytes on, by threads: it must work while a test waits for a server to start. What is open at the end of the test
/// stays so until the process ends.
pub struct Line {
    address: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    phase: Mutex<Phase>,
    mended: Condvar,
}

#[derive(Default)]
struct Phase {
    is_cut: bool,
    /// What was open before a cut never speaks again.
    cuts: u64,
}

impl Line {
    /// A line to the database of the servers in this folder.
    pub fn to_database_of(folder: &Path) -> Self {
        Self::to(&database::address(folder).expect("PostgreSQL"))
    }

    pub fn to(address: &str) -> Self {
        let (before, rest) = address.split_once('@').expect("a user in the address");
        let (host, name) = rest.split_once('/').expect("a database in the address");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let state = Arc::<State>::default();
        let (host, shared) = (host.to_owned(), state.clone());
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let (host, state) = (host.clone(), shared.clone());
                thread::spawn(move || state.connect(near, &host));
            }
        });
        Self { address: format!("{before}@127.0.0.1:{port}/{name}"), state }
    }

    /// The database's address at this end.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// From now on nothing passes, and nothing says so.
    pub fn cut(&self) {
        let mut phase = self.state.phase();
        phase.is_cut = true;
        phase.cuts += 1;
    }

    /// New connections pass; those of before stay dead.
    pub fn mend(&self) {
        self.state.phase().is_cut = false;
        self.state.mended.notify_all();
    }
}

impl State {
    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().expect("no panic while it is held")
    }

    fn connect(self: Arc<Self>, near: TcpStream, host: &str) {
        let phase = self.mended.wait_while(self.phase(), |phase| phase.is_cut);
        let cuts = phase.expect("no panic while it is held").cuts;
        let Ok(far) = TcpStream::connect(host) else { return };
        let (Ok(near_end), Ok(far_end)) = (near.try_clone(), far.try_clone()) else { return };
        let state = self.clone();
        thread::spawn(move || state.pass(near_end, far, cuts));
        self.pass(far_end, near, cuts);
    }

    fn pass(&self, mut from: TcpStream, mut to: TcpStream, cuts: u64) {
        let mut bytes = [0; 16 * 1024];
        while let Ok(count) = from.read(&mut bytes) {
            if self.phase().cuts != cuts {
                // Neither end is told.
                std::mem::forget((from, to));
                return;
            }
            if count == 0 || to.write_all(&bytes[..count]).is_err() {
                let _ = to.shutdown(std::net::Shutdown::Both);
                return;
            }
        }
    }
}
