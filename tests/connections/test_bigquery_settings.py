"""The settings of a BigQuery connection, and what is wrong with a key that somebody pasted."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from apps.common.errors import InvalidInput
from apps.common.plugins import check_settings
from apps.connections.engines.bigquery import BigQuery
from apps.connections.engines.bigquery_settings import BigQuerySettings
from tests.servers.bigquery_account import Account

KEY = Account("shop-prod-1234").key_file()


def changed(**parts: Any) -> str:
    return json.dumps({name: value for name, value in {**json.loads(KEY), **parts}.items() if value is not None})


def settings(**values: Any) -> BigQuerySettings:
    checked = check_settings(BigQuerySettings, {"project": "shop-prod-1234", **values})
    assert isinstance(checked, BigQuerySettings)
    return checked


def test_no_key_means_the_machines_own_credentials() -> None:
    assert settings().service_account_json.get_secret_value() == ""


@pytest.mark.parametrize("squeeze", [str, lambda text: text.replace("\\n", "\n")], ids=["as it is", "line breaks"])
def test_a_whole_key_is_taken(squeeze: Callable[[str], str]) -> None:
    assert settings(service_account_json=squeeze(KEY)).secrets()


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (KEY[:200], "not JSON"),
        ("-----BEGIN PRIVATE KEY-----", "not JSON"),
        ("[]", "no key file"),
        (json.dumps({"type": "authorized_user"}), "'authorized_user'"),
        (changed(private_key=None), "has no private_key;"),
        (changed(client_email="", private_key_id=None), "has no client_email and no private_key_id"),
        (changed(private_key="-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----"), "private_key is damaged"),
    ],
)
def test_what_is_wrong_with_a_key_is_said_at_its_field(key: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        settings(service_account_json=key)
    assert caught.value.field == "service_account_json"
    assert said in str(caught.value)
    assert "BEGIN" not in str(caught.value)


@pytest.mark.parametrize("project", ["Shop Production", "123456789012", "shop'; rm", ""])
def test_a_project_is_named_by_its_id(project: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        settings(project=project)
    assert caught.value.field == "project"


def test_a_limit_below_what_bigquery_counts_at_least_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"max_bytes_per_query: must be 10\.5 MB or more"):
        settings(max_bytes_per_query=1_000_000)
    with pytest.raises(InvalidInput, match="max_bytes_per_day: must be 0 bytes or more"):
        settings(max_bytes_per_day=-1)


def test_limits_are_written_in_words_or_numbers_and_stored_as_numbers() -> None:
    assert settings(max_bytes_per_query="2 GB").plain()["max_bytes_per_query"] == 2_000_000_000
    assert "max_bytes_per_day" not in settings(max_bytes_per_day="50 GB").plain()  # the default


def test_the_script_grants_no_more_than_reading_and_running_queries() -> None:
    script = BigQuery(settings()).grant_script(["shop", "web"])
    roles = {word.strip("`'") for word in script.replace("--role=", " ").split() if "roles/" in word}
    assert roles == {"roles/bigquery.jobUser", "roles/bigquery.dataViewer"}
    assert "ON SCHEMA `web`" in script


def test_googles_client_is_not_loaded_before_a_session_is_opened() -> None:
    code = "import apps.connections.engines.bigquery, sys; print('google.cloud.bigquery' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == "False\n"
