"""The questions that Midwatch sends to an identity provider, and what it takes of the answers.

Rules that an answer must follow: "Profiles for the OASIS Security Assertion Markup Language", section 4.1.4.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from apps.common.errors import InvalidInput, MidwatchError
from apps.teams.models import SignInProvider
from apps.teams.signin.saml.metadata import IdentityProvider

LIMIT = 256 * 1024  # characters of an answer; one with hundreds of groups has some fifty thousand
LONGEST_REQUEST = 16_000  # characters of a request to sign out; one has less than a thousand
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
CONFIRMATION = "/saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData"
SECURITY = {
    "requestedAuthnContext": False,  # how people prove themselves there is the company's matter
    "rejectDeprecatedAlgorithm": True,
    "wantAttributeStatement": False,  # the name alone can be a mail address
    "wantNameId": True,
    "allowRepeatAttributeName": True,
    "allowSingleLabelDomains": True,  # such as http://midwatch inside a company
    "metadataValidUntil": "",
    "metadataCacheDuration": "",
}


class AnswerRefused(MidwatchError):
    """An answer that signs nobody in."""


def begin(request: HttpRequest, provider: SignInProvider, idp: IdentityProvider) -> tuple[str, str]:
    """Where to send the browser, and the number of the question, which the answer must name."""
    from onelogin.saml2.auth import OneLogin_Saml2_Auth  # noqa: PLC0415 (an extra)

    auth = OneLogin_Saml2_Auth(
        _heard_at(request, _address(request, "saml_acs", provider)), _config(request, provider, idp)
    )
    return str(auth.login(return_to="")), str(auth.get_last_request_id())


def read(request: HttpRequest, provider: SignInProvider, idp: IdentityProvider, sent: str) -> tuple[Any, str]:
    """The answer (in the library's form), and the number of the question that it answers.

    Raises AnswerRefused unless the provider signed it, for Midwatch, for this address, for now, and as an answer.
    """
    from onelogin.saml2.response import OneLogin_Saml2_Response  # noqa: PLC0415 (an extra)

    if not 0 < len(sent) <= LIMIT:
        raise AnswerRefused("It is empty, or too large.")
    consumer = _address(request, "saml_acs", provider)
    try:
        answer = OneLogin_Saml2_Response(settings_of(request, provider, idp), sent)
        answer.is_valid(_heard_at(request, consumer), raise_exceptions=True)
        question = str(answer.get_in_response_to() or "")
        held = answer._query_assertion(CONFIRMATION)  # of the assertion that is signed
        said = [[each.get(name) for name in ("InResponseTo", "Recipient", "NotOnOrAfter")] for each in held]
        audiences = answer.get_audiences()
    except Exception as error:
        raise AnswerRefused(str(error)) from error
    # The library checks these where they are there. Without them a signed assertion could be used again, elsewhere.
    if not question or not any(number == question and to == consumer and until for number, to, until in said):
        raise AnswerRefused("It does not say which question it answers, for which address, and until when.")
    if not audiences:
        raise AnswerRefused("It does not say whom it is for.")
    return answer, question


def sign_out(request: HttpRequest, provider: SignInProvider, idp: IdentityProvider) -> tuple[str, str]:
    """For a provider's signed request to end a session: whose, and where to send the browser then.

    Raises AnswerRefused for anything else.
    """
    from onelogin.saml2.auth import OneLogin_Saml2_Auth  # noqa: PLC0415 (an extra)
    from onelogin.saml2.logout_request import OneLogin_Saml2_Logout_Request  # noqa: PLC0415

    # It comes packed, so a longer one could unpack to any size.
    sent = request.GET.get("SAMLRequest", "")
    if not sent or len(sent) > LONGEST_REQUEST or "Signature" not in request.GET or not idp.sign_out:
        raise AnswerRefused("It is no signed request to sign out.")
    heard = {**_heard_at(request, _address(request, "saml_sls", provider)), "get_data": request.GET.dict()}
    try:
        auth = OneLogin_Saml2_Auth(heard, _config(request, provider, idp))
        onward = auth.process_slo(keep_local_session=True)
        who = OneLogin_Saml2_Logout_Request.get_nameid(auth.get_last_request_xml())
    except Exception as error:
        raise AnswerRefused(str(error)) from error
    if auth.get_errors():
        raise AnswerRefused(str(auth.get_last_error_reason() or auth.get_errors()))
    return str(who), str(onward)


def own_metadata(request: HttpRequest, provider: SignInProvider) -> bytes:
    """What Midwatch says of itself, for the provider's administrator."""
    from onelogin.saml2.settings import OneLogin_Saml2_Settings  # noqa: PLC0415 (an extra)

    said = OneLogin_Saml2_Settings(_config(request, provider, None), sp_validation_only=True).get_sp_metadata()
    return said if isinstance(said, bytes) else str(said).encode()


def settings_of(request: HttpRequest, provider: SignInProvider, idp: IdentityProvider) -> Any:
    """The library's settings. Raises InvalidInput for what the library cannot work with."""
    from onelogin.saml2.errors import OneLogin_Saml2_Error  # noqa: PLC0415 (an extra)
    from onelogin.saml2.settings import OneLogin_Saml2_Settings  # noqa: PLC0415

    try:
        return OneLogin_Saml2_Settings(_config(request, provider, idp))
    except OneLogin_Saml2_Error as error:
        raise InvalidInput(f"This metadata cannot be used: {error}.", field="metadata") from error


def _config(request: HttpRequest, provider: SignInProvider, idp: IdentityProvider | None) -> dict[str, Any]:
    own = {
        "entityId": _address(request, "saml_metadata", provider),
        "assertionConsumerService": {"url": _address(request, "saml_acs", provider), "binding": POST},
        "singleLogoutService": {"url": _address(request, "saml_sls", provider), "binding": REDIRECT},
    }
    config: dict[str, Any] = {"strict": True, "security": SECURITY, "sp": own}
    if idp:
        config["idp"] = {
            "entityId": idp.entity_id,
            "singleSignOnService": {"url": idp.sign_on, "binding": REDIRECT},
            "x509certMulti": {"signing": list(idp.certificates)},
        }
        if idp.sign_out:
            config["idp"]["singleLogoutService"] = {"url": idp.sign_out, "binding": REDIRECT}
    return config


def _address(request: HttpRequest, name: str, provider: SignInProvider) -> str:
    return request.build_absolute_uri(reverse(name, args=[provider.key]))


def _heard_at(request: HttpRequest, address: str) -> dict[str, Any]:
    """The request in the library's words, as if it had come to `address`."""
    host, _, path = address.partition("://")[2].partition("/")
    return {
        "https": "on" if request.is_secure() else "off",
        "http_host": host,
        "script_name": f"/{path}",
        "get_data": {},
    }
