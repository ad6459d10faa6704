-- Counts the changes of a user's credentials that end the user's sessions.
ALTER TABLE users ADD COLUMN credentials_version BIGINT NOT NULL DEFAULT 1;
