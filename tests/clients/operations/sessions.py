"""Sessions that a pool tracks, for users and for administrators."""

from area import Area, members

TRACKED = {"UserSessionTracking": "ENABLED", "TokenSession": {"MaxPerUser": 5}}


class Sessions(Area):
    def test_a_pool_and_its_clients_say_how_long_sessions_are_kept(self):
        pool = self.pool()
        app = self.app(pool)
        which, whose = {"UserPoolId": pool}, {"UserPoolId": pool, "ClientId": app}
        untracked = {"UserSessionTracking": "DISABLED", "TokenSession": {"MaxPerUser": 20}}
        answer = self.idp.get_user_pool_session_configuration(**which)
        self.assertEqual(members(answer), {**which, **untracked})
        for settings in (TRACKED, {**TRACKED, "TokenSession": {"MaxPerUser": 7}}):
            answer = self.idp.set_user_pool_session_configuration(**which, **settings)
            self.assertEqual(members(answer), {**which, **settings})
            answer = self.idp.get_user_pool_session_configuration(**which)
            self.assertEqual(members(answer), {**which, **settings})

        answer = self.idp.get_user_pool_client_session_configuration(**whose)
        self.assertEqual(members(answer), {**whose, "SSOSession": {"MaxValidityMinutes": 60}})
        expected = {**whose, "SSOSession": {"MaxValidityMinutes": 5}}
        answer = self.idp.set_user_pool_client_session_configuration(**expected)
        self.assertEqual(members(answer), expected)
        answer = self.idp.get_user_pool_client_session_configuration(**whose)
        self.assertEqual(members(answer), expected)

    def test_sessions_are_listed_and_revoked(self):
        pool = self.pool()
        self.idp.set_user_pool_session_configuration(UserPoolId=pool, **TRACKED)
        app, whose = self.app(pool), self.user(pool, "ada")
        first, second, third = (self.sign_in(app, "ada") for _ in range(3))
        own = self.idp.list_user_sessions(AccessToken=first["AccessToken"])["Sessions"]
        self.assertEqual([one["IsCurrentSession"] for one in own], [True, False, False])
        self.assertEqual({one["ClientId"] for one in own}, {app})
        ids = [one["SessionId"] for one in own]

        def left():
            answer = self.idp.admin_list_user_sessions(**whose)
            self.assertNotIn("NextToken", answer)
            return [one["SessionId"] for one in answer["Sessions"]]

        self.assertEqual(left(), ids)
        self.idp.revoke_user_session(AccessToken=first["AccessToken"], SessionId=ids[1])
        self.assertEqual(left(), [ids[0], ids[2]])
        self.is_revoked(second)
        self.idp.admin_revoke_user_session(**whose, SessionId=ids[0])
        self.assertEqual(left(), [ids[2]])
        self.is_revoked(first)
        self.is_valid(third)
