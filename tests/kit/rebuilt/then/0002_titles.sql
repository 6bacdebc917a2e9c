-- As SQLite says how to change what ALTER TABLE cannot (lang_altertable.html, section 7); PostgreSQL has another way.
CREATE TABLE boards_new (id BIGINT PRIMARY KEY, user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE, title TEXT NOT NULL);
INSERT INTO boards_new (id, user_id, title) SELECT id, user_id, 'untitled' FROM boards;
DROP TABLE boards;
ALTER TABLE boards_new RENAME TO boards;
