-- People who can sign in. Times everywhere are unix milliseconds; ids are UUIDv7, 16 bytes, so that they sort by age.
CREATE TABLE users (
    id            BLOB    NOT NULL PRIMARY KEY,
    -- Stored in the one form in which addresses are compared (lower case, NFC); the constraint is what makes a second
    -- sign-up fail, never a read before the write.
    email         TEXT    NOT NULL UNIQUE,
    display_name  TEXT    NOT NULL,
    -- argon2id in PHC form: parameters and salt are in it, so that the cost can be raised later.
    password_hash TEXT    NOT NULL,
    -- Raised whenever a claim of the access tokens changes (roles); an older token is stale.
    claims_version INTEGER NOT NULL DEFAULT 1,
    blocked_at    INTEGER,
    created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE user_roles (
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role    TEXT NOT NULL,
    PRIMARY KEY (user_id, role)
) STRICT, WITHOUT ROWID;
