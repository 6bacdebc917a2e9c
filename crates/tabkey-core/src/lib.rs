//! Plain data and rules that both halves agree on. Runs in: both. Imports nothing else of this crate.

mod access_token;
mod account;
mod admin;
mod device;
mod display_name;
mod email;
mod end_reason;
mod error;
mod flash;
mod grant;
mod identity;
mod local_path;
mod missing;
mod password;
mod policy;
mod profile;
mod refresh_token;
mod refusal;
mod role;
mod text;
mod user;

pub use access_token::AccessToken;
pub use account::{Account, Activity};
pub use admin::{AccountDetails, AccountLine, Accounts, Log, LogLine, Minute, Overview};
pub use device::{Device, DeviceName};
pub use display_name::DisplayName;
pub use email::Email;
pub use end_reason::{EndReason, Ended};
pub use error::{Error, FieldError, LinkFault};
pub use flash::{Flash, Outcome};
pub use grant::{Grant, SessionTimes};
pub use identity::{Drawn, DrawnFor, Identity, Site};
pub use local_path::{LocalPath, stays_here};
pub use missing::Missing;
pub use password::{MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, NewPassword, normalise_password};
pub use policy::{ADMIN, EVERYBODY, Permission, Permit, Policy};
pub use profile::Profile;
pub use refresh_token::RefreshToken;
pub use refusal::{ENDED_HEADER, REFUSED_HEADER, Refusal};
pub use role::Role;
pub use user::User;

/// Sent with the calls that a page makes by itself while nobody uses it: they keep no session from its idle limit.
pub const BACKGROUND_HEADER: &str = "tabkey-background";
