-- When the person last proved, in this session, that they know the password: at sign-in, and when asked again before
-- something that matters. It is the `auth_time` of the access tokens.
ALTER TABLE sessions ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;
UPDATE sessions SET proved_at = created_at;
