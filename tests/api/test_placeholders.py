"""${NAME} in files."""

from __future__ import annotations

import pytest

from apps.api.placeholders import escape
from apps.api.specs import StoreSpec, TeamSpec
from tests.api.grammars import SMALL, complaints, read_text

STORE = """\
version: 1
team: data-ops
connections:
  app:
    engine: postgres
    host: db.${DOMAIN}
    port: ${PORT}
    database: app
    user: reader
    password: ${APP_PASSWORD}
"""
SET = {"DOMAIN": "example.com", "PORT": "5433", "APP_PASSWORD": "s3cret"}
STORED = TeamSpec(
    "data-ops",
    connections={"app": StoreSpec("app", "postgres", secrets={"password": "old"}, secret_names={"password": "X"})},
)


def test_placeholders_are_filled_anywhere_in_text() -> None:
    app = read_text(STORE, environ=SET).team.connections["app"]
    assert app.settings == {"host": "db.example.com", "port": 5433, "database": "app", "user": "reader"}
    assert app.secrets == {"password": "s3cret"}


def test_the_name_of_a_secrets_placeholder_is_remembered() -> None:
    assert read_text(STORE, environ=SET).team.connections["app"].secret_names == {"password": "APP_PASSWORD"}


@pytest.mark.parametrize("gone", [{}, {"APP_PASSWORD": ""}])
def test_a_variable_that_is_not_set_is_named_with_its_line(gone: dict[str, str]) -> None:
    environ = {**SET, "APP_PASSWORD": "", **gone}
    assert complaints(STORE, environ=environ) == [
        "monitors.yml, line 10: password: the environment variable APP_PASSWORD is not set. Set it and apply again."
    ]


def test_only_the_missing_variable_is_complained_about() -> None:
    assert complaints(STORE, environ={**SET, "PORT": ""}) == [
        "monitors.yml, line 7: port: the environment variable PORT is not set. Set it and apply again."
    ]


def test_a_stored_secret_stays_when_its_variable_is_not_set() -> None:
    environ = {**SET, "APP_PASSWORD": ""}
    assert read_text(STORE, environ=environ, existing=STORED).team.connections["app"].secrets == {"password": "old"}


def test_a_stored_secret_does_not_stand_in_for_a_plain_setting() -> None:
    assert "line 6: host:" in complaints(STORE, environ={**SET, "DOMAIN": ""}, existing=STORED)[0]


@pytest.mark.parametrize("text", ["${NAME}", "$${NAME}", "$$${", "a ${ b", "$", "${", "}"])
def test_escaped_text_reads_back_as_itself(text: str) -> None:
    quoted = escape(text)
    rule = read_text(SMALL.replace("name: Orders keep arriving", f"name: 'x{quoted}'"), environ={"NAME": "no"}).team
    assert list(rule.rules) == [f"x{text}"]


@pytest.mark.parametrize("wrong", ["${1X}", "${}", "${a b}", "${OPEN"])
def test_what_is_no_placeholder_is_refused(wrong: str) -> None:
    assert "is no placeholder" in complaints(SMALL.replace("Orders keep arriving", f"'{wrong}'"))[0]
