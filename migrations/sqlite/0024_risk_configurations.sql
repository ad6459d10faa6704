-- What is done about risky sign-ins and leaked passwords.
CREATE TABLE risk_configurations (
    pool_id       TEXT NOT NULL REFERENCES user_pools ON DELETE CASCADE,
    scope         TEXT NOT NULL, -- the app client's id; empty for the pool
    client_id     TEXT, -- NULL for the pool
    configuration TEXT   NOT NULL, -- JSON
    modified_at   BIGINT NOT NULL,
    PRIMARY KEY (pool_id, scope),
    FOREIGN KEY (pool_id, client_id) REFERENCES user_pool_clients ON DELETE CASCADE
);
