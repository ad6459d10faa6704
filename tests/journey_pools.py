"""The user pools of the journeys, as an administrator makes them with boto3."""

REGION = "us-east-1"
FUNCTION = f"arn:aws:lambda:{REGION}:000000000000:function:"
SMS = {"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}}


def administrators_client(endpoint, certificate=None):
    """The client of an administrator. It tries nothing twice."""
    import boto3
    import botocore.config

    return boto3.client(
        "cognito-idp", endpoint_url=endpoint, region_name=REGION,
        aws_access_key_id="AKIDJOURNEY", aws_secret_access_key="journey",
        config=botocore.config.Config(retries={"total_max_attempts": 1}, read_timeout=60),
        verify=certificate,
    )


def profile_pool(idp, keeps_original):
    """A user pool and an app client as an Amplify project has them."""
    return pool(
        idp, "amplify", ["ALLOW_USER_SRP_AUTH"],
        UsernameAttributes=["email"],
        UsernameConfiguration={"CaseSensitive": False},
        AutoVerifiedAttributes=["email"],
        UserAttributeUpdateSettings={
            "AttributesRequireVerificationBeforeUpdate": ["email"] if keeps_original else []
        },
        Schema=[
            {"Name": "email", "AttributeDataType": "String", "Required": True, "Mutable": True},
            {"Name": "department", "AttributeDataType": "String", "Mutable": True},
            {"Name": "badge", "AttributeDataType": "String", "Mutable": False},
        ],
    )


def sign_in_pools(idp):
    """A pool for each family of ways to sign in, by name."""
    srp = ["ALLOW_USER_SRP_AUTH"]
    choice = ["ALLOW_USER_AUTH", "ALLOW_USER_SRP_AUTH"]
    custom = ["ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH"]
    admin = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH", "ALLOW_USER_SRP_AUTH"]
    first = {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]}
    by_code = {"Policies": {"SignInPolicy": first}, **SMS}
    return {
        # Users may have second factors, of all kinds, and sign in with their e-mail addresses.
        "factors": pool(
            idp, "factors", srp, {**totp("OPTIONAL"), **sms(), **email()},
            UsernameAttributes=["email"], UsernameConfiguration={"CaseSensitive": False},
            AutoVerifiedAttributes=["email"],
        ),
        # Users have to have one, and none has when they sign in for the first time.
        "required": pool(idp, "required", srp, {**totp("ON"), **email()}),
        # Codes are first factors.
        "passwordless": pool(
            idp, "passwordless", choice,
            UsernameAttributes=["email"], UsernameConfiguration={"CaseSensitive": False},
            AutoVerifiedAttributes=["email"], **by_code,
        ),
        # Functions ask, and devices are known.
        "custom": pool(
            idp, "custom", custom,
            DeviceConfiguration={"DeviceOnlyRememberedOnUserPrompt": True},
            LambdaConfig={
                "DefineAuthChallenge": f"{FUNCTION}define-auth-challenge",
                "CreateAuthChallenge": f"{FUNCTION}create-auth-challenge",
                "VerifyAuthChallengeResponse": f"{FUNCTION}verify-auth-challenge",
            },
        ),
        # Devices replace the second factor, once their users have them remembered.
        "devices": pool(
            idp, "devices", srp, {**totp("OPTIONAL"), **sms()},
            DeviceConfiguration={
                "ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True,
            },
        ),
        # Every device is remembered, and asked for behind the second factor.
        "tracking": pool(
            idp, "tracking", choice, {**totp("OPTIONAL"), **sms()},
            DeviceConfiguration={
                "ChallengeRequiredOnNewDevice": False, "DeviceOnlyRememberedOnUserPrompt": False,
            },
        ),
        # A backend signs users in.
        "backend": pool(idp, "backend", admin, {**totp("OPTIONAL"), **sms()}, **by_code),
    }


def pool(idp, name, flows, factors=None, **settings):
    """A user pool with the second factors that SetUserPoolMfaConfig takes, and an app client of it."""
    identity = idp.create_user_pool(PoolName=name, **settings)["UserPool"]["Id"]
    if factors:
        idp.set_user_pool_mfa_config(UserPoolId=identity, **factors)
    client = idp.create_user_pool_client(
        UserPoolId=identity, ClientName=name,
        ExplicitAuthFlows=[*flows, "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]["ClientId"]
    return {"poolId": identity, "clientId": client}


def totp(mode):
    return {"MfaConfiguration": mode, "SoftwareTokenMfaConfiguration": {"Enabled": True}}


def sms():
    return {"SmsMfaConfiguration": SMS}


def email():
    return {"EmailMfaConfiguration": {"Subject": "Sign in", "Message": "Your code is {####}"}}
