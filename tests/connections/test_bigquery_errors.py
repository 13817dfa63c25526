"""Everything that Google refuses, as a sentence that says what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from apps.connections.engines import errors
from apps.connections.engines.bigquery import BigQuery
from tests.connections.stores import BigQueryStore, engine
from tests.servers.bigquery_errors import Refused
from tests.servers.certificate import write_certificate
from tests.servers.http import HttpServer
from tests.servers.ports import free_port

PROJECT = "Access Denied: Project shop-prod-1234: User does not have"


@pytest.fixture
def store(bigquery_store: BigQueryStore) -> BigQueryStore:
    bigquery_store.execute("CREATE TABLE orders (id integer)")
    return bigquery_store


def refused(store: BigQueryStore, error: type[errors.EngineError], said: str, **changes: Any) -> None:
    """Opening a session ends in exactly this error, with its cause."""
    with pytest.raises(error, match=said) as caught:
        engine(store, **changes).open()
    assert type(caught.value) is error
    assert caught.value.__cause__ is not None


def test_a_key_is_signed_with_and_its_token_serves_the_sessions_of_an_hour(store: BigQueryStore) -> None:
    for _ in range(3):
        with engine(store) as session:
            session.observe()
    assert store.server.account.tokens_given == 1


def test_a_token_that_expired_is_renewed_in_the_midst_of_a_session(store: BigQueryStore) -> None:
    with engine(store) as session:
        store.server.account.tokens.clear()
        assert session.tables()
    assert store.server.account.tokens_given == 2


def test_a_key_that_was_deleted_or_expired_is_to_be_made_anew(store: BigQueryStore) -> None:
    key = store.server.account.key_file()
    store.server.account.key_id = "another"
    refused(
        store, errors.LoginRefused, "does not know the key of reader@shop-prod-1234.*new key", service_account_json=key
    )


def test_an_account_that_was_deleted_is_said_so(store: BigQueryStore) -> None:
    store.server.account.exists = False
    refused(store, errors.LoginRefused, "There is no service account reader@shop-prod-1234")


def test_a_clock_that_is_wrong_is_said_so(store: BigQueryStore) -> None:
    store.server.account.clock_offset = 7200
    refused(store, errors.LoginRefused, "clock of the machine that runs Midwatch is wrong")


def test_without_a_key_and_without_default_credentials_both_ways_are_named(
    store: BigQueryStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "nowhere.json"))
    refused(store, errors.LoginRefused, "gcloud auth application-default login", service_account_json="")


def test_default_credentials_of_the_machine_are_used_without_a_key(
    store: BigQueryStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = tmp_path / "key.json"
    key.write_text(store.server.account.key_file(token_uri=f"{store.server.url}/token"))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key))
    with engine(store, service_account_json="") as session:
        assert session.tables()


def test_a_project_that_does_not_exist_is_said_so(store: BigQueryStore) -> None:
    refused(store, errors.DatabaseMissing, "There is no project nowhere-1234", project="nowhere-1234")


@pytest.mark.parametrize(
    ("reply", "error", "said"),
    [
        (
            Refused("accessNotConfigured", "BigQuery API has not been used in project 107 before or it is disabled."),
            errors.ConnectionFailed,
            "gcloud services enable bigquery.googleapis.com --project=shop-prod-1234",
        ),
        (
            Refused("invalid", "The project shop-prod-1234 has not enabled BigQuery."),
            errors.ConnectionFailed,
            "switched off in project shop-prod-1234, or the project's id is wrong",
        ),
        (Refused("billingNotEnabled", "Billing", 403), errors.ConnectionFailed, "has no billing account"),
        (
            Refused("accessDenied", f"{PROJECT} bigquery.datasets.list permission."),
            errors.LoginRefused,
            "has no access: .*datasets.list permission. Give it the roles BigQuery Job User and",
        ),
        (Refused("rateLimitExceeded", "Exceeded rate limits"), errors.Busy, "takes no more requests"),
        (Refused("", "Too many", 429), errors.Busy, "takes no more requests"),
        (Refused("quotaExceeded", "Quota exceeded: bytes per day"), errors.QueryFailed, "quota of .*: bytes per day"),
        (Refused("backendError", "Visibility check was unavailable"), errors.Busy, r"not available .* \(503\)"),
        (Refused("", "Bad gateway", 502), errors.Busy, r"not available .* \(502\)"),
        (Refused("authError", "Request is missing"), errors.LoginRefused, "refused the login of reader@shop-prod"),
    ],
    ids=lambda value: value.reason or str(value.status) if isinstance(value, Refused) else "",
)
def test_a_refusal_of_the_api_is_a_sentence(
    store: BigQueryStore, reply: Refused, error: type[errors.EngineError], said: str
) -> None:
    store.server.faults["/datasets"] = [reply] * 99
    refused(store, error, said)


def test_what_may_pass_by_itself_is_tried_again(store: BigQueryStore) -> None:
    store.server.faults["/datasets"] = [
        Refused("backendError", "Error encountered during execution. Retrying may help")
    ]
    with engine(store) as session:
        assert session.tables()


def test_an_account_that_may_not_run_queries_is_told_its_role(store: BigQueryStore) -> None:
    denied = f"{PROJECT} bigquery.jobs.create permission in project shop-prod-1234."
    store.server.faults["/queries"] = [Refused("accessDenied", denied)]
    with engine(store) as session, pytest.raises(errors.LoginRefused, match="Give it the role BigQuery Job User"):
        session.observe()


def test_a_job_that_bigquery_cannot_finish_now_is_busy(store: BigQueryStore) -> None:
    store.server.faults["/queries"] = [Refused("backendError", "Try again")] * 99
    with engine(store) as session, pytest.raises(errors.Busy) as caught:
        session.observe()
    assert caught.value.retryable


@pytest.mark.parametrize("place", ["endpoint", "token_uri"])
def test_a_connection_that_is_refused_names_proxy_and_firewall(
    store: BigQueryStore, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(BigQuery, place, f"http://127.0.0.1:{free_port()}")
    refused(store, errors.PortRefused, "Check the proxy and the firewall")


def test_a_name_that_cannot_be_resolved_is_said_so(store: BigQueryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BigQuery, "endpoint", "http://bigquery.invalid")
    refused(store, errors.UnknownHost, "can resolve bigquery.googleapis.com")


def test_a_certificate_that_nobody_knows_is_a_matter_of_tls(
    store: BigQueryStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server = HttpServer(certificate=write_certificate(tmp_path / "proxy.pem", "localhost")).start()
    monkeypatch.setattr(BigQuery, "token_uri", f"https://localhost:{server.port}/token")
    refused(store, errors.TlsFailed, "REQUESTS_CA_BUNDLE")
    server.stop()
