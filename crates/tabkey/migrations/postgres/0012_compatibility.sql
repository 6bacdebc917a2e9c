-- Which versions can work with this schema: those that know this migration, whatever newer ones were done since. A migration
-- that takes away what an older version needs raises it (docs/SCALING.md); without that, old nodes start on the new schema.
CREATE TABLE schema_compatibility (
    min_version BIGINT NOT NULL,
    -- There is one row.
    single BOOLEAN NOT NULL DEFAULT TRUE PRIMARY KEY CHECK (single)
);
INSERT INTO schema_compatibility (min_version) VALUES (12);
