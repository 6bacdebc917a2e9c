//! What a call is refused with, and what a form without a script hands to the next page. Runs in: both.

#[cfg(feature = "axum")]
mod axum;
mod error;
mod flash;
mod missing;
mod refusal;
#[cfg(feature = "server_fn")]
mod server_fn;
#[cfg(feature = "sqlx")]
mod sqlx;

pub use error::{Error, FieldError, LinkFault};
pub use flash::{Flash, Outcome};
pub use missing::Missing;
pub use refusal::{ENDED_HEADER, REFUSED_HEADER, Refusal};
