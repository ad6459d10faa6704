#!/usr/bin/env python3
"""The ways to sign in with an unchanged pycognito, and with boto3 as a backend has it.

Environment: COGNATE_JOURNEY, what the driver says about the server; see tests/journeys.
"""

import base64
import json
import os
import re
import time
import unittest
import unittest.mock
import uuid
from pathlib import Path

import boto3
import botocore.config
import requests
from authenticator_app import AuthenticatorApp
from pycognito import AWSSRP, Cognito
from pycognito.exceptions import (
    ForceChangePasswordException, SMSMFAChallengeException, SoftwareTokenMFAChallengeException,
)

GIVEN = json.loads(os.environ["COGNATE_JOURNEY"])
ENDPOINT = GIVEN["endpoint"].rstrip("/")
PASSWORD = "Corr3ct-Horse!"
NEW_PASSWORD = "Batt3ry-Staple!"
KEYS = {
    "endpoint_url": ENDPOINT, "region_name": "us-east-1",
    "aws_access_key_id": "AKIDJOURNEY", "aws_secret_access_key": "journey",
}


def code_for(recipient, seconds=30):
    """The code in the newest message to somebody who has got one message only."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for file in (GIVEN["mailFile"], GIVEN["smsFile"]):
            lines = Path(file).read_text().splitlines() if Path(file).exists() else []
            for message in map(json.loads, lines):
                if recipient in message["recipients"]:
                    return re.search(r"\b\d{6}(\d{2})?\b", message["body"])[0]
        time.sleep(0.05)
    raise AssertionError(f"no message to {recipient}")


class Journey(unittest.TestCase):
    """Each test has a user of its own."""

    def setUp(self):
        config = botocore.config.Config(retries={"total_max_attempts": 1}, read_timeout=60)
        self.idp = boto3.client("cognito-idp", config=config, **KEYS)

    def user(self, pool, password=PASSWORD, permanent=True, **attributes):
        """A confirmed user, or one with a temporary password; its name."""
        name = f"user-{uuid.uuid4().hex[:8]}"
        whose = {"UserPoolId": GIVEN["pools"][pool]["poolId"], "Username": name}
        self.idp.admin_create_user(
            **whose, MessageAction="SUPPRESS",
            UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()],
        )
        self.idp.admin_set_user_password(**whose, Password=password, Permanent=permanent)
        return name

    def phone(self):
        """A number that nobody else has."""
        return f"+1555{uuid.uuid4().int % 10_000_000:07}"

    def fails(self, kind, message):
        """Asserts the type and the text of boto3's error."""
        pattern = f"{re.escape(message)}$"
        return self.assertRaisesRegex(getattr(self.idp.exceptions, kind), pattern)

    def wrong(self, code):
        """Another code of as many digits."""
        return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"


class Pycognito(Journey):
    def cognito(self, pool, username):
        ids = GIVEN["pools"][pool]
        return Cognito(
            ids["poolId"], ids["clientId"], username=username, boto3_client_kwargs=dict(KEYS)
        )

    def srp(self, pool, username, password=PASSWORD, **device):
        ids = GIVEN["pools"][pool]
        return AWSSRP(username, password, ids["poolId"], ids["clientId"], client=self.idp, **device)

    def enrolled(self, cognito):
        """Sets up an authenticator app as the preferred second factor."""
        app = AuthenticatorApp(cognito.associate_software_token())
        with self.fails("EnableSoftwareTokenMFAException", "Code mismatch"):
            cognito.verify_software_token(app.wrong(), "phone")
        self.assertTrue(cognito.verify_software_token(app.code(), "phone"))
        cognito.set_user_mfa_preference(False, True, "SOFTWARE_TOKEN")
        return app

    def test_a_wrong_password(self):
        cognito = self.cognito("backend", self.user("backend"))
        with self.fails("NotAuthorizedException", "Incorrect username or password."):
            cognito.authenticate(NEW_PASSWORD)
        self.assertIsNone(cognito.access_token)

    def test_srp_with_an_authenticator_app(self):
        username = self.user("backend")
        cognito = self.cognito("backend", username)
        # pycognito verifies each token by the pool's keys, its issuer and its audience.
        cognito.authenticate(PASSWORD)
        app = self.enrolled(cognito)
        cognito = self.cognito("backend", username)
        with self.assertRaises(SoftwareTokenMFAChallengeException):
            cognito.authenticate(PASSWORD)
        with self.fails("CodeMismatchException", "Invalid code received for user"):
            cognito.respond_to_software_token_mfa_challenge(app.wrong())
        cognito.respond_to_software_token_mfa_challenge(app.code())
        self.assertEqual(cognito.access_claims["username"], username)
        self.assertEqual(cognito.id_claims["cognito:username"], username)
        before = cognito.access_token
        cognito.renew_access_token()
        self.assertNotEqual(cognito.access_token, before)
        cognito.logout()

    def test_srp_with_a_text_message(self):
        phone = self.phone()
        username = self.user("backend", phone_number=phone)
        cognito = self.cognito("backend", username)
        cognito.authenticate(PASSWORD)
        cognito.set_user_mfa_preference(True, False, "SMS")
        cognito = self.cognito("backend", username)
        with self.assertRaises(SMSMFAChallengeException):
            cognito.authenticate(PASSWORD)
        code = code_for(phone)
        with self.fails("CodeMismatchException", "Invalid code or auth state for the user."):
            cognito.respond_to_sms_mfa_challenge(self.wrong(code))
        cognito.respond_to_sms_mfa_challenge(code)
        self.assertEqual(cognito.get_user().phone_number_verified, True)

    def test_a_new_password(self):
        cognito = self.cognito("backend", self.user("backend", permanent=False))
        with self.assertRaises(ForceChangePasswordException):
            cognito.authenticate(PASSWORD)
        cognito.new_password_challenge(PASSWORD, NEW_PASSWORD)
        cognito.authenticate(NEW_PASSWORD)

    def test_an_administrators_sign_in(self):
        cognito = self.cognito("backend", self.user("backend"))
        cognito.admin_authenticate(PASSWORD)
        self.assertEqual(cognito.access_claims["token_use"], "access")

    def confirmed(self, srp, tokens):
        """Confirms the device that the sign-in has issued; what a later sign-in from it needs."""
        # pycognito calls AWS by name for devices, past the endpoint that its boto3 has.
        send = requests.adapters.HTTPAdapter.send

        def sent_here(adapter, request, **options):
            aws = "https://cognito-idp.us-east-1.amazonaws.com/"
            self.assertEqual(request.url, aws)
            request.url = f"{ENDPOINT}/"
            return send(adapter, request, **options)

        with unittest.mock.patch("requests.adapters.HTTPAdapter.send", sent_here):
            answer, password = srp.confirm_device(tokens, "laptop")
            self.assertEqual(answer.status_code, 200, answer.text)
            necessary = answer.json()["UserConfirmationNecessary"]
            if necessary:
                token = tokens["AuthenticationResult"]["AccessToken"]
                status = srp.update_device_status(True, token, srp.device_key)
                self.assertIn("200", status)
        device = {
            "device_key": srp.device_key, "device_group_key": srp.device_group_key,
            "device_password": password,
        }
        return device, necessary

    def device_key_in(self, tokens):
        payload = tokens["AuthenticationResult"]["AccessToken"].split(".")[1]
        return json.loads(base64.urlsafe_b64decode(payload + "=="))["device_key"]

    def test_device_srp_where_every_device_is_remembered(self):
        username = self.user("tracking")
        first = self.srp("tracking", username)
        device, necessary = self.confirmed(first, first.authenticate_user())
        self.assertFalse(necessary)
        tokens = self.srp("tracking", username, **device).authenticate_user()
        self.assertEqual(self.device_key_in(tokens), device["device_key"])
        self.assertNotIn("NewDeviceMetadata", tokens["AuthenticationResult"])
        with self.fails("NotAuthorizedException", "Incorrect username or password."):
            self.srp("tracking", username, **{**device, "device_password": "another"}).authenticate_user()
        listed = self.idp.admin_list_devices(
            UserPoolId=GIVEN["pools"]["tracking"]["poolId"], Username=username
        )["Devices"]
        self.assertEqual([one["DeviceKey"] for one in listed], [device["device_key"]])

    def test_device_srp_in_the_place_of_an_authenticator_app(self):
        username = self.user("devices")
        cognito = self.cognito("devices", username)
        cognito.authenticate(PASSWORD)
        app = self.enrolled(cognito)
        first = self.srp("devices", username)
        with self.assertRaises(SoftwareTokenMFAChallengeException) as challenge:
            first.authenticate_user()
        # pycognito's own answer keeps the tokens and drops the device's key.
        tokens = self.idp.respond_to_auth_challenge(
            ClientId=GIVEN["pools"]["devices"]["clientId"],
            ChallengeName="SOFTWARE_TOKEN_MFA", Session=challenge.exception.get_tokens()["Session"],
            ChallengeResponses={"USERNAME": username, "SOFTWARE_TOKEN_MFA_CODE": app.code()},
        )
        device, necessary = self.confirmed(first, tokens)
        self.assertTrue(necessary)
        tokens = self.srp("devices", username, **device).authenticate_user()
        self.assertEqual(self.device_key_in(tokens), device["device_key"])
        with self.assertRaises(SoftwareTokenMFAChallengeException):
            self.srp("devices", username).authenticate_user()


class Backend(Journey):
    """AdminInitiateAuth and AdminRespondToAuthChallenge."""

    def initiate(self, flow, pool="backend", **parameters):
        ids = GIVEN["pools"][pool]
        return self.idp.admin_initiate_auth(
            UserPoolId=ids["poolId"], ClientId=ids["clientId"],
            AuthFlow=flow, AuthParameters=parameters,
        )

    def respond(self, challenge, username, pool="backend", **answers):
        ids = GIVEN["pools"][pool]
        return self.idp.admin_respond_to_auth_challenge(
            UserPoolId=ids["poolId"], ClientId=ids["clientId"],
            ChallengeName=challenge["ChallengeName"],
            ChallengeResponses={"USERNAME": username, **answers},
            # PASSWORD_VERIFIER has its state in the secret block.
            **{name: challenge[name] for name in ("Session",) if name in challenge},
        )

    def by_password(self, username, password=PASSWORD):
        return self.initiate("ADMIN_USER_PASSWORD_AUTH", USERNAME=username, PASSWORD=password)

    def signed_in(self, answer, username):
        """Asserts that the answer has tokens, of this user; the result."""
        result = answer["AuthenticationResult"]
        self.assertEqual(result["ExpiresIn"], 3600)
        self.assertEqual(self.idp.get_user(AccessToken=result["AccessToken"])["Username"], username)
        return result

    def asked(self, answer, challenge):
        self.assertEqual(answer["ChallengeName"], challenge)
        self.assertNotIn("AuthenticationResult", answer)
        return answer

    def test_password(self):
        username = self.user("backend")
        with self.fails("NotAuthorizedException", "Incorrect username or password."):
            self.by_password(username, NEW_PASSWORD)
        tokens = self.signed_in(self.by_password(username), username)
        renewed = self.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"])
        self.assertNotIn("RefreshToken", self.signed_in(renewed, username))

    def test_new_password(self):
        username = self.user("backend", permanent=False)
        challenge = self.asked(self.by_password(username), "NEW_PASSWORD_REQUIRED")
        with self.assertRaises(self.idp.exceptions.InvalidPasswordException):
            self.respond(challenge, username, NEW_PASSWORD="short")
        answer = self.respond(challenge, username, NEW_PASSWORD=NEW_PASSWORD)
        self.signed_in(answer, username)
        with self.fails("NotAuthorizedException", "Incorrect username or password."):
            self.by_password(username)
        self.signed_in(self.by_password(username, NEW_PASSWORD), username)

    def prefer(self, username, **settings):
        pool = GIVEN["pools"]["backend"]["poolId"]
        self.idp.admin_set_user_mfa_preference(UserPoolId=pool, Username=username, **settings)

    def test_second_factors(self):
        phone = self.phone()
        username = self.user("backend", phone_number=phone)
        token = self.signed_in(self.by_password(username), username)["AccessToken"]
        secret = self.idp.associate_software_token(AccessToken=token)["SecretCode"]
        app = AuthenticatorApp(secret)
        self.idp.verify_software_token(AccessToken=token, UserCode=app.code())
        on = {"Enabled": True, "PreferredMfa": True}
        self.prefer(username, SoftwareTokenMfaSettings=on)

        challenge = self.asked(self.by_password(username), "SOFTWARE_TOKEN_MFA")
        with self.fails("CodeMismatchException", "Invalid code received for user"):
            self.respond(challenge, username, SOFTWARE_TOKEN_MFA_CODE=app.wrong())
        answer = self.respond(challenge, username, SOFTWARE_TOKEN_MFA_CODE=app.code())
        self.signed_in(answer, username)

        self.prefer(
            username, SMSMfaSettings={"Enabled": True, "PreferredMfa": False},
            SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": False},
        )
        choice = self.asked(self.by_password(username), "SELECT_MFA_TYPE")
        challenge = self.asked(self.respond(choice, username, ANSWER="SMS_MFA"), "SMS_MFA")
        self.assertEqual(challenge["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"], "SMS")
        code = code_for(phone)
        with self.fails("CodeMismatchException", "Invalid code or auth state for the user."):
            self.respond(challenge, username, SMS_MFA_CODE=self.wrong(code))
        self.signed_in(self.respond(challenge, username, SMS_MFA_CODE=code), username)

    def test_choice_of_the_first_factor(self):
        phone = self.phone()
        email = f"{uuid.uuid4().hex}@example.com"
        username = self.user("backend", phone_number=phone, email=email, email_verified="true")
        choice = self.asked(self.initiate("USER_AUTH", USERNAME=username), "SELECT_CHALLENGE")
        self.assertCountEqual(
            choice["AvailableChallenges"], ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP"]
        )
        answer = self.respond(choice, username, ANSWER="PASSWORD", PASSWORD=PASSWORD)
        self.signed_in(answer, username)

        choice = self.asked(self.initiate("USER_AUTH", USERNAME=username), "SELECT_CHALLENGE")
        challenge = self.asked(self.respond(choice, username, ANSWER="SMS_OTP"), "SMS_OTP")
        answer = self.respond(challenge, username, SMS_OTP_CODE=code_for(phone))
        self.signed_in(answer, username)

        preferred = {"USERNAME": username, "PREFERRED_CHALLENGE": "EMAIL_OTP"}
        challenge = self.asked(self.initiate("USER_AUTH", **preferred), "EMAIL_OTP")
        code = code_for(email)
        with self.fails("CodeMismatchException", "Invalid code or auth state for the user."):
            self.respond(challenge, username, EMAIL_OTP_CODE=self.wrong(code))
        self.signed_in(self.respond(challenge, username, EMAIL_OTP_CODE=code), username)

        preferred = {"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD}
        self.signed_in(self.initiate("USER_AUTH", USERNAME=username, **preferred), username)

    def test_srp(self):
        username = self.user("backend")
        ids = GIVEN["pools"]["backend"]
        srp = AWSSRP(username, PASSWORD, ids["poolId"], ids["clientId"], client=self.idp)
        parameters = srp.get_auth_params()
        challenge = self.asked(self.initiate("USER_SRP_AUTH", **parameters), "PASSWORD_VERIFIER")
        answers = srp.process_challenge(challenge["ChallengeParameters"], parameters)
        answer = self.respond(challenge, answers.pop("USERNAME"), **answers)
        self.signed_in(answer, username)

    def test_custom_challenge(self):
        username = self.user("custom")
        challenge = self.initiate("CUSTOM_AUTH", pool="custom", USERNAME=username)
        for right in (False, True):
            self.asked(challenge, "CUSTOM_CHALLENGE")
            total = sum(map(int, challenge["ChallengeParameters"]["sum"].split(" + ")))
            given = str(total if right else total + 1)
            challenge = self.respond(challenge, username, pool="custom", ANSWER=given)
        self.signed_in(challenge, username)


if __name__ == "__main__":
    unittest.main()
