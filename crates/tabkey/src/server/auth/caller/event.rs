//! A line of the security log about whoever calls. Runs in: the server.

use uuid::Uuid;

use super::{client, visitor::Visitor};
use crate::server::{
    clock::now,
    store::{SecurityEvent, SecurityEventKind},
};

/// A security event about this visitor, now.
pub fn event(visitor: &Visitor, kind: SecurityEventKind, user: Option<Uuid>, session: Option<Uuid>) -> SecurityEvent {
    SecurityEvent {
        at: now(),
        kind,
        user_id: user,
        actor_id: None,
        session_id: session,
        device: Some(client::describe(visitor).name),
        address: Some(visitor.address.to_string()),
        detail: None,
    }
}
