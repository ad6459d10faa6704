"""Where login pages are and what they look like: domains, both kinds of branding, terms."""

import urllib.request

from area import Area, members

PICTURE = b"\x89PNG\r\n\x1a\nnot much of a picture"
STYLE = ".banner-customizable { background-color: #fff; }"
LINK = "https://example.com/terms"


class Looks(Area):
    def test_a_domain_is_made_changed_and_deleted(self):
        pool = self.pool()
        answer = self.idp.create_user_pool_domain(Domain="shop-life", UserPoolId=pool)
        self.assertEqual(answer["ManagedLoginVersion"], 1)
        described = self.idp.describe_user_pool_domain(Domain="shop-life")["DomainDescription"]
        self.assertEqual((described["UserPoolId"], described["Status"]), (pool, "ACTIVE"))
        self.assertEqual(described["ManagedLoginVersion"], 1)
        self.assertEqual(
            self.idp.describe_user_pool(UserPoolId=pool)["UserPool"]["Domain"], "shop-life"
        )
        self.idp.update_user_pool_domain(
            Domain="shop-life", UserPoolId=pool, ManagedLoginVersion=2
        )
        described = self.idp.describe_user_pool_domain(Domain="shop-life")["DomainDescription"]
        self.assertEqual(described["ManagedLoginVersion"], 2)
        self.idp.delete_user_pool_domain(Domain="shop-life", UserPoolId=pool)
        gone = self.idp.describe_user_pool_domain(Domain="shop-life")
        self.assertEqual(members(gone), {"DomainDescription": {}})
        self.assertNotIn("Domain", self.idp.describe_user_pool(UserPoolId=pool)["UserPool"])

    def test_classic_pages_have_a_style_and_a_logo(self):
        pool = self.pool()
        app = self.app(pool)
        self.idp.create_user_pool_domain(Domain="shop-style", UserPoolId=pool)
        answer = self.idp.get_ui_customization(UserPoolId=pool)
        self.assertEqual(members(answer), {"UICustomization": {}})
        made = self.idp.set_ui_customization(UserPoolId=pool, CSS=STYLE, ImageFile=PICTURE)
        look = made["UICustomization"]
        self.assertEqual((look["CSS"], look["ClientId"]), (STYLE, "ALL"))
        with urllib.request.urlopen(look["ImageUrl"], timeout=10) as logo:
            self.assertEqual(logo.headers["content-type"], "image/png")
            self.assertEqual(logo.read(), PICTURE)
        inherited = self.idp.get_ui_customization(UserPoolId=pool, ClientId=app)
        self.assertEqual(inherited["UICustomization"], look)

    def test_managed_pages_have_a_branding(self):
        pool = self.pool()
        app = self.app(pool)
        settings = {
            "categories": {"global": {"colorSchemeMode": "DARK"}},
            "components": {"logo": {"width": 12.5, "shown": True, "title": None}},
        }
        asset = {
            "Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": PICTURE,
        }
        made = self.idp.create_managed_login_branding(
            UserPoolId=pool, ClientId=app, Settings=settings, Assets=[asset]
        )["ManagedLoginBranding"]
        self.assertEqual((made["Settings"], made["Assets"]), (settings, [asset]))
        self.assertFalse(made["UseCognitoProvidedValues"])
        which = {"UserPoolId": pool, "ManagedLoginBrandingId": made["ManagedLoginBrandingId"]}

        settings["categories"]["global"]["colorSchemeMode"] = "LIGHT"
        changed = self.idp.update_managed_login_branding(
            **which, Settings=settings, Assets=[{**asset, "ColorMode": "DARK"}]
        )["ManagedLoginBranding"]
        self.assertEqual(changed["Settings"], settings)
        self.assertEqual([one["ColorMode"] for one in changed["Assets"]], ["LIGHT", "DARK"])
        described = self.idp.describe_managed_login_branding(**which)
        self.assertEqual(described["ManagedLoginBranding"], changed)
        merged = self.idp.describe_managed_login_branding_by_client(
            UserPoolId=pool, ClientId=app, ReturnMergedResources=True
        )["ManagedLoginBranding"]
        self.assertEqual(merged["ManagedLoginBrandingId"], made["ManagedLoginBrandingId"])
        self.assertEqual(
            merged["Settings"]["categories"]["global"]["colorSchemeMode"], "LIGHT"
        )
        self.assertGreater(len(merged["Settings"]["components"]), len(settings["components"]))

        self.idp.delete_managed_login_branding(**which)
        with self.fails("ResourceNotFoundException", "Managed login branding does not exist."):
            self.idp.describe_managed_login_branding(**which)

    def test_terms_are_made_changed_listed_and_deleted(self):
        pool = self.pool()
        app = self.app(pool)
        made = self.idp.create_terms(
            UserPoolId=pool, ClientId=app, TermsName="terms-of-use", TermsSource="LINK",
            Enforcement="NONE", Links={"cognito:default": LINK},
        )["Terms"]
        which = {"UserPoolId": pool, "TermsId": made["TermsId"]}
        self.assertEqual(self.idp.describe_terms(**which)["Terms"], made)
        links = {"cognito:default": LINK, "cognito:german": f"{LINK}/de"}
        changed = self.idp.update_terms(**which, Links=links)["Terms"]
        self.assertEqual((changed["Links"], changed["TermsName"]), (links, "terms-of-use"))
        by_client = self.idp.describe_terms_by_client(
            UserPoolId=pool, ClientId=app, TermsName="terms-of-use"
        )
        self.assertEqual(by_client["Terms"], changed)
        entries = self.idp.list_terms(UserPoolId=pool)["Terms"]
        self.assertEqual(
            [(entry["TermsId"], entry["TermsName"]) for entry in entries],
            [(made["TermsId"], "terms-of-use")],
        )
        self.idp.delete_terms(**which)
        self.assertEqual(members(self.idp.list_terms(UserPoolId=pool)), {"Terms": []})
        with self.fails("ResourceNotFoundException", "Terms do not exist."):
            self.idp.describe_terms(**which)
