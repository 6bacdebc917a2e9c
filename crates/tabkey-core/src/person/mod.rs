//! Who somebody is, what they may call themselves, and what they may do. Runs in: both.

mod account;
mod admin;
mod display_name;
mod email;
mod password;
mod policy;
mod role;
mod user;

pub use account::{Account, Activity};
pub use admin::{AccountDetails, AccountLine, Accounts, Log, LogLine, Minute, Overview};
pub use display_name::DisplayName;
pub use email::Email;
pub use password::{MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, NewPassword, normalise_password};
pub use policy::{ADMIN, EVERYBODY, Permission, Permit, Policy};
pub use role::Role;
pub use user::User;
