-- The oldest Cognate that can work on this database, by the number of the newest migration that it knows (ADR 36).
-- A migration that takes something away, or changes what something means, raises it. One row, of no pool.
CREATE TABLE schema_compatibility (
    id              BIGINT NOT NULL PRIMARY KEY,
    needs_migration BIGINT NOT NULL
);
INSERT INTO schema_compatibility (id, needs_migration) VALUES (1, 12);
