//! Lines of the log, in words. Runs in: both.

use leptos::prelude::*;
use leptos_router::components::A;

use super::Time;
use crate::shared::LogLine;

/// Every kind of event, and what it is called.
pub const KINDS: [(&str, &str); 18] = [
    ("signed_up", "Signed up"),
    ("signed_in", "Signed in"),
    ("sign_in_failed", "Wrong password"),
    ("signed_out", "Signed out"),
    ("stepped_up", "Confirmed the password"),
    ("password_changed", "Changed the password"),
    ("revoked", "Device signed out"),
    ("revoked_others", "All devices signed out"),
    ("reuse", "Sign-in copied: ended"),
    ("healed", "Token ahead of the database"),
    ("limit_reached", "Session ran out"),
    ("role_granted", "Role given"),
    ("role_revoked", "Role taken"),
    ("blocked", "Blocked"),
    ("unblocked", "Unblocked"),
    ("sign_in_again", "Asked to sign in again"),
    ("keys_rotated", "Keys rotated"),
    ("mail_sent", "Mail sent"),
];

/// A kind that has no words here is shown as it is.
fn what(line: &LogLine) -> String {
    let words = KINDS.iter().find(|(kind, _)| *kind == line.kind).map_or(line.kind.as_str(), |(_, words)| *words);
    match &line.detail {
        Some(detail) => format!("{words}: {detail}"),
        None => words.to_owned(),
    }
}

#[component]
pub fn LogTable(
    lines: Vec<LogLine>,
    /// What a screen reader calls the table.
    caption: &'static str,
) -> impl IntoView {
    view! {
        <div class="table" role="region" aria-label=caption tabindex="0">
            <table>
                <caption class="visually-hidden">{caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">"When"</th>
                        <th scope="col">"What"</th>
                        <th scope="col">"By"</th>
                    </tr>
                </thead>
                <tbody>{lines.into_iter().map(|line| view! { <Line line /> }).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Line(line: LogLine) -> impl IntoView {
    let what = what(&line);
    let from = [line.device, line.address].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let account = line.user_id.zip(line.email);
    view! {
        <tr>
            <td class="nowrap">
                <Time at=line.at />
            </td>
            <td>
                {what}
                {account
                    .map(|(id, email)| {
                        view! {
                            <span class="muted">
                                <A href=format!("/admin/users/{id}")>{email}</A>
                            </span>
                        }
                    })}
            </td>
            <td>{line.actor} <span class="muted">{from}</span></td>
        </tr>
    }
}
