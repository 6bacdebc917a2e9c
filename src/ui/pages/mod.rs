//! One page, one file. Runs in: both.

mod account;
mod activity;
mod devices;
mod forgot_password;
mod home;
mod mailed;
mod not_found;
mod sign_in;
mod sign_up;

pub use account::Account;
pub use activity::Activity;
pub use devices::{Devices, Known};
pub use forgot_password::{ForgotPassword, ResetPassword};
pub use home::Home;
pub use mailed::{ConfirmEmail, NotMe, UndoEmail, VerifyEmail};
pub use not_found::NotFound;
pub use sign_in::SignIn;
pub use sign_up::SignUp;
