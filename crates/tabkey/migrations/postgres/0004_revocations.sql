-- The feed: what ended, or changed, while access tokens of it may still be alive. Written in the transaction of the
-- change itself, and read by every node into memory.
CREATE TABLE revocations (
    id         BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Set where one session ended.
    session_id UUID,
    user_id    UUID   NOT NULL,
    reason     TEXT,
    ended_by   TEXT,
    -- Set where the person's claims changed: tokens with a lower version are stale.
    min_claims_version BIGINT,
    at         BIGINT NOT NULL,
    -- No token that it concerns lives longer: the row can go.
    until      BIGINT NOT NULL
);

CREATE INDEX revocations_until ON revocations (until);

-- The row itself is the message: ids become visible out of order, so that "everything after the last id" would miss some.
CREATE FUNCTION tabkey_tell_revocation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('tabkey', json_build_object('revocation', row_to_json(NEW))::text);
    RETURN NULL;
END $$;
CREATE TRIGGER tell_revocation AFTER INSERT ON revocations FOR EACH ROW EXECUTE FUNCTION tabkey_tell_revocation();

CREATE FUNCTION tabkey_tell_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('tabkey', '"keys_changed"');
    RETURN NULL;
END $$;
CREATE TRIGGER tell_keys AFTER INSERT OR UPDATE OR DELETE ON keys FOR EACH STATEMENT EXECUTE FUNCTION tabkey_tell_keys();

-- What an owner or an operator may want to know afterwards. Append-only; holds no credential.
CREATE TABLE security_events (
    id         BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    user_id    UUID,
    session_id UUID,
    device     TEXT,
    address    TEXT
);

CREATE INDEX security_events_by_user ON security_events (user_id, id);
