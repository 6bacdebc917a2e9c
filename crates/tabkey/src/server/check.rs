//! `tabkey check`: whether a start would succeed, and what it would do. Changes nothing, and makes nothing. Runs in: the
//! server.

use super::{
    StartError,
    auth::hasher::Hasher,
    config::{self, Config},
    keys,
    mail::Mailer,
    node::look_over,
    site,
    store::{Additions, Store},
};

/// Lines for the operator. Errors: why a start would fail, in one sentence.
pub(super) async fn check(config: &Config, additions: &Additions) -> Result<Vec<String>, StartError> {
    let mut lines: Vec<_> = look_over(config, &site::options(additions.name)?)?
        .iter()
        .map(|warning| format!("warning: {warning}"))
        .collect();
    Mailer::new(&config.mail, &config.server.public_url)?;
    Hasher::new(&config.passwords)?;
    let config::Store { url, listen_url, .. } = &config.store;
    let found = Store::look(url, listen_url.as_ref(), additions).await.map_err(StartError)?;
    let would_make = keys::check(found.keys, config)?;
    lines.push(format!("configuration ok, database {url} ok, keys ok"));
    if found.is_new {
        lines.push("the database is new: a start makes its tables".into());
    } else if !found.due.is_empty() {
        let (count, names) = (found.due.len(), found.due.join(", "));
        let are_due = if count == 1 { "migration is due" } else { "migrations are due" };
        lines.push(format!("{count} {are_due} at the next start: {names}"));
    }
    if let Some(newer) = found.newer {
        lines.push(format!("a newer version was here (schema {newer}), and this one can work with what it left"));
    }
    if let Some(what) = would_make {
        lines.push(format!("a start makes {what}"));
    }
    Ok(lines)
}
