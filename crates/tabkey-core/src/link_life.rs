//! How long the links in mails are good for, in seconds. Runs in: both.

const MINUTE: u32 = 60;
const DAY: u32 = 24 * 60 * MINUTE;

/// To choose a new password.
pub const RESET_PASSWORD: u32 = 30 * MINUTE;
/// To show that an address is one's own.
pub const VERIFY_EMAIL: u32 = DAY;
/// To use another address from now on.
pub const CONFIRM_EMAIL: u32 = DAY;
/// To take the former address back.
pub const UNDO_EMAIL: u32 = 7 * DAY;
/// To say that something was not one's own doing.
pub const NOT_ME: u32 = 7 * DAY;
