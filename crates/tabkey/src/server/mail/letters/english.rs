//! The mails in English. A number that a rule or a setting has comes in as an argument. Runs in: the server.

use crate::times::Durations;

use super::{Asked, Deletion, Disown, EmailChanged, Happened, Labels, Letters, NotMe, PasswordDisabled};

/// What is sent where an application gives no words of its own.
pub const ENGLISH: Letters = Letters {
    lang: "en",
    dir: "ltr",
    durations: Durations::ENGLISH,
    date: |day, minute| format!("{day} {minute} UTC"),
    labels: Labels {
        when: "When",
        device: "Device",
        address: "Address",
        before: "Before",
        now: "Now",
        account: "Account",
        concerns: "Concerns",
        goes: "It goes",
    },
    gathered: |times| {
        format!(
            "This happened {times} times since the last mail about it. Shown here is the first; the log has all of them."
        )
    },
    reset_password: Asked {
        subject: "Choose a new password",
        opening: |life| {
            format!("Somebody, most likely you, asked for a new password. The link works once, for {life}.")
        },
        button: "Choose a new password",
        otherwise: "If that was not you, ignore this mail: nothing has changed.",
    },
    verify_email: Asked {
        subject: "Confirm your email address",
        opening: |life| format!("An account was made with this address. The link works once, for {life}."),
        button: "Confirm the address",
        otherwise: "If that was not you, ignore this mail.",
    },
    confirm_email: Asked {
        subject: "Confirm your new email address",
        opening: |life| format!("An account is to use this address from now on. The link works once, for {life}."),
        button: "Use this address",
        otherwise: "If that was not you, ignore this mail: nothing changes.",
    },
    email_changed: EmailChanged {
        subject: "Your email address was changed",
        opening: "Your account has a new email address, and this one signs in no more.",
        advice: |life| {
            format!(
                "If that was not you, take it back. This works for {life}, signs out every device, and lets you choose a new password."
            )
        },
        button: "Take it back",
    },
    password_changed: Happened {
        subject: "Your password was changed",
        opening: "Your password was changed, and the other devices were signed out.",
    },
    new_device: Happened {
        subject: "A new device signed in",
        opening: "Your account was signed in on a device that it did not have.",
    },
    reuse: Happened {
        subject: "A device was signed out to protect you",
        opening: "The sign-in of one of your devices was used by two parties, as if it had been copied. That device was signed out, and no other.",
    },
    disown: Disown {
        advice: |life| {
            format!(
                "If that was you, there is nothing to do. If not: this signs out what came in since then, and lets you choose a new password. It works for {life}, and without signing in."
            )
        },
        button: "This wasn't me",
    },
    password_disabled: PasswordDisabled {
        subject: "Someone is guessing your password",
        opening: |wrong| {
            format!(
                "{} wrong passwords in a row were tried on your account. The last one is described below. To keep your account safe, your password no longer signs in on a new device. Devices that are signed in stay signed in, and your password still works on them.",
                number(wrong)
            )
        },
        advice: "Choose a new password, here or on a device that is signed in. It works everywhere.",
        button: "Choose a new password",
    },
    not_me: NotMe {
        subject: "Somebody reports that it was not them",
        opening: "The owner of an account says that something in its log was not their doing. Its sessions since then have ended.",
        button: "Look at the account",
    },
    deletion: Deletion {
        subject: "Your account will be deleted",
        opening: "You asked for your account to be deleted, and every device was signed out.",
        advice: "If you change your mind, sign in before then: that keeps it.",
        button: "Sign in and keep it",
    },
};

/// As a sentence begins with it.
fn number(count: i64) -> String {
    if count == 100 { "A hundred".into() } else { count.to_string() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_sentence_holds_a_number_that_a_rule_or_a_setting_has() {
        let source = include_str!("english.rs").split("#[cfg(test)]").next().unwrap();
        let code: String = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        assert!(!code.contains("\\\"") && !code.contains("'\"'"), "quotes would be counted wrongly");

        let literals: Vec<&str> = code.split('"').skip(1).step_by(2).collect();

        assert!(literals.len() > 40 && literals.contains(&"Take it back"), "{literals:?}");
        for literal in literals {
            assert!(!literal.contains(|c: char| c.is_ascii_digit()), "{literal}");
        }
    }
}
