//! From a request to a decision and back. Runs in: the server.

mod api;
mod body;
mod client_address;
mod cookies;
mod costs;
mod cross_site;
pub mod errors;
mod events;
mod files;
mod flash;
mod form;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod guard;
mod headers;
mod health;
mod host;
mod led_here;
pub mod listen;
mod native_form;
mod outbox;
mod own;
pub mod own_calls;
mod page;
mod policy;
#[cfg(test)]
mod properties;
mod readiness;
mod revocations;
mod router;
mod state;
mod style;
mod visitor;

pub use own::{Own, Provide};
pub use policy::{ContentPolicy, Policy};
pub use readiness::Readiness;
pub use router::router;
pub use state::AppState;
