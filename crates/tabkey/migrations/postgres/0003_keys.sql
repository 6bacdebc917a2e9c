-- Signing keys and refresh keys, sealed under the secret that is not in the database.
CREATE TABLE keys (
    id           BIGINT NOT NULL PRIMARY KEY,
    -- 'signing' (Ed25519) or 'refresh' (HMAC-SHA256).
    kind         TEXT   NOT NULL CHECK (kind IN ('signing', 'refresh')),
    -- nonce(24) ciphertext tag(16), XChaCha20-Poly1305; kind and id are authenticated with it.
    sealed       BYTEA  NOT NULL,
    created_at   BIGINT NOT NULL,
    -- From here on it signs; until then it is only published.
    active_from  BIGINT NOT NULL,
    -- From here on it signs no more; kept until its last token is dead.
    retired_at   BIGINT
);
