#!/usr/bin/env python3
"""The administrator's journey with an unchanged boto3, which is only told another endpoint.

Environment: COGNATE_ENDPOINT. It makes pools of its own and deletes them.
"""

import os
import unittest
import uuid

import boto3
import botocore.config
from botocore.exceptions import ClientError

PASSWORD = "Corr3ct-Horse!"


def client(region="us-east-1"):
    return boto3.client(
        "cognito-idp",
        endpoint_url=os.environ["COGNATE_ENDPOINT"],
        region_name=region,
        aws_access_key_id="AKIDJOURNEY",
        aws_secret_access_key="journey",
        config=botocore.config.Config(
            # An answer is asserted as it came, not after three tries.
            retries={"total_max_attempts": 1},
            connect_timeout=5,
            read_timeout=30,
            # The service's answers must fit what botocore knows of them; requests that do not are
            # sent nevertheless, to see the server's own validation.
            parameter_validation=False,
        ),
    )


def attributes(listed):
    return {attribute["Name"]: attribute["Value"] for attribute in listed}


class Journey(unittest.TestCase):
    """Each test makes its own user pool."""

    def setUp(self):
        self.idp = client()
        self.pool = self.make_pool()

    def make_pool(self, **settings):
        answer = self.idp.create_user_pool(PoolName="journey", **settings)
        pool = answer["UserPool"]["Id"]
        self.addCleanup(self.remove_pool, pool)
        return pool

    def remove_pool(self, pool):
        try:
            self.idp.delete_user_pool(UserPoolId=pool)
        except self.idp.exceptions.ResourceNotFoundException:
            pass

    def fails(self, kind, message=None):
        return Failure(self, getattr(self.idp.exceptions, kind), message)

    # User pools

    def test_pool_life(self):
        described = self.idp.describe_user_pool(UserPoolId=self.pool)["UserPool"]
        self.assertEqual(described["Name"], "journey")
        self.assertRegex(described["Id"], r"^us-east-1_[0-9A-Za-z]{9}$")
        self.assertEqual(
            described["Arn"], f"arn:aws:cognito-idp:us-east-1:000000000000:userpool/{self.pool}"
        )
        self.assertEqual(
            described["Policies"]["PasswordPolicy"],
            {
                "MinimumLength": 8, "RequireUppercase": True, "RequireLowercase": True,
                "RequireNumbers": True, "RequireSymbols": True, "TemporaryPasswordValidityDays": 7,
            },
        )
        self.assertEqual(described["MfaConfiguration"], "OFF")
        names = [attribute["Name"] for attribute in described["SchemaAttributes"]]
        self.assertEqual(names[0], "sub")
        self.assertEqual(names[20], "identities")
        self.assertEqual(described["CreationDate"].tzinfo.utcoffset(None).total_seconds(), 0)

        self.idp.update_user_pool(
            UserPoolId=self.pool, DeletionProtection="ACTIVE", AutoVerifiedAttributes=["email"]
        )
        described = self.idp.describe_user_pool(UserPoolId=self.pool)["UserPool"]
        self.assertEqual(described["DeletionProtection"], "ACTIVE")
        with self.fails(
            "InvalidParameterException",
            "The user pool cannot be deleted because deletion protection is activated. Deletion "
            "protection must be inactivated first.",
        ):
            self.idp.delete_user_pool(UserPoolId=self.pool)
        # An update that does not name them resets the verified attributes and keeps the protection
        # (administration 14.2).
        self.idp.update_user_pool(UserPoolId=self.pool)
        described = self.idp.describe_user_pool(UserPoolId=self.pool)["UserPool"]
        self.assertEqual(described["DeletionProtection"], "ACTIVE")
        self.assertNotIn("email", described.get("AutoVerifiedAttributes", []))
        self.idp.update_user_pool(UserPoolId=self.pool, DeletionProtection="INACTIVE")
        self.assertEqual(
            self.idp.get_user_pool_mfa_config(UserPoolId=self.pool)["MfaConfiguration"], "OFF"
        )
        self.idp.delete_user_pool(UserPoolId=self.pool)
        with self.fails("ResourceNotFoundException", f"User pool {self.pool} does not exist."):
            self.idp.describe_user_pool(UserPoolId=self.pool)

    def test_pool_listing_pages_and_stays_in_its_region(self):
        region = "eu-central-1"
        elsewhere = client(region)
        made = set()
        for number in range(3):
            pool = elsewhere.create_user_pool(PoolName=f"page {number}")["UserPool"]["Id"]
            self.addCleanup(elsewhere.delete_user_pool, UserPoolId=pool)
            self.assertTrue(pool.startswith(f"{region}_"), pool)
            made.add(pool)
        pages = list(
            elsewhere.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 2})
        )
        listed = [pool["Id"] for page in pages for pool in page["UserPools"]]
        self.assertLessEqual(made, set(listed))
        self.assertEqual(len(listed), len(set(listed)))
        self.assertGreater(len(pages), 1)
        self.assertNotIn(self.pool, listed)

    def test_custom_attributes(self):
        self.idp.add_custom_attributes(
            UserPoolId=self.pool,
            CustomAttributes=[
                {
                    "Name": "level", "AttributeDataType": "Number", "Mutable": True,
                    "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "10"},
                },
                {"Name": "note", "AttributeDataType": "String", "Mutable": True},
            ],
        )
        described = self.idp.describe_user_pool(UserPoolId=self.pool)["UserPool"]
        schema = {a["Name"]: a for a in described["SchemaAttributes"]}
        self.assertEqual(
            schema["custom:level"]["NumberAttributeConstraints"], {"MinValue": "1", "MaxValue": "10"}
        )
        self.assertEqual(schema["custom:note"]["StringAttributeConstraints"], {})
        with self.fails(
            "InvalidParameterException",
            "custom:note: Existing attribute already has name custom:note.",
        ):
            self.idp.add_custom_attributes(
                UserPoolId=self.pool,
                CustomAttributes=[{"Name": "note", "AttributeDataType": "String", "Mutable": True}],
            )

    def test_violations_are_told_together(self):
        with self.fails(
            "InvalidParameterException",
            "1 validation error detected: Value 'no pool id' at 'userPoolId' failed to satisfy "
            r"constraint: Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+",
        ):
            self.idp.describe_user_pool(UserPoolId="no pool id")
        with self.fails(
            "InvalidParameterException",
            "1 validation error detected: Value null at 'poolName' failed to satisfy constraint: "
            "Member must not be null",
        ):
            self.idp.create_user_pool()

    # App clients

    def test_client_life(self):
        made = self.idp.create_user_pool_client(
            UserPoolId=self.pool, ClientName="web", GenerateSecret=True
        )["UserPoolClient"]
        self.assertRegex(made["ClientId"], r"^[0-9a-z]{26}$")
        self.assertGreaterEqual(len(made["ClientSecret"]), 24)
        self.assertEqual(made["RefreshTokenValidity"], 30)
        self.assertTrue(made["EnableTokenRevocation"])

        self.idp.update_user_pool_client(
            UserPoolId=self.pool, ClientId=made["ClientId"], ClientName="site",
            ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            ReadAttributes=["email", "name"],
        )
        described = self.idp.describe_user_pool_client(
            UserPoolId=self.pool, ClientId=made["ClientId"]
        )["UserPoolClient"]
        self.assertEqual(described["ClientName"], "site")
        self.assertEqual(described["ClientSecret"], made["ClientSecret"])
        self.assertEqual(sorted(described["ReadAttributes"]), ["email", "name"])
        self.assertNotIn("WriteAttributes", described)

        for number in range(4):
            self.idp.create_user_pool_client(UserPoolId=self.pool, ClientName=f"client {number}")
        pages = list(
            self.idp.get_paginator("list_user_pool_clients").paginate(
                UserPoolId=self.pool, PaginationConfig={"PageSize": 2}
            )
        )
        listed = [c["ClientName"] for page in pages for c in page["UserPoolClients"]]
        self.assertEqual(sorted(listed), ["client 0", "client 1", "client 2", "client 3", "site"])

        self.idp.delete_user_pool_client(UserPoolId=self.pool, ClientId=made["ClientId"])
        with self.fails(
            "ResourceNotFoundException", f"User pool client {made['ClientId']} does not exist."
        ):
            self.idp.describe_user_pool_client(UserPoolId=self.pool, ClientId=made["ClientId"])
        with self.fails(
            "InvalidParameterException", "Invalid write attributes specified while creating a client"
        ):
            self.idp.create_user_pool_client(
                UserPoolId=self.pool, ClientName="bad", WriteAttributes=["email_verified"]
            )

    # Users

    def test_invited_user_signs_in(self):
        app = self.idp.create_user_pool_client(
            UserPoolId=self.pool, ClientName="web",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )["UserPoolClient"]["ClientId"]
        made = self.idp.admin_create_user(
            UserPoolId=self.pool, Username="grace", TemporaryPassword="T3mporary-Word!",
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": "grace@example.com"},
                {"Name": "email_verified", "Value": "true"},
            ],
        )["User"]
        self.assertEqual(made["UserStatus"], "FORCE_CHANGE_PASSWORD")
        self.assertTrue(made["Enabled"])
        with self.fails("UsernameExistsException", "User account already exists"):
            self.idp.admin_create_user(
                UserPoolId=self.pool, Username="grace", MessageAction="SUPPRESS"
            )

        started = self.idp.initiate_auth(
            ClientId=app, AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "grace", "PASSWORD": "T3mporary-Word!"},
        )
        self.assertEqual(started["ChallengeName"], "NEW_PASSWORD_REQUIRED")
        answer = self.idp.respond_to_auth_challenge(
            ClientId=app, ChallengeName="NEW_PASSWORD_REQUIRED", Session=started["Session"],
            ChallengeResponses={"USERNAME": "grace", "NEW_PASSWORD": PASSWORD},
        )
        tokens = answer["AuthenticationResult"]
        self.assertEqual(tokens["TokenType"], "Bearer")
        self.assertEqual(tokens["ExpiresIn"], 3600)
        user = self.idp.get_user(AccessToken=tokens["AccessToken"])
        self.assertEqual(user["Username"], "grace")
        self.assertEqual(attributes(user["UserAttributes"])["email_verified"], "true")
        self.assertEqual(self.status("grace"), "CONFIRMED")

        refreshed = self.idp.initiate_auth(
            ClientId=app, AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
        )["AuthenticationResult"]
        self.assertNotIn("RefreshToken", refreshed)
        self.idp.admin_user_global_sign_out(UserPoolId=self.pool, Username="grace")
        with self.fails("NotAuthorizedException", "Access Token has been revoked"):
            self.idp.get_user(AccessToken=refreshed["AccessToken"])
        with self.fails("NotAuthorizedException", "Refresh Token has been revoked"):
            self.idp.initiate_auth(
                ClientId=app, AuthFlow="REFRESH_TOKEN_AUTH",
                AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
            )

        self.idp.admin_disable_user(UserPoolId=self.pool, Username="grace")
        with self.fails("NotAuthorizedException", "User is disabled."):
            self.password_sign_in(app, "grace")
        self.idp.admin_enable_user(UserPoolId=self.pool, Username="grace")
        self.assertIn("AccessToken", self.password_sign_in(app, "grace"))

    def password_sign_in(self, app, username, password=PASSWORD):
        return self.idp.initiate_auth(
            ClientId=app, AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": password},
        )["AuthenticationResult"]

    def status(self, username):
        return self.idp.admin_get_user(UserPoolId=self.pool, Username=username)["UserStatus"]

    def test_signed_up_user_is_administered(self):
        app = self.idp.create_user_pool_client(
            UserPoolId=self.pool, ClientName="web", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
        )["UserPoolClient"]["ClientId"]
        signed_up = self.idp.sign_up(
            ClientId=app, Username="mary", Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": "mary@example.com"}],
        )
        self.assertFalse(signed_up["UserConfirmed"])
        self.assertNotIn("CodeDeliveryDetails", signed_up)
        self.assertEqual(self.status("mary"), "UNCONFIRMED")
        with self.fails("UserNotConfirmedException", "User is not confirmed."):
            self.password_sign_in(app, "mary")
        self.idp.admin_confirm_sign_up(UserPoolId=self.pool, Username="mary")
        self.assertEqual(self.status("mary"), "CONFIRMED")
        with self.fails(
            "NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED"
        ):
            self.idp.admin_confirm_sign_up(UserPoolId=self.pool, Username="mary")

        self.idp.admin_update_user_attributes(
            UserPoolId=self.pool, Username=signed_up["UserSub"],
            UserAttributes=[
                {"Name": "name", "Value": "Mary Somerville"},
                {"Name": "email_verified", "Value": "true"},
            ],
        )
        user = self.idp.admin_get_user(UserPoolId=self.pool, Username="mary")
        self.assertEqual(attributes(user["UserAttributes"])["name"], "Mary Somerville")
        self.assertEqual(attributes(user["UserAttributes"])["email_verified"], "true")
        self.idp.admin_delete_user_attributes(
            UserPoolId=self.pool, Username="mary", UserAttributeNames=["name"]
        )
        user = self.idp.admin_get_user(UserPoolId=self.pool, Username="mary")
        self.assertNotIn("name", attributes(user["UserAttributes"]))
        with self.fails("InvalidParameterException", "Cannot modify the non-mutable attribute sub"):
            self.idp.admin_update_user_attributes(
                UserPoolId=self.pool, Username="mary",
                UserAttributes=[{"Name": "sub", "Value": str(uuid.uuid4())}],
            )

        with self.fails(
            "InvalidPasswordException",
            "Password did not conform with policy: Password must have uppercase characters",
        ):
            self.idp.admin_set_user_password(
                UserPoolId=self.pool, Username="mary", Password="lower-c4se-only", Permanent=True
            )
        self.idp.admin_set_user_password(
            UserPoolId=self.pool, Username="mary", Password="An0ther-Word!", Permanent=True
        )
        self.assertIn("AccessToken", self.password_sign_in(app, "mary", "An0ther-Word!"))
        self.idp.admin_set_user_password(
            UserPoolId=self.pool, Username="mary", Password="An0ther-Word!", Permanent=False
        )
        self.assertEqual(self.status("mary"), "FORCE_CHANGE_PASSWORD")

        self.idp.admin_delete_user(UserPoolId=self.pool, Username="mary")
        with self.fails("UserNotFoundException", "User does not exist."):
            self.idp.admin_get_user(UserPoolId=self.pool, Username="mary")

    def test_listing_users(self):
        for number in range(7):
            self.idp.admin_create_user(
                UserPoolId=self.pool, Username=f"user{number}", MessageAction="SUPPRESS",
                UserAttributes=[
                    {"Name": "email", "Value": f"user{number}@example.com"},
                    {"Name": "family_name", "Value": "Even" if number % 2 == 0 else "Odd"},
                ],
            )
        self.idp.admin_disable_user(UserPoolId=self.pool, Username="user3")

        pages = list(
            self.idp.get_paginator("list_users").paginate(
                UserPoolId=self.pool, PaginationConfig={"PageSize": 3}
            )
        )
        self.assertEqual([len(page["Users"]) for page in pages if page["Users"]], [3, 3, 1])
        self.assertEqual(
            sorted(user["Username"] for page in pages for user in page["Users"]),
            [f"user{number}" for number in range(7)],
        )

        def found(expression, **options):
            answer = self.idp.list_users(UserPoolId=self.pool, Filter=expression, **options)
            return sorted(user["Username"] for user in answer["Users"])

        self.assertEqual(found('username = "user4"'), ["user4"])
        self.assertEqual(found('email = "user5@example.com"'), ["user5"])
        self.assertEqual(found('email ^= "user"'), [f"user{number}" for number in range(7)])
        self.assertEqual(found('family_name = "Odd"'), ["user1", "user3", "user5"])
        self.assertEqual(found('status = "Disabled"'), ["user3"])
        self.assertEqual(len(found('cognito:user_status = "FORCE_CHANGE_PASSWORD"')), 7)
        self.assertEqual(found('username = "nobody"'), [])
        some = self.idp.list_users(
            UserPoolId=self.pool, Filter='username = "user1"', AttributesToGet=["email"]
        )["Users"][0]
        self.assertEqual(attributes(some["Attributes"]), {"email": "user1@example.com"})

        with self.fails("InvalidParameterException", "Error while parsing filter."):
            found("email = unquoted")
        with self.fails("InvalidParameterException", "Invalid search attribute: custom:foo"):
            found('custom:foo = "x"')
        with self.fails(
            "InvalidParameterException",
            "1 validation error detected: Value '61' at 'limit' failed to satisfy constraint: "
            "Member must have value less than or equal to 60",
        ):
            self.idp.list_users(UserPoolId=self.pool, Limit=61)

    def test_a_browsers_origin_is_refused(self):
        def add_origin(request, **_):
            request.headers["Origin"] = "https://evil.example"

        self.idp.meta.events.register("before-send.cognito-idp.*", add_origin)
        try:
            with self.assertRaises(ClientError):
                self.idp.list_user_pools(MaxResults=1)
        finally:
            self.idp.meta.events.unregister("before-send.cognito-idp.*", add_origin)


class Failure:
    """Asserts that a block raises a modelled exception with a certain text."""

    def __init__(self, test, kind, message):
        self.test, self.kind, self.message = test, kind, message

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.test.assertIsNotNone(error, f"expected {self.kind.__name__}")
        if not isinstance(error, self.kind):
            return False
        if self.message is not None:
            self.test.assertEqual(error.response["Error"]["Message"], self.message)
        return True


if __name__ == "__main__":
    unittest.main()
