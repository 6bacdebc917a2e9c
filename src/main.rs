//! Command line → configuration → telemetry → `server::run`. Runs in: the server.

fn main() {}
