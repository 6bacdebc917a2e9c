//! A person's sessions as devices. Runs in: the server.
use super::{Auth, SignedIn};
use crate::shared::{Device, Error};

pub async fn list(_: &Auth, _: &SignedIn) -> Result<Vec<Device>, Error> {
    unimplemented!()
}
pub async fn rename(_: &Auth, _: &SignedIn, _id: &str, _name: &str) -> Result<Device, Error> {
    unimplemented!()
}
pub async fn revoke(_: &Auth, _: &SignedIn, _id: &str) -> Result<u64, Error> {
    unimplemented!()
}
pub async fn revoke_others(_: &Auth, _: &SignedIn) -> Result<u64, Error> {
    unimplemented!()
}
