//! What a developer sees of the mails that nobody sends: `/dev/outbox`, in dev builds. Runs in: the server.

use axum::{
    extract::{Path, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use uuid::Uuid;

use super::state::AppState;
use crate::server::mail;

/// Nothing but the mail itself, and links that can be followed.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const STYLE: &str = ":root{color-scheme:light dark}body{max-width:45rem;margin:2rem auto;padding:0 1rem;font:1rem/1.6 system-ui,sans-serif;overflow-wrap:anywhere}ul{padding-left:1.2rem}";

pub async fn list(State(state): State<AppState>) -> Response {
    let Some(folder) = state.auth.mailer.outbox() else { return StatusCode::NOT_FOUND.into_response() };
    let rows: String = mail::list(folder)
        .await
        .into_iter()
        .map(|mail| {
            format!(
                "<li><a href=\"/dev/outbox/{}\">{}</a> to {}</li>\n",
                mail.id,
                escape(&mail.subject),
                escape(&mail.to)
            )
        })
        .collect();
    let rows = if rows.is_empty() { "<p>No mail yet.</p>".to_owned() } else { format!("<ul>{rows}</ul>") };
    page("Outbox", &rows)
}

pub async fn show(State(state): State<AppState>, Path(id): Path<Uuid>) -> Response {
    let Some(folder) = state.auth.mailer.outbox() else { return StatusCode::NOT_FOUND.into_response() };
    let Some(mail) = mail::read(folder, id).await else { return StatusCode::NOT_FOUND.into_response() };
    with_policy(Html(mail.html).into_response())
}

fn page(title: &str, body: &str) -> Response {
    let head = format!(
        "<meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style>"
    );
    let page =
        format!("<!DOCTYPE html><html lang=\"en\"><head>{head}</head><body><h1>{title}</h1>{body}</body></html>");
    with_policy(Html(page).into_response())
}

fn with_policy(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(HeaderName::from_static("cache-control"), HeaderValue::from_static("no-store"));
    response
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
