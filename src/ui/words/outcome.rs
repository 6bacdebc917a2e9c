//! What a form has done that was posted without the WASM: told by the page that follows. Runs in: both.

use leptos_router::params::ParamsMap;

/// Travels as `done` in an address. Anybody can forge one: the words promise nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    MailSent,
    PasswordSet,
    EmailConfirmed,
    EmailChanged,
    /// An account is with its owner again, and its password is locked.
    Regained,
}

impl Outcome {
    const ALL: [Self; 5] =
        [Self::MailSent, Self::PasswordSet, Self::EmailConfirmed, Self::EmailChanged, Self::Regained];

    /// The page that tells it.
    pub fn told_by(self, page: &str) -> String {
        format!("{page}?done={}", self.code())
    }

    pub fn of_address(query: &ParamsMap) -> Option<Self> {
        let done = query.get("done")?;
        Self::ALL.into_iter().find(|outcome| outcome.code() == done)
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::MailSent => {
                "If there is an account with this address, the mail is on its way. Look into the spam folder too."
            }
            Self::PasswordSet => "Your password is changed, and every device was signed out.",
            Self::EmailConfirmed => "Your address is confirmed.",
            Self::EmailChanged => "Your account has its new address.",
            Self::Regained => {
                "Every device was signed out, and your old password works no more. Have a link mailed, and choose a new one."
            }
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::MailSent => "mail_sent",
            Self::PasswordSet => "password_set",
            Self::EmailConfirmed => "email_confirmed",
            Self::EmailChanged => "email_changed",
            Self::Regained => "regained",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_what_is_known_and_nothing_else() {
        for outcome in Outcome::ALL {
            let mut query = ParamsMap::new();
            let address = outcome.told_by("/page");
            query.insert("done", address.split_once('=').map(|(_, code)| code.to_owned()).unwrap_or_default());
            assert_eq!(Outcome::of_address(&query), Some(outcome));
        }
        let mut query = ParamsMap::new();
        query.insert("done", "you have won".to_owned());
        assert_eq!(Outcome::of_address(&query), None);
    }
}
