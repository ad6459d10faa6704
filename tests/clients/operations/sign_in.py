"""Signing in with more than a password, in the open form and in the administrator's."""

import json

from area import NEW_PASSWORD, PASSWORD, SMS, TEMPORARY_PASSWORD, Area, members
from authenticator_app import AuthenticatorApp
from passkeys import Passkey
from pycognito.aws_srp import AWSSRP

PHONE = "+15555550101"
DOMAIN = "login.example.com"


class Challenges(Area):
    def respond(self, app, challenge, **answers):
        """RespondToAuthChallenge, by Ada."""
        return self.idp.respond_to_auth_challenge(
            ClientId=app, ChallengeName=challenge["ChallengeName"], Session=challenge["Session"],
            ChallengeResponses={"USERNAME": "ada", **answers},
        )

    def choose(self, app, **parameters):
        """InitiateAuth where the user chooses the first factor."""
        return self.idp.initiate_auth(
            ClientId=app, AuthFlow="USER_AUTH", AuthParameters={"USERNAME": "ada", **parameters}
        )

    def test_an_administrator_signs_an_invited_user_in(self):
        pool = self.pool()
        app = self.app(pool, "ALLOW_ADMIN_USER_PASSWORD_AUTH")
        self.idp.admin_create_user(
            UserPoolId=pool, Username="ada", MessageAction="SUPPRESS",
            TemporaryPassword=TEMPORARY_PASSWORD,
        )

        def begin(password):
            return self.idp.admin_initiate_auth(
                UserPoolId=pool, ClientId=app, AuthFlow="ADMIN_USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": "ada", "PASSWORD": password},
            )

        challenge = begin(TEMPORARY_PASSWORD)
        self.assertEqual(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED")
        answer = self.idp.admin_respond_to_auth_challenge(
            UserPoolId=pool, ClientId=app, ChallengeName="NEW_PASSWORD_REQUIRED",
            Session=challenge["Session"],
            ChallengeResponses={"USERNAME": "ada", "NEW_PASSWORD": PASSWORD},
        )
        self.is_valid(answer["AuthenticationResult"])
        self.is_valid(begin(PASSWORD)["AuthenticationResult"])

    def test_srp_proves_the_password(self):
        pool = self.pool()
        app = self.app(pool, "ALLOW_USER_SRP_AUTH")
        self.user(pool, "ada")
        srp = AWSSRP("ada", PASSWORD, pool, app, client=self.idp)
        tokens = srp.authenticate_user()["AuthenticationResult"]
        self.assertEqual(self.idp.get_user(AccessToken=tokens["AccessToken"])["Username"], "ada")
        with self.fails("NotAuthorizedException", "Incorrect username or password."):
            AWSSRP("ada", NEW_PASSWORD, pool, app, client=self.idp).authenticate_user()

    def test_an_authenticator_app_is_the_second_factor(self):
        pool = self.pool()
        self.idp.set_user_pool_mfa_config(
            UserPoolId=pool, MfaConfiguration="OPTIONAL",
            SoftwareTokenMfaConfiguration={"Enabled": True},
        )
        app = self.app(pool)
        self.user(pool, "ada")
        token = {"AccessToken": self.sign_in(app, "ada")["AccessToken"]}
        phone = AuthenticatorApp(self.idp.associate_software_token(**token)["SecretCode"])
        with self.assertRaises(self.idp.exceptions.EnableSoftwareTokenMFAException):
            self.idp.verify_software_token(**token, UserCode=phone.wrong())
        answer = self.idp.verify_software_token(**token, UserCode=phone.code())
        self.assertEqual(answer["Status"], "SUCCESS")
        self.idp.set_user_mfa_preference(
            **token, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
        )
        name = "SOFTWARE_TOKEN_MFA"
        self.assertEqual(members(self.idp.get_user_auth_factors(**token)), {
            "Username": "ada", "PreferredMfaSetting": name, "UserMFASettingList": [name],
            "ConfiguredUserAuthFactors": ["PASSWORD", "SOFTWARE_TOKEN"],
        })
        challenge = self.begin(app, "ada")
        self.assertEqual(challenge["ChallengeName"], name)
        with self.fails("CodeMismatchException", "Invalid code received for user"):
            self.respond(app, challenge, SOFTWARE_TOKEN_MFA_CODE=phone.wrong())
        answer = self.respond(app, challenge, SOFTWARE_TOKEN_MFA_CODE=phone.code())
        self.is_valid(answer["AuthenticationResult"])

    def test_an_authenticator_app_is_set_up_while_signing_in(self):
        pool = self.pool()
        self.idp.set_user_pool_mfa_config(
            UserPoolId=pool, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True}
        )
        app = self.app(pool)
        self.user(pool, "ada")
        challenge = self.begin(app, "ada")
        self.assertEqual(challenge["ChallengeName"], "MFA_SETUP")
        begun = self.idp.associate_software_token(Session=challenge["Session"])
        phone = AuthenticatorApp(begun["SecretCode"])
        verified = self.idp.verify_software_token(Session=begun["Session"], UserCode=phone.code())
        self.assertEqual(verified["Status"], "SUCCESS")
        answer = self.respond(app, {**challenge, "Session": verified["Session"]})
        self.is_valid(answer["AuthenticationResult"])
        self.assertEqual(self.begin(app, "ada")["ChallengeName"], "SOFTWARE_TOKEN_MFA")

    def test_text_messages_are_turned_on_the_old_way(self):
        pool = self.pool()
        self.idp.set_user_pool_mfa_config(
            UserPoolId=pool, MfaConfiguration="OPTIONAL", SmsMfaConfiguration={"SmsConfiguration": SMS}
        )
        app = self.app(pool)
        self.user(pool, "ada", phone_number=PHONE)
        token = {"AccessToken": self.sign_in(app, "ada")["AccessToken"]}
        options = [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]
        self.idp.set_user_settings(**token, MFAOptions=options)
        self.assertEqual(self.idp.get_user(**token)["MFAOptions"], options)
        challenge = self.begin(app, "ada")
        self.assertEqual(challenge["ChallengeName"], "SMS_MFA")
        answer = self.respond(app, challenge, SMS_MFA_CODE=self.code(PHONE))
        self.is_valid(answer["AuthenticationResult"])
        self.idp.set_user_settings(**token, MFAOptions=[])
        self.is_valid(self.sign_in(app, "ada"))

    def test_a_code_by_mail_is_the_first_factor(self):
        factors = {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}
        pool = self.pool(Policies={"SignInPolicy": factors})
        app = self.app(pool, "ALLOW_USER_AUTH")
        self.user(pool, "ada", email="otp@example.com", email_verified="true")
        choice = self.choose(app)
        self.assertEqual(choice["ChallengeName"], "SELECT_CHALLENGE")
        self.assertIn("EMAIL_OTP", choice["AvailableChallenges"])
        challenge = self.respond(app, choice, ANSWER="EMAIL_OTP")
        self.assertEqual(challenge["ChallengeName"], "EMAIL_OTP")
        answer = self.respond(app, challenge, EMAIL_OTP_CODE=self.code("otp@example.com"))
        self.is_valid(answer["AuthenticationResult"])

    def test_a_passkey_is_registered_signs_in_and_is_deleted(self):
        factors = {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}
        pool = self.pool(Policies={"SignInPolicy": factors})
        self.idp.set_user_pool_mfa_config(
            UserPoolId=pool, MfaConfiguration="OFF",
            WebAuthnConfiguration={"RelyingPartyId": DOMAIN, "UserVerification": "required"},
        )
        app = self.app(pool, "ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH")
        self.user(pool, "ada")
        token = {"AccessToken": self.sign_in(app, "ada")["AccessToken"]}

        begun = self.idp.start_web_authn_registration(**token)
        options = begun["CredentialCreationOptions"]
        self.assertEqual((options["rp"]["id"], options["user"]["name"]), (DOMAIN, "ada"))
        passkey = Passkey(options, f"https://{DOMAIN}")
        self.idp.complete_web_authn_registration(**token, Credential=passkey.registration)
        [entry] = self.idp.list_web_authn_credentials(**token)["Credentials"]
        self.assertEqual(entry["CredentialId"], passkey.registration["id"])
        self.assertEqual(
            (entry["RelyingPartyId"], entry["AuthenticatorTransports"]), (DOMAIN, ["internal"])
        )
        factors = self.idp.get_user_auth_factors(**token)["ConfiguredUserAuthFactors"]
        self.assertEqual(factors, ["PASSWORD", "WEB_AUTHN"])

        for forged in (True, False):
            challenge = self.choose(app, PREFERRED_CHALLENGE="WEB_AUTHN")
            self.assertEqual(challenge["ChallengeName"], "WEB_AUTHN")
            parameters = challenge["ChallengeParameters"]
            credential = passkey.sign(json.loads(parameters["CREDENTIAL_REQUEST_OPTIONS"]))
            if forged:
                credential["response"]["signature"] = passkey.sign({
                    "challenge": "another", "rpId": DOMAIN,
                })["response"]["signature"]
                with self.fails("NotAuthorizedException", "Incorrect username or password."):
                    self.respond(app, challenge, CREDENTIAL=json.dumps(credential))
            else:
                answer = self.respond(app, challenge, CREDENTIAL=json.dumps(credential))
                self.is_valid(answer["AuthenticationResult"])

        self.idp.delete_web_authn_credential(**token, CredentialId=entry["CredentialId"])
        self.assertEqual(self.idp.list_web_authn_credentials(**token)["Credentials"], [])
        with self.fails("ResourceNotFoundException", "Credential does not exist."):
            self.idp.delete_web_authn_credential(**token, CredentialId=entry["CredentialId"])
