"""User pools: their settings, tags, certificates, logs, replicas and limits."""

import base64
import datetime

from area import SMS, Area, members
from cryptography import x509


class UserPools(Area):
    def described(self, pool):
        return self.idp.describe_user_pool(UserPoolId=pool)["UserPool"]

    def test_a_pool_is_made_changed_listed_and_deleted(self):
        made = self.idp.create_user_pool(
            PoolName="shop", AutoVerifiedAttributes=["email"], AliasAttributes=["email"],
            Schema=[{"Name": "shelf", "AttributeDataType": "String", "Mutable": True}],
        )["UserPool"]
        pool = made["Id"]
        self.assertEqual(self.described(pool), made)
        self.assertEqual(made["AliasAttributes"], ["email"])

        self.idp.update_user_pool(
            UserPoolId=pool, PoolName="store", DeletionProtection="ACTIVE",
            AutoVerifiedAttributes=["email"],
            Policies={"PasswordPolicy": {"MinimumLength": 14, "RequireNumbers": True}},
        )
        changed = self.described(pool)
        self.assertEqual((changed["Name"], changed["DeletionProtection"]), ("store", "ACTIVE"))
        self.assertEqual(changed["Policies"]["PasswordPolicy"]["MinimumLength"], 14)
        self.assertEqual(changed["SchemaAttributes"], made["SchemaAttributes"])

        other = self.pool()
        pages = list(
            self.idp.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 1})
        )
        names = {one["Id"]: one["Name"] for page in pages for one in page["UserPools"]}
        self.assertEqual((names[pool], names[other]), ("store", "journey"))
        self.assertTrue(all(len(page["UserPools"]) <= 1 for page in pages))

        with self.assertRaises(self.idp.exceptions.InvalidParameterException):
            self.idp.delete_user_pool(UserPoolId=pool)
        self.idp.update_user_pool(UserPoolId=pool, DeletionProtection="INACTIVE")
        self.idp.delete_user_pool(UserPoolId=pool)
        with self.fails("ResourceNotFoundException", f"User pool {pool} does not exist."):
            self.idp.describe_user_pool(UserPoolId=pool)

    def test_a_custom_attribute_is_added_and_used(self):
        pool = self.pool()
        self.idp.add_custom_attributes(UserPoolId=pool, CustomAttributes=[{
            "Name": "level", "AttributeDataType": "Number", "Mutable": True,
            "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "10"},
        }])
        added = self.described(pool)["SchemaAttributes"][-1]
        self.assertEqual((added["Name"], added["AttributeDataType"]), ("custom:level", "Number"))
        whose = self.user(pool, "ada", **{"custom:level": "7"})
        self.assertEqual(self.attributes(whose)["custom:level"], "7")

    def test_second_factors_are_configured(self):
        pool = self.pool()
        off = members(self.idp.get_user_pool_mfa_config(UserPoolId=pool))
        self.assertEqual(off, {"MfaConfiguration": "OFF"})
        factors = {
            "MfaConfiguration": "OPTIONAL",
            "SmsMfaConfiguration": {
                "SmsAuthenticationMessage": "{####} signs you in",
                "SmsConfiguration": {**SMS, "SnsRegion": "us-east-1"},
            },
            "SoftwareTokenMfaConfiguration": {"Enabled": True},
            "EmailMfaConfiguration": {"Subject": "Sign in", "Message": "Your code is {####}"},
            "WebAuthnConfiguration": {
                "RelyingPartyId": "login.example.com", "UserVerification": "required",
                "FactorConfiguration": "SINGLE_FACTOR",
            },
        }
        answer = self.idp.set_user_pool_mfa_config(UserPoolId=pool, **factors)
        self.assertEqual(members(answer), factors)
        self.assertEqual(members(self.idp.get_user_pool_mfa_config(UserPoolId=pool)), factors)
        self.assertEqual(self.described(pool)["MfaConfiguration"], "OPTIONAL")

    def test_tags_are_put_on_and_taken_off(self):
        pool = self.pool(UserPoolTags={"team": "blue"})
        arn = self.described(pool)["Arn"]
        self.idp.tag_resource(ResourceArn=arn, Tags={"team": "green", "cost": "12"})
        self.assertEqual(
            self.idp.list_tags_for_resource(ResourceArn=arn)["Tags"], {"team": "green", "cost": "12"}
        )
        self.idp.untag_resource(ResourceArn=arn, TagKeys=["team"])
        self.assertEqual(self.idp.list_tags_for_resource(ResourceArn=arn)["Tags"], {"cost": "12"})
        self.assertEqual(self.described(pool)["UserPoolTags"], {"cost": "12"})

    def test_a_pool_has_one_certificate(self):
        pool = self.pool()
        text = self.idp.get_signing_certificate(UserPoolId=pool)["Certificate"]
        certificate = x509.load_der_x509_certificate(base64.b64decode(text, validate=True))
        remaining = certificate.not_valid_after_utc - datetime.datetime.now(datetime.timezone.utc)
        self.assertGreater(remaining, datetime.timedelta(days=9 * 365))
        again = self.idp.get_signing_certificate(UserPoolId=pool)["Certificate"]
        self.assertEqual(again, text)
        other = self.idp.get_signing_certificate(UserPoolId=self.pool())["Certificate"]
        self.assertNotEqual(other, text)

    def test_logs_are_configured(self):
        pool = self.pool()
        configurations = [
            {
                "LogLevel": "ERROR", "EventSource": "userNotification",
                "CloudWatchLogsConfiguration": {
                    "LogGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:cognate",
                },
            },
            {
                "LogLevel": "INFO", "EventSource": "userAuthEvents",
                "S3Configuration": {"BucketArn": "arn:aws:s3:::events"},
            },
        ]
        for given in (configurations, configurations[1:], []):
            expected = {"UserPoolId": pool, "LogConfigurations": given}
            answer = self.idp.set_log_delivery_configuration(
                UserPoolId=pool, LogConfigurations=given
            )
            self.assertEqual(answer["LogDeliveryConfiguration"], expected)
            answer = self.idp.get_log_delivery_configuration(UserPoolId=pool)
            self.assertEqual(answer["LogDeliveryConfiguration"], expected)

    def test_a_server_of_one_region_has_no_further_replicas(self):
        pool = self.pool()
        primary = {
            "RegionName": "us-east-1", "Status": "ACTIVE", "Role": "PRIMARY",
            "UserPoolArn": self.described(pool)["Arn"],
        }
        elsewhere = {"UserPoolId": pool, "RegionName": "eu-west-1"}
        refused = ("OperationNotEnabledException", "User pool replication is not enabled.")
        with self.fails(*refused):
            self.idp.create_user_pool_replica(**elsewhere)
        with self.fails(*refused):
            self.idp.update_user_pool_replica(**elsewhere, Status="ACTIVE")
        with self.fails(*refused):
            self.idp.delete_user_pool_replica(**elsewhere)
        answer = self.idp.list_user_pool_replicas(UserPoolId=pool)
        self.assertEqual(members(answer), {"UserPoolReplicas": [primary]})

    def test_limits_are_what_they_are(self):
        definition = {"LimitClass": "API_CATEGORY", "Attributes": {"Category": "UserCreation"}}
        limit = self.idp.get_provisioned_limit(LimitDefinition=definition)["Limit"]
        self.assertEqual(limit["LimitDefinition"], definition)
        value = limit["ProvisionedLimitValue"]
        self.assertEqual(limit["FreeLimitValue"], value)
        same = self.idp.update_provisioned_limit(
            LimitDefinition=definition, RequestedLimitValue=value
        )
        self.assertEqual(same["Limit"], limit)
        with self.fails(
            "ServiceQuotaExceededException", f"RequestedLimitValue must be at most {value}."
        ):
            self.idp.update_provisioned_limit(
                LimitDefinition=definition, RequestedLimitValue=value + 1
            )
        again = self.idp.get_provisioned_limit(LimitDefinition=definition)
        self.assertEqual(again["Limit"], limit)
