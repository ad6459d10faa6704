"""App clients, their secrets, and resource servers, whose scopes they name."""

import base64
import hashlib
import hmac

from area import PASSWORD, Area

ORDERS = "https://orders.example.com"


def secret_hash(secret, app, username):
    """What an application with a secret sends with a username."""
    digest = hmac.new(secret.encode(), (username + app).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


class AppClients(Area):
    def described(self, pool, app):
        answer = self.idp.describe_user_pool_client(UserPoolId=pool, ClientId=app)
        return answer["UserPoolClient"]

    def test_a_client_is_made_changed_listed_and_deleted(self):
        pool = self.pool()
        made = self.idp.create_user_pool_client(
            UserPoolId=pool, ClientName="web", ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"],
            AccessTokenValidity=10, TokenValidityUnits={"AccessToken": "minutes"},
        )["UserPoolClient"]
        app = made["ClientId"]
        self.assertEqual(self.described(pool, app), made)
        self.assertNotIn("ClientSecret", made)

        changed = self.idp.update_user_pool_client(
            UserPoolId=pool, ClientId=app, ClientName="site", ReadAttributes=["email", "name"],
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )["UserPoolClient"]
        self.assertEqual(self.described(pool, app), changed)
        self.assertEqual(changed["ClientName"], "site")
        self.assertCountEqual(changed["ReadAttributes"], ["email", "name"])
        self.assertNotIn("AccessTokenValidity", changed)

        other = self.app(pool)
        pages = list(
            self.idp.get_paginator("list_user_pool_clients").paginate(
                UserPoolId=pool, PaginationConfig={"PageSize": 1}
            )
        )
        found = {one["ClientId"]: one["ClientName"] for page in pages for one in page["UserPoolClients"]}
        self.assertEqual(found, {app: "site", other: "app"})

        self.idp.delete_user_pool_client(UserPoolId=pool, ClientId=app)
        with self.fails("ResourceNotFoundException", f"User pool client {app} does not exist."):
            self.idp.describe_user_pool_client(UserPoolId=pool, ClientId=app)

    def sign_in_by(self, secret, app):
        return self.idp.initiate_auth(
            ClientId=app, AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={
                "USERNAME": "ada", "PASSWORD": PASSWORD,
                "SECRET_HASH": secret_hash(secret, app, "ada"),
            },
        )["AuthenticationResult"]

    def test_a_secret_is_exchanged_while_both_are_valid(self):
        pool = self.pool()
        app = self.app(pool, GenerateSecret=True)
        self.user(pool, "ada")
        whose = {"UserPoolId": pool, "ClientId": app}
        first = self.described(pool, app)["ClientSecret"]
        added = self.idp.add_user_pool_client_secret(**whose)["ClientSecretDescriptor"]
        second = added.pop("ClientSecretValue")
        for secret in (first, second):
            self.assertIn("AccessToken", self.sign_in_by(secret, app))

        known = self.idp.list_user_pool_client_secrets(**whose)["ClientSecrets"]
        self.assertEqual((len(known), known[1]), (2, added))
        self.idp.delete_user_pool_client_secret(
            **whose, ClientSecretId=known[0]["ClientSecretId"]
        )
        self.assertEqual(self.idp.list_user_pool_client_secrets(**whose)["ClientSecrets"], [added])
        with self.fails(
            "NotAuthorizedException", f"Unable to verify secret hash for client {app}"
        ):
            self.sign_in_by(first, app)
        self.assertIn("AccessToken", self.sign_in_by(second, app))
        self.assertEqual(self.described(pool, app)["ClientSecret"], second)

    def test_a_resource_server_is_made_changed_listed_and_deleted(self):
        pool = self.pool()
        which = {"UserPoolId": pool, "Identifier": ORDERS}
        read = {"ScopeName": "read", "ScopeDescription": "To read orders"}
        write = {"ScopeName": "write", "ScopeDescription": "To place orders"}
        made = self.idp.create_resource_server(**which, Name="Orders", Scopes=[read])
        self.assertEqual(made["ResourceServer"], {**which, "Name": "Orders", "Scopes": [read]})

        changed = self.idp.update_resource_server(**which, Name="Shop", Scopes=[write, read])
        expected = {**which, "Name": "Shop", "Scopes": [write, read]}
        self.assertEqual(changed["ResourceServer"], expected)
        self.assertEqual(self.idp.describe_resource_server(**which)["ResourceServer"], expected)

        self.idp.create_resource_server(UserPoolId=pool, Identifier="stock", Name="Stock")
        pages = self.idp.get_paginator("list_resource_servers").paginate(
            UserPoolId=pool, PaginationConfig={"PageSize": 1}
        )
        found = [server["Identifier"] for page in pages for server in page["ResourceServers"]]
        self.assertEqual(found, [ORDERS, "stock"])

        scope = f"{ORDERS}/write"
        settings = {
            "GenerateSecret": True, "AllowedOAuthFlows": ["client_credentials"],
            "AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthScopes": [scope],
        }
        app = self.app(pool, **settings)
        self.assertEqual(self.described(pool, app)["AllowedOAuthScopes"], [scope])
        self.idp.delete_resource_server(**which)
        with self.fails("ResourceNotFoundException", f"Resource server {ORDERS} does not exist."):
            self.idp.describe_resource_server(**which)
        with self.fails("ScopeDoesNotExistException", f"Invalid scope requested: {scope}"):
            self.app(pool, **settings)
