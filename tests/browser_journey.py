"""The part of tests/journeys that is about the browser: which one, and the pools of the journey `browser`.

Run by itself, it prints the browser, or says why there is none.
"""

import os
import shutil
import sys
from pathlib import Path

BROWSER = Path(__file__).resolve().parent / "clients/browser"
DRIVER = BROWSER / "driver.mjs"
DOMAIN_DRIVER = BROWSER / "domain/driver.mjs"
LONGEST = BROWSER / "domain/longest.mjs"
LOGIN_PAGES_DRIVER = BROWSER / "login_pages/driver.mjs"
VARIABLE = "COGNATE_TEST_CHROMIUM"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class NoBrowser(Exception):
    """This machine lacks what the journey needs; says what."""


def chromium():
    """The Chromium or Chrome to use: the one that the environment names, or one on the PATH."""
    named = os.environ.get(VARIABLE)
    for program in [named] if named else PROGRAMS:
        found = shutil.which(program)
        if found:
            return found
    raise NoBrowser(
        f"there is no {named}, which {VARIABLE} names" if named else
        "there is no Chromium on this machine: install it, on Debian with `apt-get install chromium`, "
        f"or name a Chromium or Chrome in {VARIABLE}"
    )


def installed():
    """The browser, after a look whether the packages of its journeys are there."""
    browser = chromium()
    if not (BROWSER / "node_modules").exists():
        raise NoBrowser("the packages of tests/clients/browser are not installed: run `./test setup`")
    return browser


def given(server, mail_file):
    """What the driver is told: the browser, the server, the mailbox and the pools."""
    return {
        "browser": installed(),
        "endpoint": f"{server.endpoint}/",
        "mailFile": str(mail_file),
        **pools(server),
    }


def pools(server):
    """`strict` demands TOTP of everybody; in `choice` a passkey is as good as the password."""
    import boto3
    import botocore.config

    idp = boto3.client(
        "cognito-idp", endpoint_url=server.endpoint, region_name="us-east-1",
        aws_access_key_id="AKIDJOURNEY", aws_secret_access_key="journey",
        config=botocore.config.Config(retries={"total_max_attempts": 1}, read_timeout=60),
    )

    def pool(name, factors, *flows):
        pool_id = idp.create_user_pool(
            PoolName=name,
            UsernameAttributes=["email"],
            AutoVerifiedAttributes=["email"],
            Policies={"SignInPolicy": {"AllowedFirstAuthFactors": factors}},
        )["UserPool"]["Id"]
        client_id = idp.create_user_pool_client(
            UserPoolId=pool_id, ClientName="web",
            ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", *flows],
            PreventUserExistenceErrors="ENABLED",
        )["UserPoolClient"]["ClientId"]
        return {"poolId": pool_id, "clientId": client_id}

    strict = pool("strict", ["PASSWORD"])
    idp.set_user_pool_mfa_config(
        UserPoolId=strict["poolId"], MfaConfiguration="ON",
        SoftwareTokenMfaConfiguration={"Enabled": True},
    )
    # The RP id is left to the server: in development it is `localhost`.
    return {"strict": strict, "choice": pool("choice", ["PASSWORD", "WEB_AUTHN"], "ALLOW_USER_AUTH")}


if __name__ == "__main__":
    try:
        print(chromium())
    except NoBrowser as error:
        sys.exit(str(error))
