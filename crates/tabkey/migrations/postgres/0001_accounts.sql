-- People who can sign in. Times everywhere are unix milliseconds; ids are UUIDv7, so that they sort by age. What compares
-- or sorts text does it byte by byte (COLLATE "C"), whatever the cluster's language is, as SQLite does.
CREATE TABLE users (
    id            UUID    NOT NULL PRIMARY KEY,
    -- Stored in the one form in which addresses are compared (lower case, NFC); the constraint is what makes a second
    -- sign-up fail, never a read before the write.
    email         TEXT    COLLATE "C" NOT NULL CONSTRAINT users_email_key UNIQUE,
    display_name  TEXT    NOT NULL,
    -- argon2id in PHC form: parameters and salt are in it, so that the cost can be raised later.
    password_hash TEXT    NOT NULL,
    -- Raised whenever a claim of the access tokens changes (roles); an older token is stale.
    claims_version BIGINT NOT NULL DEFAULT 1,
    blocked_at    BIGINT,
    created_at    BIGINT  NOT NULL
);

CREATE TABLE user_roles (
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, role)
);
