"""Google's errors as our own, each with a sentence that says what to do.

BigQuery gives a reason with each error, and Google promises that those stay. What is wrong in detail stands in the
message alone: hence the patterns, and at their end a sentence that quotes it.
"""

from __future__ import annotations

import concurrent.futures
import re
from collections.abc import Mapping
from typing import NamedTuple

import requests
from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.auth.exceptions import DefaultCredentialsError, RefreshError

from apps.connections.engines import errors


class Case(NamedTuple):
    """`pattern` is searched in "reason: message"; the sentence may quote its groups, and {text}."""

    pattern: str
    error: type[errors.EngineError]
    sentence: str


TOKEN = (
    Case(
        "Invalid JWT Signature",
        errors.LoginRefused,
        "Google does not know the key of {account}: it was deleted, switched off, or has expired. Make a new key and "
        "paste it.",
    ),
    Case(
        "account not found",
        errors.LoginRefused,
        "There is no service account {account}. It was deleted, or the key is of another one: make a new key.",
    ),
    Case(
        "short-lived token|reasonable timeframe|iat and exp",
        errors.LoginRefused,
        "Google refuses the login because the clock of the machine that runs Midwatch is wrong. Set it, best by NTP.",
    ),
    Case("temporarily_unavailable|internal_failure|server_error", errors.Busy,
         "Google's login is not available for the moment. Midwatch tries again by itself."),
    Case("", errors.LoginRefused, "Google refused the login of {account}: {text}. Make a new key and paste it."),
)  # fmt: skip

NETWORK = (
    Case(
        "certificate|SSL",
        errors.TlsFailed,
        "The certificate of Google's servers cannot be trusted: {text}. If a proxy opens TLS here, name its "
        "authority in REQUESTS_CA_BUNDLE.",
    ),
    Case(
        "Name or service not known|NameResolutionError|Temporary failure in name resolution|nodename nor servname",
        errors.UnknownHost,
        "Google's servers cannot be found. Check that the machine that runs Midwatch can resolve "
        "bigquery.googleapis.com.",
    ),
    Case(
        "Connection refused",
        errors.PortRefused,
        "Google's servers cannot be reached: the connection was refused. Check the proxy and the firewall.",
    ),
    Case(
        "",
        errors.NoAnswer,
        "Google's servers gave no answer. Check that bigquery.googleapis.com and oauth2.googleapis.com can be reached.",
    ),
)

API = (
    Case(
        "accessNotConfigured|SERVICE_DISABLED|has not enabled BigQuery|has not been used in project",
        errors.ConnectionFailed,
        "The BigQuery API is switched off in project {project}, or the project's id is wrong. Check the id, or run: "
        "gcloud services enable bigquery.googleapis.com --project={project}",
    ),
    Case("billingNotEnabled", errors.ConnectionFailed,
         "Project {project} has no billing account, which BigQuery needs. Link one in the Google Cloud console."),
    Case("rateLimitExceeded|tooManyRequests", errors.Busy,
         "BigQuery takes no more requests from project {project} for the moment. Midwatch tries again by itself."),
    Case("quotaExceeded", errors.QueryFailed,
         "A quota of project {project} is used up: {text}. Raise it in the Google Cloud console, or wait until it "
         "begins anew."),
    Case("backendError|internalError|badGateway", errors.Busy,
         "BigQuery is not available for the moment ({code}). Midwatch tries again by itself."),
    Case("bytesBilledLimitExceeded", errors.OverBudget,
         "BigQuery refused the statement, because it would be billed more than is allowed: {text}. Let it read less, "
         "or raise the limit."),
    Case("stopped|timeout|Job timed out", errors.QueryTimeout,
         "The statement ran longer than {seconds:g} s and was cut. Make it cheaper."),
    Case(r"accessDenied.*bigquery\.jobs\.create", errors.LoginRefused,
         "{account} may not run queries in project {project}. Give it the role BigQuery Job User there."),
    Case(r"accessDenied: Access Denied: (?P<what>(?:Table|View|Dataset) [^: ]+:[^: ]+):", errors.NotPermitted,
         "{account} may not read this: {what}. Give it the role BigQuery Data Viewer on the dataset, or name in the "
         "connection the datasets that it may read."),
    Case("accessDenied", errors.LoginRefused,
         "{account} has no access: {text}. Give it the roles BigQuery Job User and BigQuery Data Viewer in project "
         "{project}."),
    Case("notFound: Not found: Project", errors.DatabaseMissing,
         "There is no project {project}. Write its id, such as shop-prod-1234, not its name or number."),
    Case(r"notFound: Not found: (?P<what>(?:Table|Dataset|View) \S+) was not found in location (?P<where>\S+)",
         errors.TableMissing,
         "BigQuery has no such thing in location {where}: {what}. Check its name, and the location of the "
         "connection."),
    Case("notFound", errors.TableMissing, "BigQuery does not have this: {text}. Check its name."),
    Case("must be qualified with a dataset", errors.TableMissing,
         "A table is named without its dataset: {text}. Write dataset.table."),
    Case("Unrecognized name|Name .* not found inside", errors.ColumnMissing,
         "The table does not have this column: {text}. Check its name."),
    Case(r"Cannot query over table '(?P<what>(?:[^'.]+\.)*(?P<table>[^'.]+))' without a filter over column\(s\) "
         r"(?P<where>'.+') that can", errors.FilterNeeded,
         "The table {what} can only be read with a filter on {where}: it requires a partition filter. Add one, or lift "
         "that requirement."),
    Case("", errors.QueryFailed, "The statement failed: {text}."),
)  # fmt: skip


def told(error: BaseException, *, project: str, account: str, seconds: float) -> errors.EngineError:
    """What Google's `error` means for a statement that may run for `seconds`."""
    error = _root(error)
    known = {"project": project, "account": account, "seconds": seconds}
    if isinstance(error, concurrent.futures.TimeoutError):
        return _match(API, "timeout", "", known)
    if isinstance(error, DefaultCredentialsError):
        return errors.LoginRefused(
            "No key is set, and this machine has no application default credentials. Paste a service account's key, "
            "or run on the machine: gcloud auth application-default login"
        )
    if isinstance(error, RefreshError):
        return _match(TOKEN, str(error), str(error.args[0] if error.args else error), known)
    if isinstance(error, GoogleAPICallError):
        return _of_api(error, known)
    return _match(NETWORK, str(error), str(error), known)


def _root(error: BaseException) -> BaseException:
    """The error behind the wrappings of Google's retries and token requests."""
    while True:
        inner = error.cause if isinstance(error, RetryError) else error.__cause__
        if isinstance(error, GoogleAPICallError | RefreshError | requests.RequestException) or inner is None:
            return error
        error = inner


def _of_api(error: GoogleAPICallError, known: Mapping[str, object]) -> errors.EngineError:
    first = dict(error.errors[0]) if error.errors else {}
    code = int(error.code or 0)
    if code == 401:
        return _match(TOKEN, "", "the token was not accepted", known)
    by_code = "tooManyRequests" if code == 429 else "backendError" if code >= 500 else ""
    reason = str(first.get("reason") or by_code)
    message = str(first.get("message") or error.message)
    return _match(API, f"{reason}: {message}", message, {**known, "code": code})


def _match(cases: tuple[Case, ...], said: str, text: str, known: Mapping[str, object]) -> errors.EngineError:
    case, found = next((case, found) for case in cases if (found := re.search(case.pattern, said)))
    line = text.strip().splitlines()[0].rstrip(".") if text.strip() else "no reason given"
    error = case.error(case.sentence.format(text=line, **known, **found.groupdict()))
    if isinstance(error, errors.FilterNeeded):
        error.table = found["table"]
    return error
