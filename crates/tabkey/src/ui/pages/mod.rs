//! One page, one file. Runs in: both.

mod account;
mod activity;
mod admin;
mod admin_log;
mod admin_only;
mod admin_user;
mod devices;
mod forgot_password;
mod mailed;
mod not_found;
#[cfg(debug_assertions)]
mod parts;
mod sign_in;
mod sign_up;

pub use account::Account;
pub use activity::Activity;
pub use admin::Admin;
pub use admin_log::AdminLog;
pub use admin_only::AdminOnly;
pub use admin_user::AdminUser;
pub use devices::Devices;
pub use forgot_password::{ForgotPassword, ResetPassword};
pub use mailed::{ConfirmEmail, NotMe, UndoEmail, VerifyEmail};
pub use not_found::NotFound;
#[cfg(debug_assertions)]
pub(super) use parts::AllParts;
pub use sign_in::SignIn;
pub use sign_up::SignUp;
