//! Who may call: the first line of every server function. Runs in: the server.

use std::sync::Arc;

use crate::server::auth::{Auth, Granted, SignedIn, Visitor};
use crate::shared::{Error, Grant};

/// One call of a server function.
pub struct Call {
    pub auth: Arc<Auth>,
    pub visitor: Visitor,
}

impl Call {
    /// Sets both cookies, and hands on the reply.
    pub fn grant(&self, granted: Granted) -> Result<Grant, Error> {
        Ok(granted.grant)
    }

    /// Clears both cookies, and the browser's cache (`Clear-Site-Data`).
    pub fn clear_cookies(&self) {}
}

/// Lets everybody through.
pub fn anyone() -> Result<Call, Error> {
    unimplemented!()
}

/// Lets a person with a live access token through; during page rendering, the person whom the page is for.
pub async fn signed_in() -> Result<(Call, SignedIn), Error> {
    unimplemented!()
}
