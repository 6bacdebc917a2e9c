-- "Sign in again": a session whose person last proved the password before this moment is over at its next refresh.
ALTER TABLE users ADD COLUMN sign_in_after BIGINT;

-- The last use of any session by its person, to the minute: accounts are sorted by it without a look at sessions.
ALTER TABLE users ADD COLUMN last_used_at BIGINT NOT NULL DEFAULT 0;
UPDATE users SET last_used_at = created_at;
UPDATE users SET last_used_at = used.at
    FROM (SELECT user_id, max(last_used_at) AS at FROM sessions GROUP BY user_id) AS used
    WHERE used.user_id = users.id;
CREATE INDEX users_by_last_use ON users (last_used_at, id);

-- Names are compared byte by byte too, so that the index serves a prefix.
ALTER TABLE users ALTER COLUMN display_name TYPE TEXT COLLATE "C";
-- An admin looks for how a name or an address begins, in either case. The address has its index, and is stored in lower
-- case.
CREATE INDEX users_by_name ON users (lower(display_name));

-- Few accounts have a role: whether an admin is the last one is seen without a look at the others.
CREATE INDEX user_roles_by_role ON user_roles (role);

-- Who did it, where somebody did it to another.
ALTER TABLE security_events ADD COLUMN actor_id UUID;
-- Whoever deletes their account is named in nobody's log.
CREATE INDEX security_events_by_actor ON security_events (actor_id) WHERE actor_id IS NOT NULL;
-- The log of one kind, the newest first; and what happened of late, for the chart.
CREATE INDEX security_events_by_kind ON security_events (kind, id);
CREATE INDEX security_events_by_time ON security_events (at);
