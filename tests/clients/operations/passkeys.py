"""An authenticator in software and the browser around it, which make passkeys and sign with them.

Written with the data structures of Yubico's fido2, so that nothing here knows how they are encoded.
"""

import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import sha256, websafe_encode
from fido2.webauthn import (
    Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData,
)

FLAG = AuthenticatorData.FLAG


class Passkey:
    """A passkey on the page of an origin, made as the options of a registration say."""

    def __init__(self, options, origin):
        self.origin = origin
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(20)
        self.user_handle = options["user"]["id"]
        self.uses = 0
        self.registration = self.register(options)

    def register(self, options):
        """What navigator.credentials.create answers, as JSON."""
        client_data = CollectedClientData.create("webauthn.create", options["challenge"], self.origin)
        public_key = ES256.from_cryptography_key(self.key.public_key())
        credential = AttestedCredentialData.create(Aaguid.NONE, self.id, public_key)
        data = self.authenticator_data(options["rp"]["id"], FLAG.AT, credential)
        return self.credential({
            "clientDataJSON": client_data.b64,
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
            "transports": ["internal"],
        })

    def sign(self, options):
        """What navigator.credentials.get answers, as JSON."""
        client_data = CollectedClientData.create("webauthn.get", options["challenge"], self.origin)
        self.uses += 1
        data = self.authenticator_data(options["rpId"])
        signature = self.key.sign(data + client_data.hash, ec.ECDSA(hashes.SHA256()))
        return self.credential({
            "clientDataJSON": client_data.b64,
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
            "userHandle": self.user_handle,
        })

    def authenticator_data(self, relying_party, flags=FLAG(0), credential=b""):
        flags |= FLAG.UP | FLAG.UV
        return AuthenticatorData.create(
            sha256(relying_party.encode()), flags, self.uses, credential
        )

    def credential(self, response):
        identity = websafe_encode(self.id)
        return {
            "id": identity, "rawId": identity, "type": "public-key",
            "authenticatorAttachment": "platform", "clientExtensionResults": {},
            "response": response,
        }

