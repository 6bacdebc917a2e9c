//! What it takes to trust an access token without asking anybody: the pure part, which a node and another service share.
//! Runs in: the server, and in services that verify its tokens.

mod bearer;
mod claims;
mod crypto;
mod notice;
mod revocations;

pub use bearer::bearer;
pub use claims::{CLIENT_ID, Claims, Expected, MAX_BYTES, TYPE, Untrusted, check, check_times};
pub use crypto::install as install_crypto;
pub use notice::Notice;
pub use revocations::{AllEnded, Ending, Gap, Revocations, SILENCE, Verdict};
