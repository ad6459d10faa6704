-- Imports of users from CSV files.
CREATE TABLE user_import_jobs (
    pool_id            TEXT   NOT NULL REFERENCES user_pools ON DELETE CASCADE,
    job_id             TEXT   NOT NULL,
    job_name           TEXT   NOT NULL,
    role_arn           TEXT   NOT NULL,
    algorithm          TEXT,            -- of the password hashes in the file
    status             TEXT   NOT NULL,
    created_at         BIGINT NOT NULL,
    started_at         BIGINT,
    completed_at       BIGINT,
    completion_message TEXT,
    upload_id          TEXT,            -- the file
    imported           BIGINT NOT NULL,
    skipped            BIGINT NOT NULL,
    failed             BIGINT NOT NULL,
    -- What comes next of the file. Both move in the transaction that makes the users of the rows before.
    next_byte          BIGINT NOT NULL,
    next_line          BIGINT NOT NULL,
    log_until          BIGINT,          -- when the lines of the log are deleted
    PRIMARY KEY (pool_id, job_id)
);
CREATE INDEX user_import_jobs_by_creation ON user_import_jobs (pool_id, created_at, job_id);
-- A pool has one active job.
CREATE UNIQUE INDEX user_import_jobs_active ON user_import_jobs (pool_id)
    WHERE status IN ('Pending', 'InProgress', 'Stopping');
-- Exceptions: the job that expires and deletes serves all pools.
CREATE INDEX user_import_jobs_waiting ON user_import_jobs (created_at) WHERE status = 'Created';
CREATE INDEX user_import_jobs_by_log_end ON user_import_jobs (log_until) WHERE log_until IS NOT NULL;

-- Files that arrive or have arrived.
CREATE TABLE user_import_uploads (
    pool_id    TEXT   NOT NULL,
    upload_id  TEXT   NOT NULL,
    job_id     TEXT   NOT NULL,
    expires_at BIGINT,                  -- NULL while it is the file of a job that is not over
    PRIMARY KEY (pool_id, upload_id),
    FOREIGN KEY (pool_id, job_id) REFERENCES user_import_jobs ON DELETE CASCADE
);
CREATE INDEX user_import_uploads_by_job ON user_import_uploads (pool_id, job_id);
CREATE INDEX user_import_uploads_by_expiry ON user_import_uploads (expires_at) WHERE expires_at IS NOT NULL;

-- Their content, in pieces of equal length but for the last.
CREATE TABLE user_import_chunks (
    pool_id   TEXT  NOT NULL,
    chunk_id  TEXT  NOT NULL,           -- the upload's id, a slash, and the number with six digits
    upload_id TEXT  NOT NULL,
    bytes     BYTEA NOT NULL,           -- sealed
    PRIMARY KEY (pool_id, chunk_id),
    FOREIGN KEY (pool_id, upload_id) REFERENCES user_import_uploads ON DELETE CASCADE
);
CREATE INDEX user_import_chunks_by_upload ON user_import_chunks (pool_id, upload_id, chunk_id);
CREATE INDEX user_import_chunks_by_master_key ON user_import_chunks
    (substr(bytes, 2, 4), pool_id, chunk_id) WHERE length(bytes) > 0;

-- What became of each row of a file.
CREATE TABLE user_import_log (
    pool_id TEXT   NOT NULL,
    job_id  TEXT   NOT NULL,
    line    BIGINT NOT NULL,
    outcome TEXT   NOT NULL,
    message TEXT,                       -- NULL where the outcome says all
    PRIMARY KEY (pool_id, job_id, line),
    FOREIGN KEY (pool_id, job_id) REFERENCES user_import_jobs ON DELETE CASCADE
);
