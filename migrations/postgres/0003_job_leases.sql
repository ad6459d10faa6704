-- Which node runs a background job, so that of several nodes one does. An exception: a job serves all
-- pools.
CREATE TABLE job_leases (
    name       TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    holder     TEXT COLLATE "C"   NOT NULL, -- a node
    held_until BIGINT NOT NULL  -- after this, another node may take the lease
);
