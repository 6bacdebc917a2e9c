//! Codes in words: failures, endings, outcomes, the log. Runs in: both.

mod device_kinds;
mod endings;
mod errors;
mod fields;
mod log;
mod outcomes;

pub use device_kinds::DeviceKindWords;
pub use endings::EndingWords;
pub use errors::ErrorWords;
pub use fields::FieldWords;
pub(in crate::ui) use fields::{FIELDS, is_about_a_field};
pub use log::LogWords;
pub(in crate::ui) use log::{can_be_disowned, is_serious};
pub use outcomes::OutcomeWords;
