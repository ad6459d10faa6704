"""Identity providers, and the accounts at them that belong to users."""

import json

from area import Area, claims

OIDC = {
    "client_id": "our-client", "client_secret": "their-secret", "attributes_request_method": "GET",
    "authorize_scopes": "openid email", "oidc_issuer": "https://idp.example.com",
}


class IdentityProviders(Area):
    def create(self, pool, name="Okta", **settings):
        return self.idp.create_identity_provider(
            UserPoolId=pool, ProviderName=name, ProviderType="OIDC", ProviderDetails=OIDC, **settings
        )["IdentityProvider"]

    def test_a_provider_is_made_changed_listed_and_deleted(self):
        pool = self.pool()
        which = {"UserPoolId": pool, "ProviderName": "Okta"}
        made = self.create(
            pool, AttributeMapping={"email": "mail"}, IdpIdentifiers=["example.com"]
        )
        self.assertEqual(made["AttributeMapping"], {"email": "mail"})
        for name, value in OIDC.items():
            self.assertEqual(made["ProviderDetails"][name], value)
        self.assertEqual(self.idp.describe_identity_provider(**which)["IdentityProvider"], made)
        by_identifier = self.idp.get_identity_provider_by_identifier(
            UserPoolId=pool, IdpIdentifier="example.com"
        )
        self.assertEqual(by_identifier["IdentityProvider"], made)

        changed = self.idp.update_identity_provider(
            **which, AttributeMapping={"email": "e", "name": "n"}
        )["IdentityProvider"]
        self.assertEqual(changed["AttributeMapping"], {"email": "e", "name": "n"})
        self.assertEqual(changed["ProviderDetails"], made["ProviderDetails"])
        self.assertEqual(changed["IdpIdentifiers"], ["example.com"])

        self.create(pool, "Keycloak")
        pages = self.idp.get_paginator("list_identity_providers").paginate(
            UserPoolId=pool, PaginationConfig={"PageSize": 1}
        )
        found = [one["ProviderName"] for page in pages for one in page["Providers"]]
        self.assertEqual(found, ["Okta", "Keycloak"])

        app = self.app(pool, SupportedIdentityProviders=["COGNITO", "Okta"])
        described = self.idp.describe_user_pool_client(UserPoolId=pool, ClientId=app)
        self.assertCountEqual(
            described["UserPoolClient"]["SupportedIdentityProviders"], ["COGNITO", "Okta"]
        )
        self.idp.delete_identity_provider(**which)
        with self.fails("ResourceNotFoundException", "Identity provider Okta does not exist."):
            self.idp.describe_identity_provider(**which)

    def test_an_account_is_linked_to_a_user(self):
        pool = self.pool()
        self.create(pool)
        app, whose = self.app(pool), self.user(pool, "ada")
        account = {
            "ProviderName": "Okta", "ProviderAttributeName": "Cognito_Subject",
            "ProviderAttributeValue": "1234",
        }
        self.idp.admin_link_provider_for_user(
            UserPoolId=pool, SourceUser=account,
            DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": "ada"},
        )
        [identity] = json.loads(self.attributes(whose)["identities"])
        self.assertEqual((identity["providerName"], identity["userId"]), ("Okta", "1234"))
        [identity] = claims(self.sign_in(app, "ada")["IdToken"])["identities"]
        self.assertEqual((identity["providerName"], identity["userId"]), ("Okta", "1234"))

        self.idp.admin_disable_provider_for_user(UserPoolId=pool, User=account)
        self.assertNotIn("identities", self.attributes(whose))
        self.assertNotIn("identities", claims(self.sign_in(app, "ada")["IdToken"]))
