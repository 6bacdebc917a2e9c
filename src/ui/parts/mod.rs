//! What pages are made of. Runs in: both.

mod button;
mod confirm_dialog;
mod connection;
mod continue_dialog;
mod debug_panel;
mod device_row;
mod field;
mod form;
mod idle_warning;
mod nav;
mod next;
mod notice;
mod protected;
mod skeleton;
mod step_up;
mod time;
mod visitors_only;

pub use button::{Button, SubmitButton};
pub use confirm_dialog::ConfirmDialog;
pub use connection::Connection;
pub use continue_dialog::ContinueDialog;
pub use debug_panel::DebugPanel;
pub use device_row::DeviceRow;
pub use field::{Field, PasswordField};
pub use form::{Submission, field_value};
pub use idle_warning::IdleWarning;
pub use nav::Nav;
pub use next::{next_path, with_next};
pub use notice::{EndedNotice, FormNotice, Notice};
pub use protected::Protected;
pub use skeleton::Skeleton;
pub use step_up::StepUp;
pub use time::Time;
pub use visitors_only::VisitorsOnly;
