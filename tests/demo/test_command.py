from __future__ import annotations

import os
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from apps.demo import rulebook
from apps.demo.breaks import BREAKS
from apps.demo.state import broken_in
from tests.demo.shop import ask


@pytest.fixture(autouse=True)
def home(shop: Path, settings: Settings) -> None:
    settings.MIDWATCH_HOME = shop.parent


def demo(*arguments: str) -> str:
    out = StringIO()
    call_command("demo", *arguments, stdout=out)
    return out.getvalue()


def test_without_an_action_it_prints_its_help() -> None:
    assert "mend" in demo()


def test_load_once_says_how_many_orders_were_new() -> None:
    assert demo("load", "--once").startswith("Loaded ")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_loader_ends_quietly_when_it_is_told_to(shop: Path, number: signal.Signals) -> None:
    environment = os.environ | {"MIDWATCH_HOME": str(shop.parent)}
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "demo", "load"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout
        assert "every 15 s" in process.stdout.readline()
        process.send_signal(number)
        assert process.wait(timeout=30) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("name", BREAKS)
def test_break_says_what_was_broken_and_that_no_rule_watches_yet(shop: Path, name: str) -> None:
    lines = demo("break", name).splitlines()
    assert len(lines) == 2
    assert BREAKS[name].rule in lines[1]
    assert list(broken_in(shop)) == [name]


@pytest.mark.django_db
def test_status_lists_what_is_broken_until_it_is_mended() -> None:
    assert "Nothing is broken." in demo("status")
    demo("break", "schema")
    assert "schema (a column of customers is renamed)" in demo("status")
    demo("mend")
    assert "Nothing is broken." in demo("status")


@pytest.mark.django_db
def test_mend_without_a_break_says_so(shop: Path) -> None:
    assert demo("mend") == "Nothing was broken, so there was nothing to mend.\n"


def test_an_unknown_break_is_refused_with_the_known_ones() -> None:
    with pytest.raises(CommandError, match="late"):
        demo("break", "everything")


def test_status_without_a_warehouse_says_how_to_make_it(tmp_path: Path, settings: Settings) -> None:
    settings.MIDWATCH_HOME = tmp_path / "empty"
    assert "`python manage.py demo load --once` makes it." in demo("status")


def test_every_break_names_a_rule_that_install_makes() -> None:
    assert {one.rule for one in BREAKS.values()} <= {rule.name for rule in rulebook.RULES}


def test_a_column_that_a_break_renames_is_there(shop: Path) -> None:
    assert "country" in {row[0] for row in ask(shop, "DESCRIBE customers")}
