-- What a session was granted, which its tokens say at every refresh.
ALTER TABLE sessions ADD COLUMN scopes TEXT COLLATE "C" NOT NULL DEFAULT 'aws.cognito.signin.user.admin'; -- separated by blanks
ALTER TABLE sessions ADD COLUMN method TEXT COLLATE "C" NOT NULL DEFAULT 'password'; -- how the user signed in
ALTER TABLE sessions ADD COLUMN device_key TEXT COLLATE "C";
ALTER TABLE sessions ADD COLUMN nonce TEXT COLLATE "C"; -- of an OpenID Connect client
