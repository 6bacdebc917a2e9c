//! What a mail server's refusal says: of this mail, or of everything else. Runs in: the server.
//!
//! A mail is given up only where the refusal is about it: its recipient, or what it says. A wrong password, a policy, a full
//! disk or a full mailbox pass; a mail that was thrown away because of them does not come back.

/// How far the talk with the mail server had come (RFC 5321 §3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The connection, its encryption, the greeting.
    Connect,
    /// Who we are (RFC 4954).
    Auth,
    /// Whom the mail is from.
    Sender,
    /// Whom it is for.
    Recipient,
    /// What it says.
    Content,
}

/// What is to become of a mail that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Final,
    Later,
}

/// An enhanced status code (RFC 3463 §2): class, subject and detail.
pub type Enhanced = (u16, u16, u16);

/// Words by which servers without enhanced codes say that it is us, or a mailbox that is full, and not the recipient.
const ABOUT_US: [&str; 16] = [
    "auth",
    "black",
    "block",
    "client host",
    "denied",
    "dkim",
    "dmarc",
    "full",
    "later",
    "limit",
    "listed",
    "polic",
    "quota",
    "relay",
    "spam",
    "spf",
];

/// `code` is the reply's (RFC 5321 §4.2.3), `words` what it says beside the codes.
pub fn judge(stage: Stage, code: u16, enhanced: Option<Enhanced>, words: &str) -> Verdict {
    let is_about_this_mail = matches!(stage, Stage::Recipient | Stage::Content) && (500..600).contains(&code);
    if is_about_this_mail && enhanced.and_then(by_enhanced).unwrap_or_else(|| by_code(stage, code, words)) {
        Verdict::Final
    } else {
        Verdict::Later
    }
}

/// Whether the enhanced code speaks of this mail; `None` where it says nothing (RFC 3463 §3, and the registry of RFC 5248).
fn by_enhanced(enhanced: Enhanced) -> Option<bool> {
    match enhanced {
        // For now, whatever the reply's code says.
        (4, ..) => Some(false),
        (_, 0, _) => None,
        // Addressing: 7, 8 and 9 are the sender's.
        (_, 1, detail) => Some(!matches!(detail, 7..=9)),
        // The mailbox: 2 is a full one, 4 a list that cannot be expanded.
        (_, 2, detail) => Some(!matches!(detail, 2 | 4)),
        // The server: 4 is a message that is too big for it.
        (_, 3, detail) => Some(detail == 4),
        // What the message is made of.
        (_, 6, _) => Some(true),
        // Routes, the protocol, policy and passwords.
        _ => Some(false),
    }
}

/// Whether the bare code does: the replies that RFC 5321 §4.3.2 lists for RCPT and DATA, with RFC 7504.
fn by_code(stage: Stage, code: u16, words: &str) -> bool {
    let words = words.to_lowercase();
    match (stage, code) {
        // No such mailbox, or a policy: only the words tell.
        (_, 550 | 551 | 553 | 556) | (Stage::Content, 554) => !ABOUT_US.iter().any(|word| words.contains(word)),
        // 530, 535: credentials; 552: storage; 521: the server takes no mail at all; 500-504, 555: our commands.
        _ => false,
    }
}

/// The enhanced code in a reply's words: at their beginning (RFC 2034), or in brackets at their end, as qmail writes it.
pub fn enhanced(words: &str) -> Option<Enhanced> {
    let first = words.split_whitespace().next()?;
    parse(first).or_else(|| parse(words.rsplit_once("(#")?.1.split_once(')')?.0))
}

fn parse(text: &str) -> Option<Enhanced> {
    let mut parts = text.splitn(3, '.');
    let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
    matches!(class, "4" | "5").then_some(())?;
    Some((number(class)?, number(subject)?, number(detail)?))
}

fn number(text: &str) -> Option<u16> {
    let is_number = (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        Stage::{Auth, Connect, Content, Recipient, Sender},
        Verdict::{Final, Later},
        *,
    };

    fn judged(stage: Stage, reply: &str) -> Verdict {
        let (code, words) = reply.split_once(' ').expect("a code and words");
        judge(stage, code.parse().expect("a code"), enhanced(words), words)
    }

    #[test]
    fn only_what_is_said_of_this_recipient_or_this_message_is_final() {
        let rows = [
            // RFC 5321 §4.2.3, as Postfix, Exim, Exchange, Gmail and qmail word it.
            (Recipient, "550 5.1.1 <ann@example.org>: Recipient address rejected: User unknown", Final),
            (Recipient, "550 no such user here", Final),
            (Recipient, "550 <ann@example.org>: Recipient address rejected: User unknown in local table", Final),
            (Recipient, "550 sorry, no mailbox here by that name (#5.1.1)", Final),
            (Recipient, "551 user not local", Final),
            (Recipient, "553 5.1.3 bad recipient syntax", Final),
            (Recipient, "553 mailbox name not allowed", Final),
            (Recipient, "550 5.1.10 recipient address has a null MX", Final),
            (Recipient, "556 5.1.10 domain does not accept mail", Final),
            (Recipient, "550 5.2.1 the account that you tried to reach is disabled", Final),
            (Recipient, "550 5.0.0 no such user", Final),
            (Content, "554 5.6.0 message content rejected", Final),
            (Content, "552 5.3.4 message too big for the system", Final),
            (Content, "552 5.2.3 message exceeds the limit of the mailbox", Final),
            (Content, "554 transaction failed", Final),
            // Quota.
            (Recipient, "552 5.2.2 mailbox full", Later),
            (Recipient, "550 5.2.2 over quota", Later),
            (Recipient, "552 requested mail action aborted: exceeded storage allocation", Later),
            (Recipient, "550 mailbox is full", Later),
            (Content, "552 quota exceeded", Later),
            (Recipient, "554 5.3.1 mail system full", Later),
            // Us, and what we may.
            (Recipient, "550 5.7.1 relaying denied", Later),
            (Recipient, "550 relay not permitted", Later),
            (Recipient, "554 5.7.1 <ann@example.org>: Relay access denied", Later),
            (Recipient, "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", Later),
            (Recipient, "530 5.7.0 authentication required", Later),
            (Recipient, "530 authentication required", Later),
            (Recipient, "550 5.1.8 sender's domain does not exist", Later),
            (Recipient, "550 5.1.7 <no-reply@bank.example>: sender rejected", Later),
            (Recipient, "554 service unavailable; client host [192.0.2.1] blocked", Later),
            (Recipient, "550 rejected because 192.0.2.1 is in a black list", Later),
            (Recipient, "550 5.4.1 access denied", Later),
            (Recipient, "550 5.7.27 sender address has a null MX", Later),
            (Content, "554 5.7.1 message refused by policy", Later),
            (Content, "550 5.7.26 unauthenticated mail is not accepted", Later),
            (Content, "550 daily sending limit exceeded", Later),
            (Content, "554 spam", Later),
            (Content, "554 5.5.1 no valid recipients", Later),
            (Recipient, "503 5.5.1 need MAIL first", Later),
            (Recipient, "521 this host takes no mail", Later),
            (Recipient, "555 parameters not recognised", Later),
            // Codes that contradict each other, or are none.
            (Recipient, "550 4.2.1 receiving mail too quickly", Later),
            (Recipient, "450 4.7.1 greylisted", Later),
            (Recipient, "450 5.1.1 unknown, but temporary", Later),
            (Recipient, "999 what", Later),
            (Content, "451 4.3.0 later", Later),
            // Before there is a recipient, nothing is about the mail.
            (Connect, "554 5.7.1 no", Later),
            (Connect, "550 5.1.1 no such user", Later),
            (Auth, "535 5.7.8 authentication credentials invalid", Later),
            (Auth, "534 5.7.9 mechanism too weak", Later),
            (Auth, "538 5.7.11 encryption required", Later),
            (Sender, "530 5.7.0 must issue STARTTLS first", Later),
            (Sender, "550 5.1.0 sender rejected", Later),
            (Sender, "553 5.7.1 sender not owned by user", Later),
            (Sender, "552 5.2.2 quota", Later),
            (Sender, "550 no such user", Later),
        ];
        for (stage, reply, verdict) in rows {
            assert_eq!(judged(stage, reply), verdict, "{stage:?}: {reply}");
        }
    }

    proptest! {
        #[test]
        fn whatever_a_server_says_is_judged(code: u16, words: String) {
            for stage in [Connect, Auth, Sender] {
                prop_assert_eq!(judge(stage, code, enhanced(&words), &words), Later);
            }
            judge(Recipient, code, enhanced(&words), &words);
            judge(Content, code, enhanced(&words), &words);
        }
    }
}
