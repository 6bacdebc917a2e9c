-- SQLite and PostgreSQL understand both. A person's notes go with their account.
CREATE TABLE notes (
    id UUID NOT NULL PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    text TEXT NOT NULL
);
CREATE INDEX notes_user_id ON notes (user_id, id);
