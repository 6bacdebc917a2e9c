//! Every decision about accounts, sessions and tokens. Knows no HTTP. Runs in: the server.

use std::{net::IpAddr, sync::Arc};

use uuid::Uuid;

use super::config::Config;
use crate::shared::{Error, Grant, Identity, User};

pub mod devices;
pub mod password;

/// Everything that decisions need: one per node, shared by all requests.
pub struct Auth {
    pub config: Arc<Config>,
}

/// Who makes a request, as far as the request itself says.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The client's address, proxies seen through.
    pub address: IpAddr,
    /// `User-Agent`, at most 512 characters, controls removed.
    pub user_agent: String,
    /// `Sec-CH-UA`, `Sec-CH-UA-Platform`, `Sec-CH-UA-Mobile`, where sent.
    pub brands: Option<String>,
    pub platform: Option<String>,
    pub mobile: Option<String>,
    /// The refresh cookie's value, if exactly one came.
    pub refresh_token: Option<Secret>,
    /// The bearer token, if one came.
    pub bearer: Option<Secret>,
}

/// A request's credential. Prints as `***`.
#[derive(Clone, zeroize::ZeroizeOnDrop)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// The guard's value: who may act, and in which session. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub user_id: Uuid,
    pub session_id: Uuid,
    pub generation: u32,
    pub roles: Arc<[String]>,
    /// Unix seconds of the sign-in.
    pub auth_time: i64,
}

/// A grant, and the cookies that go with it.
#[derive(Debug)]
pub struct Granted {
    pub grant: Grant,
    pub refresh_token: Secret,
    /// Seconds until the session's end for `Max-Age`; `None` on a shared computer.
    pub max_age: Option<u64>,
}

/// Why a node cannot start, in one sentence that names the key and the fix.
#[derive(Debug)]
pub struct StartError(pub String);

impl Auth {
    /// Opens the database (creating and migrating it), opens or makes the keys, loads the live revocations.
    pub async fn open(_config: Arc<Config>) -> Result<Arc<Self>, StartError> {
        unimplemented!()
    }

    /// Writes what is queued, then closes the database.
    pub async fn close(&self) {}
}

pub async fn sign_up(_: &Auth, _: &Visitor, _email: &str, _password: String, _name: &str) -> Result<Granted, Error> {
    unimplemented!()
}
pub async fn sign_in(
    _: &Auth,
    _: &Visitor,
    _email: &str,
    _password: String,
    _remember: Option<&str>,
) -> Result<Granted, Error> {
    unimplemented!()
}
pub async fn refresh(_: &Auth, _: &Visitor) -> Result<Granted, Error> {
    unimplemented!()
}
pub async fn sign_out(_: &Auth, _: &Visitor) -> Result<(), Error> {
    unimplemented!()
}
/// Verifies a bearer token without a query: signature (remembered), claims, revocations. Notes the touch.
pub fn verify(_: &Auth, _: &Visitor, _token: &str) -> Result<SignedIn, Error> {
    unimplemented!()
}
/// For a page: who the refresh cookie belongs to, by one read; rotates and ends nothing.
pub async fn recognise(_: &Auth, _refresh_token: &str) -> Result<Option<(SignedIn, Identity)>, Error> {
    unimplemented!()
}
pub async fn who_am_i(_: &Auth, _: &SignedIn) -> Result<User, Error> {
    unimplemented!()
}
