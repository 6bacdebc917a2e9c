//! How a reply tells the interceptor that it is a refusal: in headers, for bodies and error types belong to whoever wrote the
//! call. Runs in: both.

use crate::{Ended, Error};

/// The `code` of a refusal, beside its body.
pub const REFUSED_HEADER: &str = "tabkey-refused";
/// With the code `session_ended`: how the session ended, as JSON in ASCII.
pub const ENDED_HEADER: &str = "tabkey-ended";

/// What the interceptor acts on; every other refusal is its caller's alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `token_expired`, `token_stale` or `token_invalid`: a new token may do. So it is where a session has ended and nothing
    /// readable says how: the refresh tells.
    NeedsNewToken,
    /// `session_ended`
    Ended(Ended),
    /// `step_up_required`
    StepUpRequired,
}

impl Refusal {
    /// What the two headers of a reply say.
    pub fn read(code: &str, ended: Option<&str>) -> Option<Self> {
        match code {
            "token_expired" | "token_stale" | "token_invalid" => Some(Self::NeedsNewToken),
            "session_ended" => {
                let ended = ended.and_then(|ended| serde_json::from_str(ended).ok());
                Some(ended.map_or(Self::NeedsNewToken, Self::Ended))
            }
            "step_up_required" => Some(Self::StepUpRequired),
            _ => None,
        }
    }
}

impl Error {
    /// What [`ENDED_HEADER`] holds beside this error.
    pub fn ended_header(&self) -> Option<String> {
        let Self::SessionEnded(ended) = self else { return None };
        let json = serde_json::to_string(ended).ok()?;
        let mut ascii = String::with_capacity(json.len());
        for c in json.chars() {
            if matches!(c, ' '..='~') {
                ascii.push(c);
            } else {
                ascii.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
            }
        }
        Some(ascii)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EndReason;

    #[test]
    fn an_ending_travels_in_a_header_whatever_the_device_is_called() {
        for by in [None, Some("Müllers \"Telefon\" 📱\u{7f}\n".to_owned())] {
            let ended = Ended { reason: EndReason::Revoked, at: 7, by };

            let header = Error::SessionEnded(ended.clone()).ended_header().expect("an ending");

            assert!(http::HeaderValue::from_str(&header).is_ok(), "{header}");
            assert_eq!(Refusal::read("session_ended", Some(&header)), Some(Refusal::Ended(ended)));
        }
    }

    #[test]
    fn what_is_not_for_the_interceptor_is_the_callers() {
        assert_eq!(Refusal::read("session_ended", None), Some(Refusal::NeedsNewToken));
        assert_eq!(Refusal::read("session_ended", Some("{}")), Some(Refusal::NeedsNewToken));
        assert_eq!(Refusal::read("token_stale", None), Some(Refusal::NeedsNewToken));
        assert_eq!(Refusal::read("step_up_required", None), Some(Refusal::StepUpRequired));
        for code in ["", "wrong_credentials", "token_missing", "forbidden", "Token_Stale"] {
            assert_eq!(Refusal::read(code, None), None, "{code}");
        }
    }
}
