-- What a session's user has proven, and the level of authentication that the sign-in was asked to reach.
ALTER TABLE sessions ADD COLUMN amr TEXT; -- words of RFC 8176, separated by blanks; NULL where an earlier version wrote it
ALTER TABLE sessions ADD COLUMN acr TEXT; -- the level's name; NULL if none was asked for
