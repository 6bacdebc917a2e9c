//! A person's sessions as devices: seen, named, switched off. Runs in: the server.

use uuid::Uuid;

use super::{announce, record};
use crate::server::{
    auth::{
        caller::{self, SignedIn, Visitor},
        node::Auth,
    },
    clock,
    store::{SecurityEvent, SecurityEventKind, SessionRow},
};
use tabkey_core::{Device, DeviceName, EndReason, Error, FieldError};

/// Every live session, the caller's own first, then by last use.
pub async fn list(auth: &Auth, me: &SignedIn) -> Result<Vec<Device>, Error> {
    list_of(auth, me.user_id, me.session_id).await
}

/// The same of anybody; `current` is the caller's own.
pub async fn list_of(auth: &Auth, user: Uuid, current: Uuid) -> Result<Vec<Device>, Error> {
    let now = clock::now();
    let rows = auth.store.list_live_sessions(user, now).await?;
    let rows = rows.into_iter().map(|row| record::limited(auth, row)).filter(|row| row.expires_at > now);
    let mut devices: Vec<Device> = rows.map(|row| device(row, current)).collect();
    devices.sort_by_key(|device| !device.current);
    Ok(devices)
}

/// Errors: 422 for a bad id or name, 404 for a session that is not the caller's or is over.
pub async fn rename(auth: &Auth, me: &SignedIn, id: &str, name: &str) -> Result<Device, Error> {
    let id = parse_id("id", id)?;
    let name = DeviceName::parse(name).map_err(|error| Error::field("name", error))?;
    let renamed = auth.store.rename_session(id, me.user_id, name.as_str().to_owned(), clock::now()).await?;
    let row = renamed.ok_or(Error::NotFound)?;
    announce::devices_changed(auth, me.user_id, None);
    Ok(device(row, me.session_id))
}

/// Ends one session, which is then refused at once; answers 1. Errors: 422 for a bad id, 404 for a session that is not
/// the caller's or has ended already.
pub async fn revoke(auth: &Auth, me: &SignedIn, visitor: &Visitor, id: &str) -> Result<u64, Error> {
    let id = parse_id("id", id)?;
    let now = clock::now();
    let by = own_name(auth, me).await?;
    let ending = record::ending(EndReason::Revoked, by.clone(), now);
    let event = event(me, visitor, SecurityEventKind::Revoked, Some(id), by);
    let revoked = auth.store.revoke_session(id, me.caller(), ending.clone(), event).await?;
    announce::these(auth, [revoked.ok_or(Error::NotFound)?], &ending);
    Ok(1)
}

/// Ends every session of the caller but this one; answers how many.
pub async fn revoke_others(auth: &Auth, me: &SignedIn, visitor: &Visitor) -> Result<u64, Error> {
    let by = own_name(auth, me).await?;
    let ending = record::ending(EndReason::Revoked, by.clone(), clock::now());
    let event = event(me, visitor, SecurityEventKind::RevokedOthers, None, by);
    let (except, caller) = (Some(me.session_id), Some(me.caller()));
    let ended = auth.store.end_sessions_of(me.user_id, except, caller, ending.clone(), event).await?;
    Ok(announce::all(auth, ended, &ending))
}

/// The name of the device that asks, as its owner knows it.
pub async fn own_name(auth: &Auth, me: &SignedIn) -> Result<Option<String>, Error> {
    Ok(record::find(auth, me.session_id).await?.map(|row| row.name))
}

/// Errors: 422 about the field that holds it.
pub fn parse_id(field: &'static str, id: &str) -> Result<Uuid, Error> {
    if id.is_empty() {
        return Err(Error::field(field, FieldError::Required));
    }
    // The hyphenated form only: one id, one spelling.
    let parsed = Uuid::try_parse(id).ok().filter(|_| id.len() == 36);
    parsed.ok_or_else(|| Error::field(field, FieldError::Malformed))
}

fn device(row: SessionRow, current: Uuid) -> Device {
    Device {
        id: row.id,
        name: row.name,
        browser: row.browser,
        os: row.os,
        kind: row.kind,
        address: row.address,
        created_at: clock::seconds(row.created_at),
        last_used_at: clock::seconds(row.last_used_at),
        expires_at: clock::seconds(row.expires_at),
        current: row.id == current,
    }
}

fn event(
    me: &SignedIn,
    visitor: &Visitor,
    kind: SecurityEventKind,
    session: Option<Uuid>,
    device: Option<String>,
) -> SecurityEvent {
    SecurityEvent { device, ..caller::event(visitor, kind, Some(me.user_id), session) }
}
