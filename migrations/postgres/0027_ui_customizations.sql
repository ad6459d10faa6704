-- The look of the classic login pages.
CREATE TABLE ui_customizations (
    pool_id      TEXT COLLATE "C" NOT NULL REFERENCES user_pools ON DELETE CASCADE,
    scope        TEXT COLLATE "C" NOT NULL, -- the app client's id; empty for the pool
    client_id    TEXT COLLATE "C", -- NULL for the pool
    css          TEXT,
    image_format TEXT, -- png or jpeg; NULL if there is no logo
    image        TEXT, -- base64
    created_at   BIGINT NOT NULL,
    modified_at  BIGINT NOT NULL,
    PRIMARY KEY (pool_id, scope),
    FOREIGN KEY (pool_id, client_id) REFERENCES user_pool_clients ON DELETE CASCADE
);
