-- The length of a limit's period, so that counting an attempt can leave `expires_at`, which has an index, as it
-- is: the purge moves it to the end of the period after the last attempt. A node of the version before writes
-- no period and moves `expires_at` itself; its rows stay a day at most.
ALTER TABLE attempt_log ADD COLUMN period_ms BIGINT NOT NULL DEFAULT 86400000;
