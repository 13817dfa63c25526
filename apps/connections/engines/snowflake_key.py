"""The private key of a Snowflake user, as a person pastes it: PKCS#8 in PEM, with or without a passphrase."""

from __future__ import annotations

import re
import textwrap

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

PEM = re.compile(r"-----BEGIN (?P<kind>[A-Z0-9 ]+)-----(?P<body>.*?)-----END (?P=kind)-----", re.DOTALL)
KINDS = ("PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY")
BITS = 2048  # at least
SEALED = "ENCRYPTED PRIVATE KEY"


def pem_of(text: str) -> tuple[str, str]:
    """The kind of a pasted key, and its text with the line breaks that a field of one line drops.

    Raises ValueError that says what is wrong, without the key.
    """
    match = PEM.search(text.replace("\\n", "\n"))
    if match is None:
        raise ValueError("this is no key file; paste all of it, from -----BEGIN to -----END PRIVATE KEY-----")
    kind, body = match["kind"], "".join(match["body"].split())
    if kind not in KINDS:
        raise ValueError(f"this is {kind.lower()!r}; the private key is needed, in the form PKCS#8, PEM")
    return kind, "\n".join([f"-----BEGIN {kind}-----", *textwrap.wrap(body, 64), f"-----END {kind}-----", ""])


def opened(text: str, passphrase: str) -> str:
    """The key as PKCS#8 without a passphrase. A passphrase that is not needed is ignored. Raises ValueError."""
    kind, pem = pem_of(text)
    if kind == SEALED and not passphrase:
        raise ValueError("the private key is encrypted; enter its passphrase")
    try:
        key = load_pem_private_key(pem.encode(), passphrase.encode() if kind == SEALED else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # their words would not help, and may quote the key
        wrong = "the passphrase does not open the private key, or the key is damaged"
        raise ValueError(wrong if kind == SEALED else "the private key is damaged; paste the whole file") from None
    small = isinstance(key, rsa.RSAPrivateKey) and key.key_size < BITS
    if small or not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ValueError(f"Snowflake takes no key of this kind; make an RSA key of {BITS} bits")
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
