"""A passkey in software: it keeps one key pair and signs what a browser would have it sign."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

ORIGIN, RP_ID = "http://testserver", "testserver"
PRESENT, VERIFIED, ATTESTED = (
    AuthenticatorData.FLAG.UP,
    AuthenticatorData.FLAG.UV,
    AuthenticatorData.FLAG.AT,
)
ADD = "/account/second-step/webauthn/add/"
SIGN_IN = "/account/second-step/webauthn/login/"


class SoftPasskey:
    """`verifies` is whether it makes sure of its owner, by a finger or a PIN."""

    def __init__(self, *, verifies: bool = True) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.id = hashlib.sha256(str(id(self)).encode()).digest()
        self.user_handle = ""
        self._flags = PRESENT | VERIFIED if verifies else PRESENT

    def made_for(self, options: dict[str, Any]) -> dict[str, Any]:
        """What a browser sends of a new passkey."""
        public = options["publicKey"]
        self.user_handle = public["user"]["id"]
        attested = AttestedCredentialData.create(
            Aaguid.NONE, self.id, ES256.from_cryptography_key(self._key.public_key())
        )
        data = AuthenticatorData.create(_rp_hash(), self._flags | ATTESTED, 0, attested)
        response = {
            "clientDataJSON": websafe_encode(_client_data("webauthn.create", public["challenge"])),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
            "transports": ["internal"],
        }
        return self._credential(response, {"credProps": {"rk": True}})

    def signed(self, options: dict[str, Any]) -> dict[str, Any]:
        """What a browser sends to show that the passkey is there."""
        client_data = _client_data("webauthn.get", options["publicKey"]["challenge"])
        data = AuthenticatorData.create(_rp_hash(), self._flags, 0)
        signature = self._key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": websafe_encode(client_data),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
            "userHandle": self.user_handle,
        }
        return self._credential(response, {})

    def _credential(self, response: dict[str, Any], results: dict[str, Any]) -> dict[str, Any]:
        own_id = websafe_encode(self.id)
        return {
            "id": own_id,
            "rawId": own_id,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": results,
        }

    # -- In a browser ---------------------------------------------------------------------------------------

    def enrol(self, client: Client, *, name: str = "Phone", alone: bool = True) -> Any:
        """Add it to the account that is signed in."""
        options = client.get(ADD).context["js_data"]["creation_options"]
        form = {"name": name, "credential": json.dumps(self.made_for(_plain(options)))}
        return client.post(ADD, {**form, **({"passwordless": "on"} if alone else {})})

    def sign_in(self, client: Client, **more: str) -> Any:
        """Sign in with it alone."""
        options = client.get(SIGN_IN, headers={"Accept": "application/json"}).json()["request_options"]
        return client.post(SIGN_IN, {"credential": json.dumps(self.signed(options)), **more})

    def show(self, client: Client, path: str) -> Any:
        """Use it on a page that asks for a second step."""
        options = client.get(path).context["js_data"]["request_options"]
        return client.post(path, {"credential": json.dumps(self.signed(_plain(options)))})


def _plain(options: Any) -> dict[str, Any]:
    """As the browser gets them."""
    plain: dict[str, Any] = json.loads(json.dumps(options, default=dict))
    return plain


def _rp_hash() -> bytes:
    return hashlib.sha256(RP_ID.encode()).digest()


def _client_data(kind: str, challenge: str) -> bytes:
    return json.dumps({"type": kind, "challenge": challenge, "origin": ORIGIN}).encode()
