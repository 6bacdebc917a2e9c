//! The seam: server functions only. A body is one guard line and one call into `server::auth`. Runs in: both; the
//! signature in the browser, the body on the server.

mod account;
mod admin;
mod devices;
mod links;
mod password;
mod session;
mod step_up;

pub use account::*;
pub use admin::*;
pub use devices::*;
pub use links::*;
pub use password::*;
pub use session::*;
pub use step_up::*;
