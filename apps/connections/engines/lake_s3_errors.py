"""What S3 answers when it refuses, and what is wrong on the way to it, as our own errors.

The codes are those of the page "Error responses" of Amazon's S3 API reference; storages that speak its language use
them too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
    SSLError,
)
from fsspec.exceptions import FSTimeoutError

from apps.connections.engines import errors

ERROR_NUMBER = re.compile(r"\[Errno -?\d+\] ")
DENIED = (
    "This login may not list the bucket {bucket} and read its files. Allow it s3:ListBucket on the bucket and "
    "s3:GetObject on its files."
)
# A code of S3, the error it means, and what to do.
CODES: dict[str, tuple[type[errors.ConnectionFailed], str]] = {
    "NoSuchBucket": (errors.DatabaseMissing, "There is no bucket {bucket} at {where}. Check its name."),
    "InvalidBucketName": (errors.DatabaseMissing, "{bucket} is no name of a bucket. Write s3://bucket/folder."),
    "InvalidAccessKeyId": (
        errors.LoginRefused,
        "{where} does not know this access key id. Check it, and that the key was not deleted.",
    ),
    "SignatureDoesNotMatch": (
        errors.LoginRefused,
        "The secret access key does not belong to this access key id. Enter both again.",
    ),
    "ExpiredToken": (errors.LoginRefused, "The key that Midwatch was given has expired. Enter a new one."),
    "InvalidToken": (errors.LoginRefused, "{where} does not accept this key. Enter a new one."),
    "AccessDenied": (errors.LoginRefused, DENIED),
    "403": (errors.LoginRefused, DENIED),
    "AllAccessDisabled": (errors.LoginRefused, "{where} has closed the bucket {bucket} to everybody."),
    "RequestTimeTooSkewed": (
        errors.ConnectionFailed,
        "The clock of the machine that runs Midwatch is wrong, so {where} refuses its signatures. Set the clock.",
    ),
    "AuthorizationHeaderMalformed": (
        errors.ConnectionFailed,
        "The region is wrong for the bucket {bucket}: {said}. Correct the region.",
    ),
    "PermanentRedirect": (
        errors.ConnectionFailed,
        "The bucket {bucket} is in another region or at another endpoint: {said}. Correct the region or the endpoint.",
    ),
    "IllegalLocationConstraintException": (
        errors.ConnectionFailed,
        "The bucket {bucket} is in another region: {said}. Correct the region.",
    ),
    "SlowDown": (errors.NoAnswer, "{where} asks for fewer requests. Midwatch tries again by itself."),
    "ServiceUnavailable": (errors.NoAnswer, "{where} is not available now. Midwatch tries again by itself."),
    "InternalError": (errors.NoAnswer, "{where} has trouble of its own. Midwatch tries again by itself."),
}
# A class of error on the way to the storage, the error it means, and what to do. The first that fits counts.
ON_THE_WAY: tuple[tuple[type[Exception], type[errors.ConnectionFailed], str], ...] = (
    (
        NoCredentialsError,
        errors.LoginRefused,
        "The machine that runs Midwatch has no key for Amazon S3 of its own. Enter an access key id and its secret.",
    ),
    (
        SSLError,
        errors.TlsFailed,
        "{where} and Midwatch do not agree on TLS: {said}. Check https or http, and the port.",
    ),
    (
        ConnectTimeoutError,
        errors.NoAnswer,
        "{where} did not answer in time. Check the network between, and the endpoint.",
    ),
    (ReadTimeoutError, errors.NoAnswer, "{where} did not answer within {seconds:g} s. Midwatch tries again by itself."),
    (FSTimeoutError, errors.NoAnswer, "{where} did not answer within {seconds:g} s. Midwatch tries again by itself."),
    (
        EndpointConnectionError,
        errors.PortRefused,
        "{where} cannot be reached: {said}. Check the endpoint and its port, and the network between.",
    ),
    (BotoCoreError, errors.ConnectionFailed, "{where} cannot be used: {said}. Check the endpoint and the region."),
)


def opening(error: Exception, *, bucket: str, endpoint: str, seconds: float) -> errors.ConnectionFailed:
    """Why the storage cannot be read."""
    where = endpoint or "Amazon S3"
    words: dict[str, Any] = {"bucket": bucket, "where": where, "seconds": seconds}
    chain = list(_causes(error))
    code, said = next(filter(None, map(_answer, chain)), ("", ""))
    if code in CODES:
        kind, sentence = CODES[code]
        return kind(sentence.format(**words, said=said))
    if code:
        return errors.ConnectionFailed(f"{where} refused: {said} ({code}).")
    said = _trimmed(str(chain[-1]))
    for known, kind, sentence in ON_THE_WAY:
        if any(isinstance(cause, known) for cause in chain):
            return kind(sentence.format(**words, said=said))
    return errors.ConnectionFailed(f"{where} cannot be read: {said}.")


def _answer(error: BaseException) -> tuple[str, str] | None:
    """The code and the message of an answer of S3's."""
    told = (getattr(error, "response", None) or {}).get("Error", {})
    return (told["Code"], _trimmed(told.get("Message", ""))) if told.get("Code") else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from, the last of which says most."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        inner = getattr(found, "kwargs", {}).get("error") if isinstance(found, BotoCoreError) else None
        found = found.__cause__ or (inner if isinstance(inner, BaseException) else None) or found.__context__


def _trimmed(text: str) -> str:
    return " ".join(ERROR_NUMBER.sub("", text).split()).rstrip(".!") or "no reason given"
