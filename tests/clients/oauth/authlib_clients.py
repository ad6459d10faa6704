#!/usr/bin/env python3
"""Authlib, over requests and over httpx, as a web application and a machine have it.

Environment: COGNATE_JOURNEY, what the driver says about the server; see tests/journeys.
"""

import base64
import hashlib
import json
import os
import unittest
import urllib.parse

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6749.errors import MismatchingStateException
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidClaimError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from login_form import sign_in

GIVEN = json.loads(os.environ["COGNATE_JOURNEY"])
ADA = GIVEN["ada"]
ISSUER = GIVEN["issuer"]
METADATA = requests.get(f"{ISSUER}/.well-known/openid-configuration", timeout=30).json()
SCOPE = "openid email profile"


def half_of_hash(token):
    digest = hashlib.sha256(token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def payload(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class WebApplication:
    """What both ways to send requests have in common; the classes below say which one it is."""

    def session(self, client, method="client_secret_basic", secret=None):
        client = GIVEN[client]
        secret = secret or client["clientSecret"]
        session = self.library(
            client["clientId"], secret,
            token_endpoint_auth_method=method if secret else "none",
            revocation_endpoint_auth_method=method if secret else "none",
            redirect_uri=GIVEN["callback"], code_challenge_method="S256", **self.patience,
        )
        self.addCleanup(session.close)
        return session

    def begin(self, session, scope=SCOPE):
        """Signs in at the domain; what the application is sent, and what it has remembered."""
        verifier, nonce = generate_token(48), generate_token()
        address, state = session.create_authorization_url(
            METADATA["authorization_endpoint"], code_verifier=verifier, nonce=nonce, scope=scope,
        )
        back = sign_in(address, ADA["username"], ADA["password"])
        return back, state, verifier, nonce

    def exchange(self, session, back, state, verifier):
        return session.fetch_token(
            METADATA["token_endpoint"], authorization_response=back, state=state, code_verifier=verifier,
        )

    def id_token(self, session, tokens, nonce):
        """The claims, after every check that Authlib has, as its integrations make them."""
        keys = KeySet.import_key_set(requests.get(METADATA["jwks_uri"], timeout=30).json())
        registry = JWSRegistry(
            algorithms=METADATA["id_token_signing_alg_values_supported"], strict_check_header=False,
        )
        token = jwt.decode(tokens["id_token"], key=keys, registry=registry)
        options = {"iss": {"values": [ISSUER]}, "aud": {"values": [session.client_id]}}
        expected = {
            "nonce": nonce, "client_id": session.client_id, "access_token": tokens["access_token"],
        }
        claims = CodeIDToken(token.claims, token.header, options, expected)
        claims.validate(leeway=0)
        return claims

    def refuses(self, error, work):
        with self.assertRaises(OAuthError) as refused:
            work()
        self.assertEqual(refused.exception.error, error)

    def signs_in(self, client, method, scope=SCOPE):
        session = self.session(client, method)
        back, state, verifier, nonce = self.begin(session, scope)
        tokens = self.exchange(session, back, state, verifier)
        return session, tokens, self.id_token(session, tokens, nonce)

    def test_code_with_pkce(self):
        for client, method in (
            ("public", "none"), ("confidential", "client_secret_basic"), ("confidential", "client_secret_post"),
        ):
            with self.subTest(client=client, method=method):
                session, tokens, claims = self.signs_in(client, method)
                self.assertEqual(claims["sub"], ADA["sub"])
                self.assertEqual(claims["email"], ADA["email"])
                self.assertIs(claims["email_verified"], True)
                self.assertEqual(claims["name"], ADA["name"])
                self.assertEqual(claims["at_hash"], half_of_hash(tokens["access_token"]))
                self.assertEqual(claims["cognito:groups"], ["editors"])
                self.assertEqual((tokens["token_type"], tokens["expires_in"]), ("Bearer", 3600))
                self.assertEqual(payload(tokens["access_token"])["scope"], SCOPE)
                info = session.get(METADATA["userinfo_endpoint"]).json()
                self.assertEqual(info, {
                    "sub": ADA["sub"], "email": ADA["email"], "email_verified": "true", "name": ADA["name"],
                    "username": ADA["username"],
                })

    def test_another_nonce_is_noticed(self):
        session = self.session("public")
        back, state, verifier, _ = self.begin(session)
        tokens = self.exchange(session, back, state, verifier)
        with self.assertRaises(InvalidClaimError):
            self.id_token(session, tokens, "another")

    def test_another_state_is_noticed(self):
        session = self.session("public")
        back, _, verifier, _ = self.begin(session)
        with self.assertRaises(MismatchingStateException):
            self.exchange(session, back, "another", verifier)

    def test_refresh_and_revoke(self):
        for client, method in (
            ("public", "none"), ("confidential", "client_secret_basic"), ("confidential", "client_secret_post"),
        ):
            with self.subTest(client=client, method=method):
                session, tokens, claims = self.signs_in(client, method)
                kept = tokens["refresh_token"]
                renewed = session.refresh_token(METADATA["token_endpoint"], refresh_token=kept)
                self.assertNotEqual(renewed["access_token"], tokens["access_token"])
                # The library keeps the refresh token, since none came.
                self.assertEqual(renewed["refresh_token"], kept)
                again = payload(renewed["id_token"])
                self.assertEqual(
                    (again["sub"], again["auth_time"]), (claims["sub"], claims["auth_time"]),
                )
                info = session.get(METADATA["userinfo_endpoint"])
                self.assertEqual(info.json()["sub"], ADA["sub"])
                revoked = session.revoke_token(
                    METADATA["revocation_endpoint"], token=kept, token_type_hint="refresh_token",
                )
                self.assertEqual((revoked.status_code, revoked.content), (200, b""))
                self.refuses("invalid_grant", lambda: session.refresh_token(
                    METADATA["token_endpoint"], refresh_token=kept,
                ))
                self.assertEqual(session.get(METADATA["userinfo_endpoint"]).status_code, 401)

    def test_client_credentials(self):
        session = self.session("machine")
        token = session.fetch_token(
            METADATA["token_endpoint"], grant_type="client_credentials", scope="orders/read",
        )
        claims = payload(token["access_token"])
        self.assertEqual(claims["scope"], "orders/read")
        self.assertEqual(claims["sub"], GIVEN["machine"]["clientId"])
        self.assertNotIn("refresh_token", token)
        self.assertNotIn("id_token", token)
        # No scope named means all of them.
        token = session.fetch_token(METADATA["token_endpoint"], grant_type="client_credentials")
        self.assertEqual(
            sorted(payload(token["access_token"])["scope"].split()), ["orders/read", "orders/write"],
        )

    def test_a_wrong_verifier(self):
        session = self.session("public")
        back, state, verifier, _ = self.begin(session)
        # AWS's answers to the first try and to the second (behaviour of the domain, 3.4).
        self.refuses("invalid_request", lambda: self.exchange(session, back, state, generate_token(48)))
        self.refuses("invalid_grant", lambda: self.exchange(session, back, state, verifier))

    def test_a_wrong_secret(self):
        session = self.session("confidential", secret="not-the-secret")
        back, state, verifier, _ = self.begin(session)
        self.refuses("invalid_client", lambda: self.exchange(session, back, state, verifier))

    def test_a_code_twice(self):
        session = self.session("public")
        back, state, verifier, _ = self.begin(session)
        tokens = self.exchange(session, back, state, verifier)
        self.refuses("invalid_grant", lambda: self.exchange(session, back, state, verifier))
        self.refuses("invalid_grant", lambda: session.refresh_token(
            METADATA["token_endpoint"], refresh_token=tokens["refresh_token"],
        ))

    def test_an_address_that_is_not_registered(self):
        session = self.session("public")
        address, _ = session.create_authorization_url(
            METADATA["authorization_endpoint"], redirect_uri="https://elsewhere.example/",
        )
        page = requests.get(address, timeout=30)
        self.assertEqual(
            urllib.parse.urlsplit(page.url)[1:3],
            (urllib.parse.urlsplit(GIVEN["domain"]).netloc, f"{urllib.parse.urlsplit(GIVEN['domain']).path}/error"),
        )
        self.assertIn("redirect_mismatch", page.text)


class OverRequests(WebApplication, unittest.TestCase):
    library, patience = OAuth2Session, {"default_timeout": 30}


class OverHttpx(WebApplication, unittest.TestCase):
    library, patience = OAuth2Client, {"timeout": 30}


if __name__ == "__main__":
    unittest.main()
