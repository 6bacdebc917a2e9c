-- One row a sign-in: what a person sees as a device. No refresh token is stored: it is derived from the id and the
-- generation under a key, so a stolen copy of this table contains nothing that signs in.
CREATE TABLE sessions (
    id           BLOB    NOT NULL PRIMARY KEY,
    user_id      BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The one live generation of the refresh token; 1 at sign-in.
    generation   INTEGER NOT NULL DEFAULT 1,
    -- 1 once the live generation has been seen in use: from then on its predecessor is a replay.
    confirmed    INTEGER NOT NULL DEFAULT 0,
    rotated_at   INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    -- Last use by a person; a background refresh does not count.
    last_used_at INTEGER NOT NULL,
    -- The absolute end, fixed at sign-in.
    expires_at   INTEGER NOT NULL,
    -- Milliseconds without use after which the session is over; a column because it differs on a shared computer.
    idle_limit   INTEGER NOT NULL,
    -- 0 on a shared computer: its cookie has no Max-Age.
    remember     INTEGER NOT NULL,
    name         TEXT    NOT NULL,
    browser      TEXT    NOT NULL,
    os           TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    user_agent   TEXT    NOT NULL,
    address      TEXT    NOT NULL,
    -- Null while the session lives.
    ended_at     INTEGER,
    end_reason   TEXT,
    -- The name, at that time, of the device that ended it.
    ended_by     TEXT
) STRICT;

-- The devices page and "sign out all" ask for one person's live sessions.
CREATE INDEX sessions_live_by_user ON sessions (user_id) WHERE ended_at IS NULL;
-- Clean-up asks for what ended long ago.
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
