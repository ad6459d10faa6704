-- ListUsers compares these attributes without regard to the case of ASCII letters, so the indexes hold
-- them in lower case. A node of the version before reads them without an index until it is replaced.
DROP INDEX users_by_email;
DROP INDEX users_by_name;
DROP INDEX users_by_given_name;
DROP INDEX users_by_family_name;
DROP INDEX users_by_preferred_username;
CREATE INDEX users_by_email ON users (pool_id, lower(email), user_id) WHERE email IS NOT NULL;
CREATE INDEX users_by_name ON users (pool_id, lower(name), user_id) WHERE name IS NOT NULL;
CREATE INDEX users_by_given_name ON users (pool_id, lower(given_name), user_id) WHERE given_name IS NOT NULL;
CREATE INDEX users_by_family_name ON users (pool_id, lower(family_name), user_id) WHERE family_name IS NOT NULL;
CREATE INDEX users_by_preferred_username ON users (pool_id, lower(preferred_username), user_id) WHERE preferred_username IS NOT NULL;
