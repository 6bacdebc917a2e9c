-- The feed: what ended, or changed, while access tokens of it may still be alive. Written in the transaction of the
-- change itself, and read by every node into memory.
CREATE TABLE revocations (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    -- Set where one session ended.
    session_id BLOB,
    user_id    BLOB    NOT NULL,
    reason     TEXT,
    ended_by   TEXT,
    -- Set where the person's claims changed: tokens with a lower version are stale.
    min_claims_version INTEGER,
    at         INTEGER NOT NULL,
    -- No token that it concerns lives longer: the row can go.
    until      INTEGER NOT NULL
) STRICT;

CREATE INDEX revocations_until ON revocations (until);

-- What an owner or an operator may want to know afterwards. Append-only; holds no credential.
CREATE TABLE security_events (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    user_id    BLOB,
    session_id BLOB,
    device     TEXT,
    address    TEXT
) STRICT;

CREATE INDEX security_events_by_user ON security_events (user_id, id);
