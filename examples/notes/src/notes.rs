//! Who may do what, and the calls: each is guarded in its first line. Runs in: both.

use leptos::prelude::*;
use serde::Deserialize;
use server_fn::codec::{GetUrl, Json, StreamingText, TextStream};
use tabkey::{ADMIN, EVERYBODY, Error, Permit, Policy, TabkeyClient};

#[cfg(feature = "ssr")]
use {
    crate::table,
    tabkey::{FieldError, guard},
};

#[derive(Clone, Copy, PartialEq)]
pub enum Notes {
    Write,
    SeeTotals,
}

impl Permit for Notes {
    const POLICY: Policy<Self> =
        Policy::new(&[(EVERYBODY, &[Notes::Write]), (ADMIN, &[Notes::Write, Notes::SeeTotals])]);
}

/// `[app]` of `Leptos.toml`.
#[derive(Clone, Deserialize)]
pub struct Settings {
    /// Notes of one person.
    pub most: i64,
}

/// Characters of a note.
pub const LONGEST: usize = 500;

/// The newest first.
#[server(endpoint = "notes", input = GetUrl, output = Json, client = TabkeyClient)]
pub async fn list() -> Result<Vec<String>, Error> {
    let (call, me) = guard::signed_in().await?;
    table::all(&call.database(), me.user_id).await
}

/// Errors: 422 for a `text` that is empty, too long, or one too many.
#[server(endpoint = "notes/add", output = Json, client = TabkeyClient)]
pub async fn add_note(text: String) -> Result<(), Error> {
    let (call, me) = guard::allowed(Notes::Write).await?;
    let most = expect_context::<Settings>().most;
    match text.trim() {
        "" => Err(Error::field("text", FieldError::Required)),
        text if text.chars().count() > LONGEST => Err(Error::field("text", FieldError::TooLong)),
        text => table::add(&call.database(), me.user_id, text.to_owned(), most).await,
    }
}

/// How many notes each account has.
#[server(endpoint = "notes/totals", input = GetUrl, output = Json, client = TabkeyClient)]
pub async fn totals() -> Result<Vec<(String, i64)>, Error> {
    let (call, _) = guard::allowed(Notes::SeeTotals).await?;
    table::totals(&call.database()).await
}

/// A line whenever one's notes have changed, until the session is over.
#[server(endpoint = "notes/live", output = StreamingText, client = TabkeyClient)]
pub async fn live() -> Result<TextStream<Error>, Error> {
    let (call, me) = guard::signed_in().await?;
    Ok(TextStream::new(call.while_signed_in(&me, table::changes(me.user_id)).await?))
}

/// `GET /notes.csv`: a route by hand, with the same guard.
#[cfg(feature = "ssr")]
pub async fn csv(call: guard::Call, me: tabkey::SignedIn) -> Result<String, Error> {
    let quoted = |text: String| format!("\"{}\"\n", text.replace('"', "\"\""));
    Ok(table::all(&call.database(), me.user_id).await?.into_iter().map(quoted).collect())
}
