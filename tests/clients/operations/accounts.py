"""Accounts, as users make, change, recover and leave them."""

from area import NEW_PASSWORD, PASSWORD, Area, claims, listed, values


class Accounts(Area):
    def signed_up(self, email):
        """A pool whose users confirm their addresses, with an app client, at which Ada has signed up."""
        pool = self.pool(AutoVerifiedAttributes=["email"])
        app = self.app(pool)
        answer = self.idp.sign_up(
            ClientId=app, Username="ada", Password=PASSWORD, UserAttributes=listed({"email": email})
        )
        self.assertFalse(answer["UserConfirmed"])
        self.assertEqual(answer["CodeDeliveryDetails"]["AttributeName"], "email")
        return pool, app, answer["UserSub"]

    def test_a_user_signs_up_confirms_and_leaves(self):
        pool, app, sub = self.signed_up("joins@example.com")
        first = self.code("joins@example.com")
        again = self.idp.resend_confirmation_code(ClientId=app, Username="ada")
        self.assertEqual(again["CodeDeliveryDetails"]["DeliveryMedium"], "EMAIL")
        code = self.code("joins@example.com", 2)
        if code != first:
            with self.assertRaises(self.idp.exceptions.CodeMismatchException):
                self.idp.confirm_sign_up(ClientId=app, Username="ada", ConfirmationCode=first)
        self.idp.confirm_sign_up(ClientId=app, Username="ada", ConfirmationCode=code)
        tokens = self.sign_in(app, "ada")
        user = self.idp.get_user(AccessToken=tokens["AccessToken"])
        self.assertEqual(
            values(user["UserAttributes"]),
            {"sub": sub, "email": "joins@example.com", "email_verified": "true"},
        )
        self.idp.delete_user(AccessToken=tokens["AccessToken"])
        with self.fails("UserNotFoundException", "User does not exist."):
            self.idp.admin_get_user(UserPoolId=pool, Username="ada")

    def test_a_forgotten_password_is_replaced(self):
        pool = self.pool()
        app = self.app(pool)
        self.user(pool, "ada", email="forgets@example.com", email_verified="true")
        answer = self.idp.forgot_password(ClientId=app, Username="ada")
        self.assertEqual(answer["CodeDeliveryDetails"]["AttributeName"], "email")
        self.idp.confirm_forgot_password(
            ClientId=app, Username="ada", Password=NEW_PASSWORD,
            ConfirmationCode=self.code("forgets@example.com"),
        )
        with self.fails("NotAuthorizedException", "Incorrect username or password."):
            self.sign_in(app, "ada")
        self.is_valid(self.sign_in(app, "ada", NEW_PASSWORD))

    def test_a_password_is_changed(self):
        app, _, tokens = self.home()
        self.idp.change_password(
            AccessToken=tokens["AccessToken"], PreviousPassword=PASSWORD,
            ProposedPassword=NEW_PASSWORD,
        )
        with self.fails("NotAuthorizedException", "Incorrect username or password."):
            self.sign_in(app, "ada")
        self.is_valid(self.sign_in(app, "ada", NEW_PASSWORD))

    def test_attributes_are_changed_verified_and_deleted(self):
        _, whose, tokens = self.home(AutoVerifiedAttributes=["email"])
        token = {"AccessToken": tokens["AccessToken"]}
        answer = self.idp.update_user_attributes(
            **token, UserAttributes=listed({"name": "Ada", "email": "moves@example.com"})
        )
        [sent] = answer["CodeDeliveryDetailsList"]
        self.assertEqual((sent["AttributeName"], sent["DeliveryMedium"]), ("email", "EMAIL"))
        self.assertEqual(self.attributes(whose)["email_verified"], "false")

        answer = self.idp.get_user_attribute_verification_code(**token, AttributeName="email")
        self.assertEqual(answer["CodeDeliveryDetails"]["AttributeName"], "email")
        self.idp.verify_user_attribute(
            **token, AttributeName="email", Code=self.code("moves@example.com", 2)
        )
        self.assertEqual(self.attributes(whose)["email_verified"], "true")
        self.idp.delete_user_attributes(**token, UserAttributeNames=["name"])
        shown = values(self.idp.get_user(**token)["UserAttributes"])
        self.assertNotIn("name", shown)
        self.assertEqual(shown, self.attributes(whose))

    def test_a_refresh_token_is_exchanged(self):
        pool = self.pool()
        app = self.app(
            pool, "ALLOW_USER_PASSWORD_AUTH", RefreshTokenRotation={"Feature": "ENABLED"}
        )
        self.user(pool, "ada")
        first = self.sign_in(app, "ada")
        second = self.idp.get_tokens_from_refresh_token(
            RefreshToken=first["RefreshToken"], ClientId=app
        )["AuthenticationResult"]
        self.is_valid(second)
        self.assertNotEqual(second["RefreshToken"], first["RefreshToken"])
        self.assertEqual(
            claims(second["AccessToken"])["origin_jti"], claims(first["AccessToken"])["origin_jti"]
        )

    def test_a_refresh_token_is_revoked_and_its_sign_in_with_it(self):
        app, _, tokens = self.home()
        other = self.sign_in(app, "ada")
        self.idp.revoke_token(Token=tokens["RefreshToken"], ClientId=app)
        self.is_revoked(tokens)
        self.is_valid(other)
        with self.fails("NotAuthorizedException", "Refresh Token has been revoked"):
            self.idp.initiate_auth(
                ClientId=app, AuthFlow="REFRESH_TOKEN_AUTH",
                AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
            )

    def test_a_user_signs_out_everywhere(self):
        app, _, tokens = self.home()
        other = self.sign_in(app, "ada")
        self.idp.global_sign_out(AccessToken=tokens["AccessToken"])
        self.is_revoked(tokens)
        self.is_revoked(other)
        self.is_valid(self.sign_in(app, "ada"))
