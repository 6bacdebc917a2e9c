//! Lines of the log, in words. Runs in: both.

use leptos::prelude::*;
use leptos_router::components::A;

use super::Time;
use crate::ui::words::words;
use tabkey_core::LogLine;

#[component]
pub fn LogTable(
    lines: Vec<LogLine>,
    /// What a screen reader calls the table.
    caption: &'static str,
) -> impl IntoView {
    let words = &words().log_table;
    view! {
        <div class="table" role="region" aria-label=caption tabindex="0">
            <table>
                <caption class="visually-hidden">{caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">{words.when}</th>
                        <th scope="col">{words.what}</th>
                        <th scope="col">{words.by}</th>
                    </tr>
                </thead>
                <tbody>{lines.into_iter().map(|line| view! { <Line line /> }).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Line(line: LogLine) -> impl IntoView {
    let what = words().log_line(&line.kind, line.detail.as_deref());
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
