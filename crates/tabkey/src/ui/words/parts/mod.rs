//! The words of what pages have in common. Runs in: both.

mod chart;
mod connection;
mod continue_dialog;
mod forms;
mod idle;
mod log_table;
mod nav;
mod step_up;

pub use chart::ChartWords;
pub use connection::ConnectionWords;
pub use continue_dialog::ContinueWords;
pub use forms::FormWords;
pub use idle::IdleWords;
pub use log_table::LogTableWords;
pub use nav::NavWords;
pub use step_up::StepUpWords;
