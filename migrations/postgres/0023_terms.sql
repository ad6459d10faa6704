-- Documents of app clients: terms of use and privacy policies.
CREATE TABLE terms (
    pool_id     TEXT COLLATE "C" NOT NULL,
    terms_id    TEXT COLLATE "C" NOT NULL,
    client_id   TEXT COLLATE "C" NOT NULL,
    terms_name  TEXT COLLATE "C" NOT NULL,
    links       TEXT   NOT NULL, -- JSON: an object of languages and URLs
    created_at  BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    PRIMARY KEY (pool_id, terms_id),
    FOREIGN KEY (pool_id, client_id) REFERENCES user_pool_clients ON DELETE CASCADE
);
CREATE UNIQUE INDEX terms_by_name ON terms (pool_id, client_id, terms_name);
CREATE INDEX terms_by_creation ON terms (pool_id, created_at, terms_id);
