//! Hashing and changing passwords. Runs in: the server.
use super::{Auth, SignedIn, Visitor};
use crate::shared::Error;

pub async fn change(_: &Auth, _: &SignedIn, _: &Visitor, _current: String, _new: String) -> Result<u64, Error> {
    unimplemented!()
}
