//! A session from its tokens to its end, and what a page knows of it. Runs in: both.

mod access_token;
mod device;
mod end_reason;
mod grant;
mod identity;
mod profile;
mod refresh_token;

pub use access_token::AccessToken;
pub use device::{Device, DeviceName};
pub use end_reason::{EndReason, Ended};
pub use grant::{Grant, SessionTimes};
pub use identity::{Drawn, DrawnFor, Identity, Site};
pub use profile::Profile;
pub use refresh_token::RefreshToken;
