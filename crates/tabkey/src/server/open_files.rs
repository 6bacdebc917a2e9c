//! How many files the process may have open: each connection is one. Runs in: the server.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is open besides connections of browsers: the database, mail, logs, the site's files.
const RESERVED: usize = 64;

/// Raises the soft limit to the hard one, and answers with what may be open then. The usual soft limit of 1,024 is for
/// programs that still use select(2).
pub fn raise_limit() -> usize {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        // Where the system says no (macOS has another limit besides), the limit stays as it was.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    }
    getrlimit(Resource::Nofile).current.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

/// As many connections as were asked for and can be held.
pub fn connections(wanted: usize, limit: usize) -> usize {
    wanted.min(limit.saturating_sub(RESERVED)).max(1)
}

/// What to say where that is less than what was asked for.
pub fn warning(wanted: usize, limit: usize) -> Option<String> {
    let held = connections(wanted, limit);
    (held < wanted).then(|| {
        format!(
            "server.max_connections is {wanted}, but this process may open {limit} files: it takes {held} connections; raise the hard limit (ulimit -Hn, LimitNOFILE=)"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_connections_are_taken_than_there_are_files() {
        assert_eq!(connections(10_000, usize::MAX), 10_000);
        assert_eq!(connections(10_000, 1_024), 960);
        assert_eq!(connections(10, 1_024), 10);
        assert_eq!(connections(10, 20), 1);
        assert_eq!(warning(960, 1_024), None);
        assert!(warning(961, 1_024).unwrap().contains("server.max_connections"));
    }
}
