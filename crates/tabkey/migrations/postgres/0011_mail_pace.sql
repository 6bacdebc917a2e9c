-- Notices of one kind are gathered: one waits per account, and what happens meanwhile is added to it. Null for a mail that
-- somebody asked for, which goes alone.
ALTER TABLE mails ADD COLUMN kind TEXT;
-- How many occasions the mail tells of.
ALTER TABLE mails ADD COLUMN times BIGINT NOT NULL DEFAULT 1;

-- Each notice looks for one that waits; a changed password, and the end of an account, look for all of an account's.
CREATE INDEX mails_by_user ON mails (user_id, kind);

-- The pace of notices: one of a kind per account and hour.
CREATE TABLE notices (
    user_id UUID   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind    TEXT   NOT NULL,
    -- From when on the next one may go; past it, the row says nothing.
    free_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, kind)
);

-- What was asked for of late at one mailbox, by whatever account: an address is mailed by people whose it is not, too.
CREATE TABLE mailboxes (
    -- SHA-256 of the address without what follows a "+": an address that somebody only typed is not kept.
    address_hash BYTEA  NOT NULL,
    purpose      TEXT   NOT NULL,
    -- When the hour of the count began; an hour later, the row says nothing.
    since        BIGINT NOT NULL,
    mails        BIGINT NOT NULL,
    PRIMARY KEY (address_hash, purpose)
);

-- A device is known by its browser's name, not by its version, which a browser changes by itself every month. An index, not
-- a column: nodes of the version before write sessions too.
DROP INDEX sessions_by_device;
CREATE INDEX sessions_by_family ON sessions (user_id, rtrim(browser, ' 0123456789'), os, kind);
