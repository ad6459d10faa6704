-- The look of the managed login pages of an app client.
CREATE TABLE managed_login_brandings (
    pool_id     TEXT NOT NULL,
    branding_id TEXT NOT NULL,
    client_id   TEXT NOT NULL,
    settings    TEXT, -- JSON; NULL if the defaults are used
    created_at  BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    PRIMARY KEY (pool_id, branding_id),
    FOREIGN KEY (pool_id, client_id) REFERENCES user_pool_clients ON DELETE CASCADE
);
CREATE UNIQUE INDEX managed_login_brandings_by_client ON managed_login_brandings (pool_id, client_id);

-- Its pictures.
CREATE TABLE managed_login_assets (
    pool_id     TEXT NOT NULL,
    branding_id TEXT NOT NULL,
    category    TEXT NOT NULL,
    color_mode  TEXT NOT NULL,
    place       BIGINT NOT NULL, -- in the order in which they were given
    extension   TEXT   NOT NULL,
    bytes       TEXT   NOT NULL, -- base64
    resource_id TEXT,
    PRIMARY KEY (pool_id, branding_id, category, color_mode),
    FOREIGN KEY (pool_id, branding_id) REFERENCES managed_login_brandings ON DELETE CASCADE
);
