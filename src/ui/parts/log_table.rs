//! Lines of the log, in words. Runs in: both.

use leptos::prelude::*;
use leptos_router::components::A;

use super::Time;
use crate::shared::LogLine;

/// Every kind of event, and what it is called.
pub const KINDS: [(&str, &str); 29] = [
    ("signed_up", "Signed up"),
    ("signed_in", "Signed in"),
    ("sign_in_failed", "Wrong password"),
    ("new_device", "New device"),
    ("continued", "Went on by the password"),
    ("signed_out", "Signed out"),
    ("stepped_up", "Confirmed the password"),
    ("password_changed", "Changed the password"),
    ("reset_asked", "Asked for a new password"),
    ("password_reset", "Set a new password by mail"),
    ("email_verified", "Address confirmed"),
    ("email_change_asked", "Asked for another address"),
    ("email_changed", "Address changed"),
    ("email_changed_back", "Address changed back"),
    ("revoked", "Device signed out"),
    ("revoked_others", "All devices signed out"),
    ("reuse", "Copied sign-in ended"),
    ("healed", "Token ahead of the database"),
    ("limit_reached", "Session ran out"),
    ("not_me", "“This wasn’t me”"),
    ("deletion_asked", "Asked to delete the account"),
    ("deletion_stopped", "Deletion stopped"),
    ("exported", "Took a copy of the account"),
    ("role_granted", "Role given"),
    ("role_revoked", "Role taken"),
    ("blocked", "Blocked"),
    ("unblocked", "Unblocked"),
    ("sign_in_again", "Asked to sign in again"),
    ("keys_rotated", "Keys rotated"),
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
