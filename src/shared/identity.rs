//! Who the first HTML is for. Runs in: both.

use serde::{Deserialize, Serialize};

use super::{SessionTimes, User};

/// The person that the server recognised by the refresh cookie when it rendered the page. Written into the HTML, so it
/// holds nothing that could authenticate a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub user: User,
    pub session: SessionTimes,
}
