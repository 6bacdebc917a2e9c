-- Null until a link in a mail showed that the address is theirs.
ALTER TABLE users ADD COLUMN email_verified_at BIGINT;
-- When the account goes, while its owner may still change their mind.
ALTER TABLE users ADD COLUMN delete_at BIGINT;

CREATE INDEX users_to_delete ON users (delete_at) WHERE delete_at IS NOT NULL;

-- Mails that are still to be sent; a row goes once its mail is delivered. No link is in it: that is made when the mail is.
CREATE TABLE mails (
    id         UUID    NOT NULL PRIMARY KEY,
    -- Goes to the address that the account has when it is sent …
    user_id    UUID    REFERENCES users (id) ON DELETE CASCADE,
    -- … or to this one.
    address    TEXT,
    -- JSON: what is to be told.
    letter     TEXT    NOT NULL,
    created_at BIGINT NOT NULL,
    -- Not before; while somebody is sending it, some way ahead, so that nobody else does.
    try_at     BIGINT NOT NULL,
    attempts   BIGINT NOT NULL DEFAULT 0
);

CREATE INDEX mails_try_at ON mails (try_at);

-- Links in mails, each good for one use. Of the token, which has 256 bits, only the SHA-256 is here.
CREATE TABLE links (
    token_hash BYTEA   NOT NULL PRIMARY KEY,
    -- A mail that is tried again makes another link: this tells them from mails asked for again.
    mail_id    UUID    NOT NULL,
    user_id    UUID    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose    TEXT    NOT NULL,
    -- JSON: what the purpose needs to know, the new address, say.
    detail     TEXT    NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);

CREATE INDEX links_by_user ON links (user_id, purpose, created_at);
CREATE INDEX links_by_expiry ON links (expires_at);

-- Whether a person signed in on such a device before.
CREATE INDEX sessions_by_device ON sessions (user_id, browser, os, kind);
