//! One page, one file. Runs in: both.

mod account;
mod admin;
mod admin_log;
mod admin_user;
mod devices;
mod home;
mod not_found;
mod sign_in;
mod sign_up;

pub use account::Account;
pub use admin::Admin;
pub use admin_log::AdminLog;
pub use admin_user::AdminUser;
pub use devices::{Devices, Known};
pub use home::Home;
pub use not_found::NotFound;
pub use sign_in::SignIn;
pub use sign_up::SignUp;
