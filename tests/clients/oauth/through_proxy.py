#!/usr/bin/env python3
"""A person at an application whose proxy, Apache with mod_auth_openidc, has people sign in at the domain.

Environment: COGNATE_JOURNEY, what the driver says about the server and the proxy; see tests/proxy_journey.py.
"""

import json
import os
import unittest
import urllib.parse

import requests
from login_form import Form, submit

GIVEN = json.loads(os.environ["COGNATE_JOURNEY"])
ADDRESS = GIVEN["address"]
ADA, BOB = GIVEN["ada"], GIVEN["bob"]


class ThroughTheProxy(unittest.TestCase):
    def setUp(self):
        self.visitor = requests.Session()
        self.addCleanup(self.visitor.close)

    def get(self, path="", **settings):
        return self.visitor.get(urllib.parse.urljoin(ADDRESS, path), timeout=30, **settings)

    def at_login_page(self, answer):
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(answer.url.startswith(f"{GIVEN['domain']}/login?"), answer.url)
        Form(answer.text, "password")

    def sign_in(self, user, path=""):
        """What the application behind the proxy got, once its visitor has signed in."""
        page = self.get(path)
        self.at_login_page(page)
        answer = submit(self.visitor, page, username=user["username"], password=user["password"])
        self.assertEqual(answer.status_code, 200, f"{answer.url}: {answer.text}")
        return answer.json()

    def test_the_application_is_told_who_has_signed_in(self):
        got = self.sign_in(ADA, "reports?of=today")
        # Where the visitor wanted to go in the first place.
        self.assertEqual(got["path"], "/reports?of=today")
        headers = got["headers"]
        told = {name.removeprefix("OIDC_CLAIM_"): value for name, value in headers.items()}
        self.assertEqual(told["sub"], ADA["sub"])
        self.assertEqual(told["email"], ADA["email"])
        self.assertEqual(told["name"], ADA["name"])
        self.assertEqual(told["iss"], GIVEN["issuer"])
        self.assertEqual(told["aud"], GIVEN["client"]["clientId"])
        self.assertEqual(told["cognito-username"], ADA["username"])
        self.assertEqual(told["cognito-groups"], "editors")
        # What userInfo says as well: no ID token has this name.
        self.assertEqual(told["username"], ADA["username"])
        # The boolean of the ID token, as the module writes it.
        self.assertEqual(told["email_verified"], "1")
        self.assertIn("OIDC_access_token", headers)

    def test_the_proxy_remembers_its_visitor_and_takes_nobodys_word(self):
        self.sign_in(ADA)
        again = self.get("again", headers={"OIDC_CLAIM_sub": "somebody"})
        self.assertEqual(again.json()["path"], "/again")
        self.assertEqual(again.json()["headers"]["OIDC_CLAIM_sub"], ADA["sub"])

    def test_the_domain_remembers_who_has_signed_in_where_the_proxy_does_not(self):
        self.sign_in(ADA)
        # The proxy's cookies are for all paths, those of the domain for its own.
        for cookie in [cookie for cookie in self.visitor.cookies if cookie.path == "/"]:
            self.visitor.cookies.clear(cookie.domain, cookie.path, cookie.name)
        answer = self.get()
        self.assertEqual(answer.json()["headers"]["OIDC_CLAIM_sub"], ADA["sub"])
        visited = [urllib.parse.urlsplit(one.url).path for one in answer.history]
        domain = urllib.parse.urlsplit(GIVEN["domain"]).path
        self.assertEqual(visited, ["/", f"{domain}/oauth2/authorize", "/callback"])

    def test_a_group_decides_who_may_see_a_page(self):
        self.assertEqual(self.sign_in(ADA, "editors")["path"], "/editors")
        self.visitor.cookies.clear()
        self.sign_in(BOB)
        self.assertEqual(self.get("editors").status_code, 401)

    def test_the_proxy_renews_its_tokens(self):
        before = self.sign_in(ADA)["headers"]["OIDC_access_token"]
        renewal = urllib.parse.urlencode({"refresh": f"{ADDRESS}after", "access_token": before})
        after = self.get(f"callback?{renewal}")
        self.assertEqual(after.json()["path"], "/after")
        self.assertNotEqual(after.json()["headers"]["OIDC_access_token"], before)
        self.assertEqual(after.json()["headers"]["OIDC_CLAIM_sub"], ADA["sub"])

    def test_signing_out_asks_for_the_password_again(self):
        self.sign_in(ADA)
        out = urllib.parse.urlencode({"logout": f"{ADDRESS}bye"})
        bye = self.get(f"callback?{out}")
        self.assertEqual(bye.json()["path"], "/bye")
        visited = [urllib.parse.urlsplit(answer.url).path for answer in bye.history]
        self.assertIn(f"{urllib.parse.urlsplit(GIVEN['domain']).path}/logout", visited)
        self.at_login_page(self.get())

    def test_a_wrong_password_lets_nobody_through(self):
        page = self.get()
        answer = submit(self.visitor, page, username=ADA["username"], password="Wr0ng-Horse!")
        self.assertIn("Incorrect username or password.", answer.text)
        self.at_login_page(self.get())


if __name__ == "__main__":
    unittest.main()
