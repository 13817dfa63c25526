"""A service account with a real RSA key, and the token endpoint that knows it.

Replies as in "Using OAuth 2.0 for Server to Server Applications" (Google Identity documentation): the assertion is a
JWT with iss, scope, aud, iat and exp, signed with RS256; the reply is access_token, expires_in and token_type, or error
and error_description.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SKEW = 300  # seconds that a clock may be wrong


@cache
def private_key() -> rsa.RSAPrivateKey:
    """One for the whole run: making it takes a moment."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


class Account:
    """A service account of `project`, and the tokens that were given to it."""

    def __init__(self, project: str) -> None:
        self.project = project
        self.email = f"reader@{project}.iam.gserviceaccount.com"
        self.exists = True
        self.key_id = "1f0c"
        self.clock_offset = 0  # seconds that the client's clock seems to be wrong
        self.tokens: set[str] = set()
        self.tokens_given = 0

    def key_file(self, **changes: Any) -> str:
        """The JSON file of its key, as the Google Cloud console gives it."""
        return json.dumps(
            {
                "type": "service_account",
                "project_id": self.project,
                "private_key_id": self.key_id,
                "private_key": pem(private_key()),
                "client_email": self.email,
                "client_id": "107",
                "token_uri": "https://oauth2.googleapis.com/token",
                **changes,
            }
        )

    def give_token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Answer a request for a token: the HTTP status and the reply."""
        if form.get("grant_type") != GRANT:
            return 400, {"error": "unsupported_grant_type", "error_description": "Invalid grant_type"}
        signed, _, signature = form.get("assertion", "").rpartition(".")
        try:
            private_key().public_key().verify(_decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return 400, _refusal("Invalid JWT Signature.")
        head, claims = (json.loads(_decoded(part)) for part in signed.split("."))
        now = time.time() + self.clock_offset
        if head["kid"] != self.key_id:
            return 400, _refusal("Invalid JWT Signature.")
        if not self.exists or claims["iss"] != self.email:
            return 400, _refusal("Invalid grant: account not found")
        if not claims["iat"] - SKEW < now < claims["exp"] + SKEW:
            return 400, _refusal(
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your "
                "iat and exp values in the JWT claim."
            )
        assert "https://www.googleapis.com/auth/bigquery" in claims["scope"].split()
        token = secrets.token_urlsafe()
        self.tokens.add(token)
        self.tokens_given += 1
        return 200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}


def _refusal(text: str) -> dict[str, str]:
    return {"error": "invalid_grant", "error_description": text}


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
