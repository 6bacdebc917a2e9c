//! The statements that count tries. They read the clock of the database, which each says in its own way: no node's clock
//! decides for the others. Runs in: the server.

use crate::server::store::connection::Text;

/// Milliseconds within which tries are free, up to a limit: 15 minutes.
pub const WINDOW: i64 = 900_000;
/// Milliseconds after the last try until delays begin anew.
pub const DAY: i64 = 86_400_000;
/// Milliseconds of the first delay; each is twice as long as the one before …
pub const FIRST_DELAY: i64 = 30_000;
/// … up to an hour.
pub const LONGEST_DELAY: i64 = 3_600_000;
/// What lies further ahead than this, in milliseconds, was counted before the clock was put back.
pub const SKEW: i64 = 60_000;

macro_rules! sqlite_now {
    () => {
        "CAST(unixepoch('subsec') * 1000 AS INTEGER)"
    };
}
macro_rules! postgres_now {
    () => {
        "CAST(floor(extract(epoch FROM statement_timestamp()) * 1000) AS BIGINT)"
    };
}
/// The text with both clocks in the places of `now!()`.
macro_rules! text {
    (@ $now:ident [$($done:tt)*]) => { concat!($($done)*) };
    (@ $now:ident [$($done:tt)*] now $($rest:tt)*) => { text!(@ $now [$($done)* $now!(),] $($rest)*) };
    (@ $now:ident [$($done:tt)*] fresh $($rest:tt)*) => {
        text!(@ $now [$($done)*
            "((attempts.tries < $2 AND ", $now!(), " - attempts.began_at >= 900000) OR ",
            $now!(), " - attempts.last_at >= 86400000)",] $($rest)*)
    };
    (@ $now:ident [$($done:tt)*] over $($rest:tt)*) => {
        text!(@ $now [$($done)* "(", $now!(), " - attempts.began_at >= 900000)",] $($rest)*)
    };
    // When the next try is free after so many; the least and the greatest delay are those of the constants.
    (@ $now:ident [$($done:tt)*] (next $tries:literal) $($rest:tt)*) => {
        text!(@ $now [$($done)*
            "CASE WHEN ", $tries, " < $2 THEN 0 WHEN ", $tries, " - $2 >= 7 THEN ", $now!(), " + 3600000
             ELSE ", $now!(), " + (30000 << CAST(", $tries, " - $2 AS INTEGER)) END",] $($rest)*)
    };
    (@ $now:ident [$($done:tt)*] $part:literal $($rest:tt)*) => { text!(@ $now [$($done)* $part,] $($rest)*) };
    ($($part:tt)*) => {
        Text { sqlite: text!(@ sqlite_now [] $($part)*), postgres: text!(@ postgres_now [] $($part)*) }
    };
}

pub const FIND: Text = text!(
    "SELECT key, tries, in_a_row, began_at, last_at, next_at, told_at, known_until, " now " AS now
     FROM attempts WHERE key IN ($1, $2, $3, $4, $5)"
);

/// `$2` tries are free.
pub const TAKE_DELAYED: Text = text!(
    "INSERT INTO attempts (key, tries, in_a_row, began_at, last_at, next_at, forget_at)
     VALUES ($1, 1, 1, " now ", " now ", " (next "1") ", " now " + 900000)
     ON CONFLICT (key) DO UPDATE SET
         tries = CASE WHEN " fresh " THEN 1 ELSE attempts.tries + 1 END,
         in_a_row = attempts.in_a_row + 1,
         began_at = CASE WHEN " fresh " THEN " now " ELSE attempts.began_at END,
         last_at = " now ",
         next_at = CASE WHEN " fresh " THEN " (next "1") " ELSE " (next "attempts.tries + 1") " END,
         forget_at = CASE
             WHEN attempts.tries + 1 >= $2 AND attempts.forget_at < " now " + 86400000 THEN " now " + 86400000
             WHEN attempts.forget_at < " now " + 900000 THEN " now " + 900000
             ELSE attempts.forget_at END
     WHERE " fresh " OR attempts.next_at <= " now "
     RETURNING in_a_row"
);

/// `$2` within the window.
pub const TAKE_WINDOWED: Text = text!(
    "INSERT INTO attempts (key, tries, began_at, last_at, forget_at)
     VALUES ($1, 1, " now ", " now ", " now " + 900000)
     ON CONFLICT (key) DO UPDATE SET
         tries = CASE WHEN " over " THEN 1 ELSE attempts.tries + 1 END,
         began_at = CASE WHEN " over " THEN " now " ELSE attempts.began_at END,
         last_at = " now ",
         forget_at = CASE WHEN " over " THEN " now " + 900000 ELSE attempts.forget_at END
     WHERE " over " OR attempts.tries < $2"
);

/// `$2` milliseconds, where it is longer than now.
pub const KEEP: Text =
    text!("UPDATE attempts SET forget_at = " now " + $2 WHERE key = $1 AND forget_at < " now " + $2");

pub const TELL: Text = text!(
    "UPDATE attempts SET told_at = " now "
     WHERE key = $1 AND (told_at IS NULL OR told_at <= " now " - 900000 OR told_at > " now ")"
);

pub const CREATE: Text = text!(
    "INSERT INTO attempts (key, tries, began_at, last_at, forget_at, known_until)
     VALUES ($1, 0, " now ", " now ", " now " + $2, " now " + $2)
     ON CONFLICT (key) DO UPDATE SET tries = 0, in_a_row = 0, began_at = " now ", last_at = " now ", next_at = 0,
                                     forget_at = " now " + $2, known_until = " now " + $2"
);

pub const ANCHOR: Text = text!(
    "UPDATE attempts SET
         next_at = CASE WHEN next_at = 0 THEN 0 ELSE " (next "tries") " END,
         forget_at = forget_at - (last_at - " now "), began_at = " now ", last_at = " now "
     WHERE key IN ($1, $3, $4, $5, $6) AND last_at > " now " + 60000"
);

/// Those that nobody else is at, on PostgreSQL: whoever counts a try must not wait in a circle with who forgets it.
macro_rules! forget {
    ($($until:tt)*) => {
        Text {
            sqlite: text!(@ sqlite_now ["DELETE FROM attempts WHERE key IN
                (SELECT key FROM attempts WHERE forget_at <= ",] $($until)* " ORDER BY forget_at LIMIT $1)"),
            postgres: text!(@ postgres_now ["DELETE FROM attempts WHERE ctid = ANY (ARRAY
                (SELECT ctid FROM attempts WHERE forget_at <= ",] $($until)* " ORDER BY forget_at LIMIT $1
                 FOR UPDATE SKIP LOCKED))"),
        }
    };
}

pub const DELETE_DEAD: Text = forget!(now);

pub const DELETE_SHORT: Text = forget!(now " + 86400000");

pub const COUNT_SHORT: Text = text!("SELECT count(*) FROM attempts WHERE forget_at <= " now " + 86400000");
