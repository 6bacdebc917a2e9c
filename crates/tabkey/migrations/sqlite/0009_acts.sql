-- Ending all of a person's sessions is one row, however many they are: with a reason and no session, it concerns every token
-- with a lower claims version than `min_claims_version`, but for those of this session.
ALTER TABLE revocations ADD COLUMN kept_session_id BLOB;

-- How long, in milliseconds, access tokens live that some node makes or has made: what ended stays in the feed for as long as
-- the longest of them, also after the setting was lowered.
CREATE TABLE token_lives (
    life    INTEGER NOT NULL PRIMARY KEY,
    -- When a node last said that it makes such tokens.
    used_at INTEGER NOT NULL
) STRICT;
-- Tokens that were made before this table was there may live for a day, the most that the setting takes.
INSERT INTO token_lives (life, used_at) SELECT 86400000, rotated_at FROM sessions ORDER BY rotated_at DESC LIMIT 1;

-- Every address that belongs to an account. One that was given up stays reserved for it while a link in a mail can bring it
-- back: else whoever changed it could let somebody else sign up with it, and the link would come to nothing.
CREATE TABLE addresses (
    -- In the form in which users.email is.
    email      TEXT NOT NULL PRIMARY KEY,
    user_id    BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Null while the account has it.
    kept_until INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX addresses_by_user ON addresses (user_id);
CREATE INDEX addresses_kept ON addresses (kept_until) WHERE kept_until IS NOT NULL;
INSERT INTO addresses (email, user_id) SELECT email, id FROM users;

-- "This wasn't me" works once for each line of the log.
ALTER TABLE security_events ADD COLUMN disowned_at INTEGER;
