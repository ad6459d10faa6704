"""Tokens that stand for an app client, or that one service gets in exchange for another one's."""

from area import Area, claims, needs

ORDERS = "https://orders.example.com"


class MachineTokens(Area):
    def resource_server(self, pool):
        self.idp.create_resource_server(
            UserPoolId=pool, Identifier=ORDERS, Name="Orders",
            Scopes=[
                {"ScopeName": name, "ScopeDescription": f"To {name} orders"}
                for name in ("read", "write")
            ],
        )

    @needs("GetClientToken")
    def test_a_client_gets_a_token_of_its_own(self):
        pool = self.pool()
        self.resource_server(pool)
        app = self.idp.create_user_pool_client(
            UserPoolId=pool, ClientName="service", GenerateSecret=True,
            ExplicitAuthFlows=["ALLOW_CLIENT_TOKEN_AUTH"],
            AllowedOAuthFlows=["client_credentials"], AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthScopes=[f"{ORDERS}/read", f"{ORDERS}/write"],
        )["UserPoolClient"]
        which = {"ClientId": app["ClientId"]}
        result = self.idp.get_client_token(
            **which, Secret=app["ClientSecret"], Scopes=[f"{ORDERS}/read"]
        )["ClientAuthenticationResult"]
        self.assertEqual((result["TokenType"], result["ExpiresIn"]), ("Bearer", 3600))
        said = claims(result["AccessToken"])
        self.assertEqual((said["client_id"], said["sub"]), (app["ClientId"], app["ClientId"]))
        self.assertEqual((said["scope"], said["token_use"]), (f"{ORDERS}/read", "access"))
        with self.assertRaises(self.idp.exceptions.NotAuthorizedException):
            self.idp.get_client_token(**which, Secret="x" * len(app["ClientSecret"]))

    @needs("GetDerivedToken")
    def test_a_users_token_is_exchanged(self):
        pool = self.pool()
        self.resource_server(pool)
        app = self.app(pool)
        self.user(pool, "ada")
        service = self.idp.create_user_pool_client(
            UserPoolId=pool, ClientName="service", GenerateSecret=True,
            ExplicitAuthFlows=["ALLOW_TOKEN_EXCHANGE_IMPERSONATION"],
            AllowedOAuthScopes=["aws.cognito.signin.user.admin"],
        )["UserPoolClient"]
        token = self.sign_in(app, "ada")["AccessToken"]
        which = {
            "ClientId": service["ClientId"], "ClientSecret": service["ClientSecret"],
            "SubjectTokenType": "ACCESS_TOKEN",
        }
        answer = self.idp.get_derived_token(**which, SubjectToken=token)
        self.assertEqual(
            (answer["IssuedTokenType"], answer["TokenType"]), ("ACCESS_TOKEN", "Bearer")
        )
        said, before = claims(answer["IssuedToken"]), claims(token)
        self.assertEqual((said["sub"], said["client_id"]), (before["sub"], service["ClientId"]))
        self.is_valid({"AccessToken": answer["IssuedToken"]})

        answer = self.idp.get_derived_token(**which, SubjectToken=token, Resources=[ORDERS])
        self.assertEqual(claims(answer["IssuedToken"])["aud"], ORDERS)
        with self.fails("NotAuthorizedException", "Invalid Subject Token"):
            self.idp.get_derived_token(**which, SubjectToken=f"{token[:-8]}{token[:8]}")
