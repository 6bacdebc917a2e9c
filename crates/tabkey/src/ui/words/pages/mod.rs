//! The words of each page. Runs in: both.

mod account;
mod activity;
mod admin;
mod admin_log;
mod admin_user;
mod devices;
mod forgot_password;
mod links;
mod not_found;
mod sign_in;
mod sign_up;

pub use account::AccountWords;
pub use activity::ActivityWords;
pub use admin::AdminWords;
pub use admin_log::AdminLogWords;
pub use admin_user::AdminUserWords;
pub use devices::DevicesWords;
pub use forgot_password::ForgotPasswordWords;
pub use links::{LinkHelpWords, LinkWords};
pub use not_found::NotFoundWords;
pub use sign_in::SignInWords;
pub use sign_up::SignUpWords;
