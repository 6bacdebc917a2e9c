-- What the hooks did, on either database.
CREATE TABLE marks (
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    what TEXT NOT NULL
);
