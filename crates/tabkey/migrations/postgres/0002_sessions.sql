-- One row a sign-in: what a person sees as a device. No refresh token is stored: it is derived from the id and the
-- generation under a key, so a stolen copy of this table contains nothing that signs in.
CREATE TABLE sessions (
    id           UUID    NOT NULL PRIMARY KEY,
    user_id      UUID    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The one live generation of the refresh token; 1 at sign-in.
    generation   BIGINT  NOT NULL DEFAULT 1,
    -- True once the live generation has been seen in use: from then on its predecessor is a replay.
    confirmed    BOOLEAN NOT NULL DEFAULT FALSE,
    rotated_at   BIGINT  NOT NULL,
    created_at   BIGINT  NOT NULL,
    -- Last use by a person; a background refresh does not count.
    last_used_at BIGINT  NOT NULL,
    -- The absolute end, fixed at sign-in.
    expires_at   BIGINT  NOT NULL,
    -- Milliseconds without use after which the session is over; a column because it differs on a shared computer.
    idle_limit   BIGINT  NOT NULL,
    -- False on a shared computer: its cookie has no Max-Age.
    remember     BOOLEAN NOT NULL,
    name         TEXT    NOT NULL,
    browser      TEXT    NOT NULL,
    os           TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    user_agent   TEXT    NOT NULL,
    address      TEXT    NOT NULL,
    -- Null while the session lives.
    ended_at     BIGINT,
    end_reason   TEXT,
    -- The name, at that time, of the device that ended it.
    ended_by     TEXT
    -- A rotation writes only columns that no index holds, so that the new row fits beside the old one (HOT).
) WITH (fillfactor = 80);

-- The devices page and "sign out all" ask for one person's live sessions.
CREATE INDEX sessions_live_by_user ON sessions (user_id) WHERE ended_at IS NULL;
-- Clean-up asks for what ended long ago.
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
