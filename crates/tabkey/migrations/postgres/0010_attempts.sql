-- How often somebody tried: counted before a password is looked at, and given back where it was right. One row for each
-- account that somebody tried to enter (there or not), each signed-in device that asked for the password, and each network
-- that tries come from.
CREATE TABLE attempts (
    -- SHA-256 of what is counted: what somebody typed as an address may be no address.
    key       BYTEA  NOT NULL PRIMARY KEY,
    -- Counted and not given back, since `began_at`.
    tries     BIGINT NOT NULL,
    -- Since the last right password: a hundred disable it.
    in_a_row  BIGINT NOT NULL DEFAULT 0,
    began_at  BIGINT NOT NULL,
    last_at   BIGINT NOT NULL,
    -- No try before this; 0 where the next one is free.
    next_at   BIGINT NOT NULL DEFAULT 0,
    -- Of a count for a place where a new password was set by mail: until when whoever is there is no stranger.
    known_until BIGINT,
    -- When the log was last told of a refusal, so that strangers cannot fill it.
    told_at   BIGINT,
    -- From here on the row can matter to nobody.
    forget_at BIGINT NOT NULL
);

CREATE INDEX attempts_forget ON attempts (forget_at);

-- Set after a hundred wrong passwords in a row: it opens the account on devices that are signed in and on no others, until
-- there is a new one.
ALTER TABLE users ADD COLUMN password_disabled_at BIGINT;
