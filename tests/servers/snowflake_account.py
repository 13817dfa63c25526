"""An account of the double of Snowflake: its user with a password or a key, roles, warehouses, and sessions.

Key pairs as on the pages "Key-pair authentication and key-pair rotation" and "Authenticating to the server" (SQL API
developer guide): a JWT signed with RS256, whose issuer is ACCOUNT.USER.SHA256:fingerprint of the public key and whose
subject is ACCOUNT.USER. What is refused has the words and numbers that Snowflake's users report.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.servers.snowflake_errors import Refused, expired, gone

SKEW = 60  # seconds that a clock may be wrong
HINT = "Contact your local system administrator, or attempt to login with another role, e.g. PUBLIC."


@cache
def private_key() -> rsa.RSAPrivateKey:
    """One for the whole run: making it takes a moment."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey, passphrase: str = "") -> str:
    """The key in PKCS#8, as the commands in Snowflake's documentation make it."""
    sealing: KeySerializationEncryption = NoEncryption()
    if passphrase:
        sealing = BestAvailableEncryption(passphrase.encode())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealing).decode()


def stored(name: str) -> str:
    """A name as Snowflake keeps it: in upper case, unless it stands in double quotes."""
    quoted = len(name) > 1 and name[0] == name[-1] == '"'
    return name[1:-1].replace('""', '"') if quoted else name.upper()


@dataclass
class Session:
    """What a login gave. Both tokens are made anew when the session is renewed."""

    database: str
    schema: str
    role: str
    warehouse: str
    parameters: dict[str, Any]
    token: str = field(default_factory=secrets.token_hex)
    master: str = field(default_factory=secrets.token_hex)


class Account:
    """One user of the account. Everything may be changed by a test."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.user, self.password = "READER", "open sesame"
        self.public_key: rsa.RSAPublicKey | None = private_key().public_key()
        self.locked = self.disabled = self.second_factor = False
        self.blocked_address = ""
        self.roles = ["READER_ROLE"]
        self.warehouses: dict[str, str] = {"WATCH_WH": ""}  # with the reason why it cannot run, where there is one
        self.default_warehouse = "WATCH_WH"
        self.clock_offset = 0  # seconds that the client's clock seems to be wrong
        self.renewable = True
        self.sessions: list[Session] = []
        self.expired: set[str] = set()  # tokens that have to be renewed

    def check_user(self, data: Mapping[str, Any]) -> None:
        """Who logs in has to be the user, and to prove it. Raises Refused."""
        if self.blocked_address:
            raise Refused("390422", f"Incoming request with IP/Token {self.blocked_address} is not allowed to access "
                          "Snowflake. Contact your account administrator.")  # fmt: skip
        if self.locked:
            raise Refused("390102", "Your user account has been temporarily locked due to too many failed attempts. "
                          "Try again after 15 minutes or contact your account administrator.")  # fmt: skip
        if data.get("AUTHENTICATOR") == "SNOWFLAKE_JWT":
            self._check_token(str(data["LOGIN_NAME"]), str(data["TOKEN"]))
        elif (str(data["LOGIN_NAME"]).upper(), data["PASSWORD"]) != (self.user, self.password):
            raise Refused("390100", "Incorrect username or password was specified.")
        elif self.second_factor:
            raise Refused(
                "390197", "Multi-factor authentication is required for this account. Log in to Snowsight to enroll."
            )
        if self.disabled:
            raise Refused("390101", "User access disabled. Contact your local system administrator.")

    def choose_role(self, wanted: str) -> str:
        role = stored(wanted) if wanted else self.roles[0]
        if role not in self.roles:
            raise Refused(
                "390189", f"Role '{wanted}' specified in the connect string does not exist or not authorized. {HINT}"
            )
        return role

    def choose_warehouse(self, wanted: str) -> str:
        warehouse = stored(wanted) if wanted else self.default_warehouse
        if wanted and warehouse not in self.warehouses:
            raise Refused("390201", "The requested warehouse does not exist or not authorized.")
        return warehouse

    def session_of(self, token: str) -> Session:
        """Raises Refused where the token is of no session, or has to be renewed."""
        session = next((session for session in self.sessions if session.token == token), None)
        if session is None:
            raise gone()
        if token in self.expired:
            raise expired()
        return session

    def renew(self, master: str) -> Session:
        """New tokens for the session of a master token. Raises Refused."""
        session = next((session for session in self.sessions if session.master == master), None)
        if session is None or not self.renewable:
            raise Refused("390114", "Authentication token has expired.  The user must authenticate again.")
        session.token, session.master = secrets.token_hex(), secrets.token_hex()
        return session

    def _check_token(self, login: str, token: str) -> None:
        signed, _, signature = token.rpartition(".")
        head, claims = (json.loads(_decoded(part)) for part in signed.split("."))
        now = time.time() + self.clock_offset
        try:
            assert self.public_key is not None
            assert head["alg"] == "RS256"
            self.public_key.verify(_decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
            subject = f"{self.name.upper()}.{self.user}"
            assert login.upper() == self.user
            assert claims["sub"] == subject
            assert claims["iss"] == f"{subject}.SHA256:{_fingerprint(self.public_key)}"
            assert claims["iat"] - SKEW < now < claims["exp"] + SKEW
        except (AssertionError, InvalidSignature):
            raise Refused("390144", "JWT token is invalid. [0ce9eb56-821d-4ca9-a774-04ae89a0cf5a]") from None


def _fingerprint(key: rsa.RSAPublicKey) -> str:
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
