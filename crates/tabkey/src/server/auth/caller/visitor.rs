//! Who asks, before and after the guard, and what they are given. Runs in: the server.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use uuid::Uuid;

use crate::server::store::Caller;
use tabkey_core::{Error, Grant, Permit};

/// Stands for a client whose address a trusted proxy could not say. Everybody behind it shares it, so that a limit per
/// address has to be a wide one there.
pub const UNKNOWN_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// Who made a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A person, as far as anybody can tell.
    Person,
    /// A page by itself: it says so, and its session's idle time runs on.
    Background,
}

/// Who makes a request, as far as the request itself says.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The client's address, proxies seen through; [`UNKNOWN_ADDRESS`] where they cannot say it.
    pub address: IpAddr,
    /// Whether the request says that no person made it.
    pub by: By,
    /// `User-Agent`, at most 512 characters, controls removed.
    pub user_agent: String,
    /// `Sec-CH-UA`, where sent.
    pub brands: Option<String>,
    /// `Sec-CH-UA-Platform`, where sent.
    pub platform: Option<String>,
    /// `Sec-CH-UA-Mobile`, where sent.
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
#[non_exhaustive]
pub struct SignedIn {
    pub user_id: Uuid,
    pub session_id: Uuid,
    pub generation: u32,
    /// The person's claims version when the token was made.
    pub claims_version: i64,
    pub roles: Arc<[String]>,
    /// Unix seconds of the last proof of the password in this session.
    pub auth_time: i64,
}

impl SignedIn {
    /// For an act on the person's own account: that their session still lives is checked where the act takes effect.
    pub fn caller(&self) -> Caller {
        Caller { user_id: self.user_id, session_id: self.session_id, claims_version: None }
    }

    /// For an act that their roles allow: those are checked there too.
    pub fn caller_by_role(&self) -> Caller {
        Caller { claims_version: Some(self.claims_version), ..self.caller() }
    }

    /// By the roles of the token, without asking the database: a changed role makes older tokens stale. Errors: 403
    /// `forbidden`.
    pub fn require(&self, permission: impl Permit) -> Result<(), Error> {
        if permission.is_held_by(&self.roles) { Ok(()) } else { Err(Error::Forbidden) }
    }
}

/// A grant, and the cookies that go with it.
#[derive(Debug)]
pub struct Granted {
    pub grant: Grant,
    pub refresh_token: Secret,
    /// Seconds until the session's end for `Max-Age`; `None` on a shared computer.
    pub max_age: Option<u64>,
}
