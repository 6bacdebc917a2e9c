//! The words of the chart of sign-ins. Runs in: both.

/// The chart of sign-ins.
#[derive(Clone, Copy)]
pub struct ChartWords {
    /// What a screen reader says instead of it.
    pub summary: fn(minutes: u64, sign_ins: i64, refusals: i64) -> String,
    pub sign_ins: &'static str,
    pub refusals: &'static str,
    /// What the highest bar stands for.
    pub most: fn(most: i64) -> String,
    pub now: &'static str,
}

impl ChartWords {
    pub const ENGLISH: Self = Self {
        summary: |minutes, sign_ins, refusals| {
            format!("In the last {minutes} minutes: {sign_ins} sign-ins, {refusals} refusals")
        },
        sign_ins: "Sign-ins",
        refusals: "Refusals",
        most: |most| format!("per minute, at most {most}"),
        now: "now",
    };
}
