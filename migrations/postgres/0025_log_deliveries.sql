-- Where what happens in a pool is written down.
CREATE TABLE log_deliveries (
    pool_id      TEXT COLLATE "C" NOT NULL REFERENCES user_pools ON DELETE CASCADE,
    event_source TEXT COLLATE "C" NOT NULL, -- userNotification or userAuthEvents
    place        BIGINT NOT NULL, -- in the order of the request
    destination  TEXT   NOT NULL, -- log_group, bucket or stream
    arn          TEXT   NOT NULL,
    PRIMARY KEY (pool_id, event_source)
);
