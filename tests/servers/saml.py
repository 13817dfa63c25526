"""A small SAML identity provider: its metadata, its sign-in page, and answers signed with its own certificate."""

from __future__ import annotations

import base64
import uuid
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from urllib.parse import parse_qs, quote, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID
from lxml import etree
from onelogin.saml2.utils import OneLogin_Saml2_Utils

from apps.common.clock import utc_now
from tests.servers.http import Answer, HttpServer, Request

RESPONSE = """<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_{number}r" Version="2.0" IssueInstant="{now}" Destination="{consumer}" InResponseTo="{question}"><saml:Issuer>{issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><saml:Assertion ID="_{number}a" Version="2.0" IssueInstant="{now}"><saml:Issuer>{issuer}</saml:Issuer><saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">{email}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="{until}" Recipient="{consumer}" InResponseTo="{question}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="{since}" NotOnOrAfter="{until}"><saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="{now}" SessionIndex="_{number}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement><saml:Attribute Name="email"><saml:AttributeValue>{email}</saml:AttributeValue></saml:Attribute><saml:Attribute Name="displayName"><saml:AttributeValue>Anna Berg</saml:AttributeValue></saml:Attribute>{groups}</saml:AttributeStatement></saml:Assertion></samlp:Response>"""  # noqa: E501 (white space would stand in what is signed)
GROUPS = '<saml:Attribute Name="groups">{}</saml:Attribute>'
METADATA = """<?xml version="1.0"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{issuer}">
  <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    {certificates}
    <md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{origin}/out"/>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{origin}/sso"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>"""
CERTIFICATE = (
    '<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>'
    "<ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
)
LOGOUT = """<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_{number}" Version="2.0" IssueInstant="{now}" Destination="{to}"><saml:Issuer>{issuer}</saml:Issuer><saml:NameID>{email}</saml:NameID></samlp:LogoutRequest>"""  # noqa: E501
SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
Bend = Callable[[str], str]


class Signer:
    """A key with its own certificate, made anew."""

    def __init__(self, *, days: int = 1) -> None:
        key, now = rsa.generate_private_key(public_exponent=65537, key_size=2048), utc_now()
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A provider of a test")])
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=30))
            .not_valid_after(now + timedelta(days=days))
            .sign(key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        kept = serialization.PrivateFormat.PKCS8
        self.key = key.private_bytes(pem, kept, serialization.NoEncryption()).decode()
        self.pem = made.public_bytes(pem).decode()
        self.der = base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()

    def sign(self, xml: str) -> str:
        """Sign the whole document, by the element at its root."""
        signed = OneLogin_Saml2_Utils.add_sign(xml, self.key, self.pem)
        return signed.decode() if isinstance(signed, bytes) else str(signed)

    def sign_assertion(self, xml: str) -> str:
        """Sign the assertion alone, as most providers do."""
        response = etree.fromstring(xml.encode())
        assertion = response.find("{urn:oasis:names:tc:SAML:2.0:assertion}Assertion")
        signed = etree.fromstring(self.sign(etree.tostring(assertion).decode()).encode())
        response.replace(assertion, signed)
        return str(etree.tostring(response).decode())


@dataclass
class Question:
    """What Midwatch asked: by which number, to be answered where, and under which name."""

    number: str
    consumer: str
    audience: str
    relay: str = ""


def question_in(address: str) -> Question:
    """Read the question that Midwatch sent the browser with."""
    held = parse_qs(urlsplit(address).query)
    asked = etree.fromstring(zlib.decompress(base64.b64decode(held["SAMLRequest"][0]), -15))
    issuer = asked.findtext("{urn:oasis:names:tc:SAML:2.0:assertion}Issuer")
    relay = held.get("RelayState", [""])[0]
    return Question(asked.get("ID"), asked.get("AssertionConsumerServiceURL"), issuer, relay)


class IdentityProvider(HttpServer):
    """Call `start` and `stop`. It believes what its sign-in page is told."""

    def __init__(self) -> None:
        super().__init__()
        self.signer = Signer()
        self.certificates = [self.signer.der]
        self.issuer = f"{self.origin}/metadata"
        self._asked: dict[str, Question] = {}

    @property
    def metadata(self) -> str:
        certificates = "".join(CERTIFICATE.format(each) for each in self.certificates)
        return METADATA.format(issuer=self.issuer, origin=self.origin, certificates=certificates)

    def answer(
        self, question: Question, email: str, *groups: str, before: Bend = str, after: Bend = str, whole: bool = False
    ) -> str:
        """The answer that says who came. `before` and `after` signing it can be bent."""
        now = utc_now()
        values = "".join(f"<saml:AttributeValue>{escape(group)}</saml:AttributeValue>" for group in groups)
        xml = RESPONSE.format(
            number=uuid.uuid4().hex,
            now=_time(now),
            since=_time(now - timedelta(minutes=5)),
            until=_time(now + timedelta(minutes=5)),
            question=question.number,
            consumer=question.consumer,
            audience=question.audience,
            issuer=self.issuer,
            email=escape(email),
            groups=GROUPS.format(values) if groups else "",
        )
        bent = before(xml)
        signed = self.signer.sign(bent) if whole else self.signer.sign_assertion(bent)
        return base64.b64encode(after(signed).encode()).decode()

    def sign_out(self, to: str, email: str, *, signer: Signer | None = None) -> str:
        """The address that the provider sends a browser to, to end the session of `email`."""
        xml = LOGOUT.format(number=uuid.uuid4().hex, now=_time(utc_now()), to=to, issuer=self.issuer, email=email)
        packed = base64.b64encode(zlib.compress(xml.encode(), 9)[2:-4]).decode()
        query = f"SAMLRequest={quote(packed, safe='')}&SigAlg={quote(SHA256, safe='')}"
        key = load_pem_private_key((signer or self.signer).key.encode(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        signature = key.sign(query.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{to}?{query}&Signature={quote(base64.b64encode(signature).decode(), safe='')}"

    def usual(self, request: Request) -> Answer:
        path = urlsplit(request.path).path
        if path == "/metadata":
            return Answer(body=self.metadata.encode(), headers={"Content-Type": "application/samlmetadata+xml"})
        if path == "/sso":
            asked = question_in(request.path)
            self._asked[asked.number] = asked
            return _page(
                f'<form method="post" action="/come"><input type="hidden" name="number" value="{asked.number}">'
                '<label>Who <input name="email"></label><label>Groups <input name="groups"></label>'
                "<button>Sign in</button></form>"
            )
        if path == "/come":
            given = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
            asked = self._asked[given["number"]]
            sent = self.answer(asked, given["email"], *given.get("groups", "").split())
            return _page(
                f'<form method="post" action="{escape(asked.consumer)}"><input type="hidden" name="SAMLResponse" '
                f'value="{sent}"><button>Go on to Midwatch</button></form>'
            )
        return _page("You are signed out.")


def _page(body: str) -> Answer:
    html = f"<!doctype html><title>The company</title>{body}"
    return Answer(body=html.encode(), headers={"Content-Type": "text/html"})


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
