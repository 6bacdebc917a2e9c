//! What a presented refresh token is worth: the one decision about rotation, pure. Runs in: the server, and in the model.

use crate::EndReason;

/// What the decision needs of a session. Times are unix milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rotatable {
    /// The live generation.
    pub generation: u32,
    /// Whether the live generation has been seen in use.
    pub confirmed: bool,
    pub rotated_at: i64,
    pub last_used_at: i64,
    /// The absolute end.
    pub expires_at: i64,
    pub idle_limit: i64,
    /// Why it ended, if it did.
    pub ended: Option<EndReason>,
    pub user_blocked: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// Move on to this generation, unconfirmed, and answer its token.
    Advance { to: u32 },
    /// Answer the live generation's token again; nothing changes.
    Repeat,
    /// The same long after the rotation, because its reply was lost: the leeway begins anew, for the calls that this
    /// party had under way beside the one that is answered now.
    Retell,
    /// The database forgot a rotation: believe the token, move on past it, record it.
    Heal { to: u32 },
    /// Two parties use one token: end the session, record it, tell the owner (RFC 9700 §4.14.2).
    Reuse,
    /// It was over before.
    Ended(EndReason),
    /// It is over now, by a limit that nobody had written down yet.
    Over(EndReason),
}

/// Decides about a refresh token whose MAC was right and which names `presented`. `leeway` is the time in milliseconds
/// in which racing tabs may still present the predecessor of a generation that is in use.
pub fn rotate(session: &Rotatable, presented: u32, leeway: i64, now: i64) -> Decision {
    if let Some(decision) = over(session, now) {
        return decision;
    }
    let live = session.generation;
    let within_leeway = now.saturating_sub(session.rotated_at) <= leeway;
    match presented.checked_add(1) {
        // After 2^32 rotations there is no next generation; the session has outlived every limit long before.
        None => Decision::Over(EndReason::Expired),
        Some(next) if presented == live => Decision::Advance { to: next },
        Some(next) if next == live && within_leeway => Decision::Repeat,
        Some(next) if next == live && !session.confirmed => Decision::Retell,
        Some(next) if presented > live => Decision::Heal { to: next },
        Some(_) => Decision::Reuse,
    }
}

/// Whether a session is over at `now`, and since when it is known.
pub fn over(session: &Rotatable, now: i64) -> Option<Decision> {
    if let Some(reason) = session.ended {
        return Some(Decision::Ended(reason));
    }
    if session.user_blocked {
        return Some(Decision::Over(EndReason::Blocked));
    }
    if now >= session.expires_at {
        return Some(Decision::Over(EndReason::Expired));
    }
    if now.saturating_sub(session.last_used_at) >= session.idle_limit {
        return Some(Decision::Over(EndReason::Idle));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEEWAY: i64 = 10_000;
    const LONG: i64 = 8 * 3_600_000;

    /// Generation 5, rotated at 0, far from every limit.
    fn session(confirmed: bool) -> Rotatable {
        Rotatable {
            generation: 5,
            confirmed,
            rotated_at: 0,
            last_used_at: 0,
            expires_at: 30 * 86_400_000,
            idle_limit: 7 * 86_400_000,
            ended: None,
            user_blocked: false,
        }
    }

    #[test]
    fn every_row_of_the_table() {
        use Decision::*;
        let rows = [
            ("the live one advances", true, 5, 1, Advance { to: 6 }),
            ("the live one advances before it was seen in use", false, 5, 1, Advance { to: 6 }),
            ("its parent, reply lost", false, 4, 1, Repeat),
            ("its parent, reply lost, eight hours later", false, 4, LONG, Retell),
            ("its parent while tabs race", true, 4, LEEWAY, Repeat),
            ("its parent after the race", true, 4, LEEWAY + 1, Reuse),
            ("its grandparent", true, 3, 1, Reuse),
            ("its grandparent, though the live one is unconfirmed", false, 3, 1, Reuse),
            ("an ancestor", true, 1, 1, Reuse),
            ("one ahead: the database was restored", true, 6, 1, Heal { to: 7 }),
            ("an hour of rotations ahead", false, 17, 1, Heal { to: 18 }),
        ];
        for (name, confirmed, presented, now, expected) in rows {
            assert_eq!(rotate(&session(confirmed), presented, LEEWAY, now), expected, "{name}");
        }
    }

    #[test]
    fn a_session_that_is_over_stays_over_whatever_is_presented() {
        for reason in EndReason::ALL.iter().copied() {
            let ended = Rotatable { ended: Some(reason), ..session(true) };
            for presented in [1, 4, 5, 6] {
                assert_eq!(rotate(&ended, presented, LEEWAY, 1), Decision::Ended(reason));
            }
        }
    }

    #[test]
    fn limits_end_a_session_at_their_instant_and_not_before() {
        let s = session(true);
        assert_eq!(over(&s, s.idle_limit - 1), None);
        assert_eq!(over(&s, s.idle_limit), Some(Decision::Over(EndReason::Idle)));
        let busy = Rotatable { last_used_at: s.expires_at, ..s.clone() };
        assert_eq!(over(&busy, s.expires_at - 1), None);
        assert_eq!(over(&busy, s.expires_at), Some(Decision::Over(EndReason::Expired)));
        let blocked = Rotatable { user_blocked: true, ..s };
        assert_eq!(over(&blocked, 1), Some(Decision::Over(EndReason::Blocked)));
    }

    #[test]
    fn the_last_generation_does_not_wrap() {
        let s = Rotatable { generation: u32::MAX, ..session(true) };
        assert_eq!(rotate(&s, u32::MAX, LEEWAY, 1), Decision::Over(EndReason::Expired));
    }
}
