-- The times of recent attempts by one user, or at one address, so that no more than a number of them are
-- admitted within any period of a limit's length. The subject is a keyed hash.
CREATE TABLE attempt_log (
    pool_id    TEXT COLLATE "C" NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    subject    TEXT COLLATE "C" NOT NULL,
    times      TEXT   NOT NULL, -- newest first, 13 digits each: milliseconds since the Unix epoch
    last_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL, -- the period after last_at: from then on the row limits nothing
    allowed    INTEGER NOT NULL, -- the limit
    PRIMARY KEY (pool_id, kind, subject)
);
CREATE INDEX attempt_log_by_expiry ON attempt_log (expires_at); -- the purge serves all pools

-- What several nodes have counted by source, app client and pool, in equal parts of each limit's period.
CREATE TABLE usage_counts (
    pool_id    TEXT COLLATE "C" NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    subject    TEXT COLLATE "C" NOT NULL, -- a keyed hash
    part       BIGINT NOT NULL, -- time divided by the length of a part
    count      BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (pool_id, kind, subject, part)
);
CREATE INDEX usage_counts_by_expiry ON usage_counts (expires_at);
