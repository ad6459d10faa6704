"""Users, as an administrator makes and changes them."""

from area import NEW_PASSWORD, PASSWORD, SMS, TEMPORARY_PASSWORD, Area, listed, values
from authenticator_app import AuthenticatorApp

PHONE = "+15555550100"
EMAIL = "ada@example.com"


class Users(Area):
    def test_a_user_is_invited_found_and_deleted(self):
        pool = self.pool()
        whose = {"UserPoolId": pool, "Username": "ada"}
        made = self.idp.admin_create_user(
            **whose, TemporaryPassword=TEMPORARY_PASSWORD, DesiredDeliveryMediums=["EMAIL"],
            UserAttributes=listed({"email": EMAIL, "name": "Ada"}),
        )["User"]
        self.assertEqual(made["UserStatus"], "FORCE_CHANGE_PASSWORD")
        [invitation] = self.messages(EMAIL, 1)
        self.assertIn(TEMPORARY_PASSWORD, invitation["body"])
        self.idp.admin_set_user_password(**whose, Password=PASSWORD, Permanent=True)
        user = self.idp.admin_get_user(**whose)
        self.assertEqual((user["UserStatus"], user["Enabled"]), ("CONFIRMED", True))
        self.assertEqual(values(user["UserAttributes"]), values(made["Attributes"]))

        self.user(pool, "bob")
        pages = self.idp.get_paginator("list_users").paginate(
            UserPoolId=pool, PaginationConfig={"PageSize": 1}
        )
        found = sorted(one["Username"] for page in pages for one in page["Users"])
        self.assertEqual(found, ["ada", "bob"])
        [found] = self.idp.list_users(UserPoolId=pool, Filter='name ^= "Ad"')["Users"]
        self.assertEqual(found["Username"], "ada")

        self.idp.admin_delete_user(**whose)
        [left] = self.idp.list_users(UserPoolId=pool)["Users"]
        self.assertEqual(left["Username"], "bob")
        with self.fails("UserNotFoundException", "User does not exist."):
            self.idp.admin_get_user(**whose)

    def test_attributes_are_changed_and_deleted(self):
        whose = self.user(self.pool(), "ada", email=EMAIL)
        self.idp.admin_update_user_attributes(
            **whose, UserAttributes=listed({"name": "Ada", "email_verified": "true"})
        )
        changed = self.attributes(whose)
        self.assertEqual((changed["name"], changed["email_verified"]), ("Ada", "true"))
        self.idp.admin_delete_user_attributes(**whose, UserAttributeNames=["name"])
        del changed["name"]
        self.assertEqual(self.attributes(whose), changed)

    def test_a_sign_up_is_confirmed(self):
        pool = self.pool()
        app = self.app(pool)
        self.idp.sign_up(ClientId=app, Username="ada", Password=PASSWORD)
        with self.fails("UserNotConfirmedException", "User is not confirmed."):
            self.sign_in(app, "ada")
        self.idp.admin_confirm_sign_up(UserPoolId=pool, Username="ada")
        self.assertIn("AccessToken", self.sign_in(app, "ada"))

    def test_a_user_is_disabled_and_enabled(self):
        app, whose, tokens = self.home()
        self.idp.admin_disable_user(**whose)
        self.assertFalse(self.idp.admin_get_user(**whose)["Enabled"])
        with self.fails("NotAuthorizedException", "User is disabled."):
            self.sign_in(app, "ada")
        self.idp.admin_enable_user(**whose)
        self.assertTrue(self.idp.admin_get_user(**whose)["Enabled"])
        self.is_valid(self.sign_in(app, "ada"))
        self.is_revoked(tokens)

    def test_a_user_is_signed_out_everywhere(self):
        app, whose, tokens = self.home()
        other = self.sign_in(app, "ada")
        self.idp.admin_user_global_sign_out(**whose)
        self.is_revoked(tokens)
        self.is_revoked(other)
        self.is_valid(self.sign_in(app, "ada"))

    def test_a_password_is_reset_by_code(self):
        pool = self.pool()
        app = self.app(pool)
        whose = self.user(pool, "ada", email="reset@example.com", email_verified="true")
        self.idp.admin_reset_user_password(**whose)
        self.assertEqual(self.idp.admin_get_user(**whose)["UserStatus"], "RESET_REQUIRED")
        with self.assertRaises(self.idp.exceptions.PasswordResetRequiredException):
            self.sign_in(app, "ada")
        self.idp.confirm_forgot_password(
            ClientId=app, Username="ada", Password=NEW_PASSWORD,
            ConfirmationCode=self.code("reset@example.com"),
        )
        self.assertEqual(self.idp.admin_get_user(**whose)["UserStatus"], "CONFIRMED")
        self.is_valid(self.sign_in(app, "ada", NEW_PASSWORD))


class SecondFactors(Area):
    """What an administrator does with users' second factors."""

    def setUp(self):
        super().setUp()
        pool = self.pool()
        self.idp.set_user_pool_mfa_config(
            UserPoolId=pool, MfaConfiguration="OPTIONAL",
            SoftwareTokenMfaConfiguration={"Enabled": True},
            SmsMfaConfiguration={"SmsConfiguration": SMS},
        )
        self.client_id = self.app(pool)
        self.whose = self.user(pool, "ada", phone_number=PHONE)

    def factors(self):
        answer = self.idp.admin_get_user_auth_factors(**self.whose)
        self.assertEqual(answer["Username"], "ada")
        return (
            answer.get("PreferredMfaSetting"), answer.get("UserMFASettingList"),
            answer["ConfiguredUserAuthFactors"],
        )

    def test_an_authenticator_app_is_preferred_and_taken_away(self):
        self.assertEqual(self.factors(), (None, None, ["PASSWORD"]))
        token = self.sign_in(self.client_id, "ada")["AccessToken"]
        app = AuthenticatorApp(self.idp.associate_software_token(AccessToken=token)["SecretCode"])
        self.idp.verify_software_token(AccessToken=token, UserCode=app.code())
        on = {"Enabled": True, "PreferredMfa": True}
        self.idp.admin_set_user_mfa_preference(**self.whose, SoftwareTokenMfaSettings=on)
        name = "SOFTWARE_TOKEN_MFA"
        self.assertEqual(self.factors(), (name, [name], ["PASSWORD", "SOFTWARE_TOKEN"]))
        self.assertEqual(self.begin(self.client_id, "ada")["ChallengeName"], name)

        self.idp.admin_delete_software_token(**self.whose)
        self.assertEqual(self.factors(), (None, None, ["PASSWORD"]))
        self.assertIn("AccessToken", self.sign_in(self.client_id, "ada"))

    def test_text_messages_are_turned_on_the_old_way(self):
        options = [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]
        self.idp.admin_set_user_settings(**self.whose, MFAOptions=options)
        self.assertEqual(self.idp.admin_get_user(**self.whose)["MFAOptions"], options)
        self.assertEqual(self.begin(self.client_id, "ada")["ChallengeName"], "SMS_MFA")
        self.idp.admin_set_user_settings(**self.whose, MFAOptions=[])
        self.assertNotIn("MFAOptions", self.idp.admin_get_user(**self.whose))
        self.assertIn("AccessToken", self.sign_in(self.client_id, "ada"))
