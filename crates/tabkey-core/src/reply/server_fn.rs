//! What the framework's own failures are in our words. Runs in: both.

use std::collections::BTreeMap;

use ::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};

use crate::Error;

impl FromServerFnError for Error {
    type Encoder = JsonEncoding;

    /// The framework's own failures carry words for a developer; the words are dropped here, and the code stays.
    fn from_server_fn_error(value: ServerFnErrorErr) -> Self {
        match value {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => {
                Self::InvalidInput { fields: BTreeMap::new() }
            }
            ServerFnErrorErr::Request(_) => Self::Offline,
            ServerFnErrorErr::Deserialization(_) | ServerFnErrorErr::Response(_) => Self::Unreadable,
            _ => Self::busy(),
        }
    }
}
