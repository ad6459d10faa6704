-- Lists of groups and of their members come in the order in which they were made and added.
CREATE INDEX groups_by_creation ON groups (pool_id, created_at, group_name);
DROP INDEX group_members_by_group;
CREATE INDEX group_members_by_addition ON group_members (pool_id, group_name, added_at, user_id);
