"""What all areas of this journey have: a client whose calls are counted, pools and users to call it with.

Environment: COGNATE_ENDPOINT, an empty server in the development profile.
"""

import base64
import contextlib
import json
import os
import re
import unittest
import urllib.parse
import urllib.request
from pathlib import Path

import boto3
import botocore.config

ENDPOINT = os.environ["COGNATE_ENDPOINT"]
PAGE = Path(__file__).resolve().parents[3] / "docs/operations.md"
PASSWORD = "Corr3ct-Horse!"
NEW_PASSWORD = "Batt3ry-Staple!"
TEMPORARY_PASSWORD = "T3mporary-Word!"
SMS = {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}
SUCCESS = "success"

# Operation to how the server has answered its calls: SUCCESS, or the code of an error.
OUTCOMES = {}


def note(http_response, parsed, model, **_):
    succeeded = http_response.status_code == 200
    outcome = SUCCESS if succeeded else parsed["Error"]["Code"]
    OUTCOMES.setdefault(model.name, set()).add(outcome)


def client(**config):
    """An unchanged client of boto3 that is only given another endpoint, and tries nothing twice."""
    made = boto3.client(
        "cognito-idp", endpoint_url=ENDPOINT, region_name="us-east-1",
        aws_access_key_id="AKIDJOURNEY", aws_secret_access_key="journey",
        config=botocore.config.Config(
            retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30, **config
        ),
    )
    made.meta.events.register("after-call", note)
    return made


IDP = client()


def rows_of_the_page():
    """Operation to whether docs/operations.md says that the server supports it."""
    rows = re.findall(r"^\| `(\w+)` \| \w+ \| (yes|no) \|$", PAGE.read_text(encoding="utf-8"), re.M)
    return {operation: supported == "yes" for operation, supported in rows}


def needs(*operations):
    """Skips a test until docs/operations.md says that the server supports all of these operations."""
    rows = rows_of_the_page()
    missing = [operation for operation in operations if not rows.get(operation)]
    return unittest.skipIf(missing, f"not supported yet: {', '.join(missing)}")


def members(answer):
    """The answer without what boto3 adds to it."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def listed(attributes):
    """An object of names and values as the API's list."""
    return [{"Name": name, "Value": value} for name, value in attributes.items()]


def values(attributes):
    """The API's list of attributes as an object of names and values."""
    return {attribute["Name"]: attribute["Value"] for attribute in attributes}


def claims(token):
    """What a token says. Its signature is looked at elsewhere."""
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


class Area(unittest.TestCase):
    """Each test makes a user pool of its own."""

    maxDiff = None

    def setUp(self):
        self.idp = IDP

    def pool(self, **settings):
        """A new user pool; its id."""
        return self.idp.create_user_pool(PoolName="journey", **settings)["UserPool"]["Id"]

    def app(self, pool, *flows, **settings):
        """A new app client, for users with passwords where no flows are given; its id."""
        flows = flows or ("ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH")
        return self.idp.create_user_pool_client(
            UserPoolId=pool, ClientName="app", ExplicitAuthFlows=list(flows), **settings
        )["UserPoolClient"]["ClientId"]

    def user(self, pool, username, **attributes):
        """A new confirmed user; what the other operations of the administrator name it by."""
        whose = {"UserPoolId": pool, "Username": username}
        self.idp.admin_create_user(
            **whose, MessageAction="SUPPRESS", UserAttributes=listed(attributes)
        )
        self.idp.admin_set_user_password(**whose, Password=PASSWORD, Permanent=True)
        return whose

    def begin(self, app, username, password=PASSWORD, idp=None):
        """InitiateAuth with a password."""
        return (idp or self.idp).initiate_auth(
            ClientId=app, AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": password},
        )

    def sign_in(self, app, username, password=PASSWORD, idp=None):
        """The tokens of a sign-in in which nothing but the password is asked for."""
        return self.begin(app, username, password, idp)["AuthenticationResult"]

    def home(self, **settings):
        """A pool with an app client and the user `ada`, who has signed in."""
        pool = self.pool(**settings)
        app, whose = self.app(pool), self.user(pool, "ada")
        return app, whose, self.sign_in(app, "ada")

    def attributes(self, whose):
        """A user's attributes as the administrator sees them."""
        return values(self.idp.admin_get_user(**whose)["UserAttributes"])

    def messages(self, recipient, count):
        """Everything that was sent to somebody, which are so many messages; the newest first."""
        query = urllib.parse.urlencode({"to": recipient})
        with urllib.request.urlopen(f"{ENDPOINT}/_cognate/inbox.json?{query}", timeout=10) as answer:
            messages = json.load(answer)
        self.assertEqual(len(messages), count, messages)
        return messages

    def code(self, recipient, count=1):
        """The code in the newest of so many messages."""
        return self.messages(recipient, count)[0]["code"]

    @contextlib.contextmanager
    def fails(self, kind, message):
        """Asserts that the block raises this exception of the client, with exactly this text."""
        with self.assertRaises(getattr(self.idp.exceptions, kind)) as caught:
            yield
        self.assertEqual(caught.exception.response["Error"]["Message"], message)

    def is_revoked(self, tokens):
        """Asserts that an access token is worth nothing any more."""
        with self.fails("NotAuthorizedException", "Access Token has been revoked"):
            self.idp.get_user(AccessToken=tokens["AccessToken"])

    def is_valid(self, tokens):
        """Asserts that an access token is worth something still."""
        self.idp.get_user(AccessToken=tokens["AccessToken"])
