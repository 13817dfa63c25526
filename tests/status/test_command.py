"""`manage.py status`."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.connections.models import Connection
from apps.status.models import StatusPage
from tests.status.conftest import product, watch

pytestmark = pytest.mark.django_db


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("status", *arguments, stdout=out)
    return out.getvalue()


def test_it_says_in_a_line_how_each_product_is(status_page: StatusPage, connection: Connection) -> None:
    product(status_page, "Orders", watch(connection, "main.orders"))
    first, second = printed().splitlines()
    assert first == "Data of the shop [Shop]: All data is up to date."
    assert second.startswith("  Orders: Up to date since 11 Oct")
    assert second.endswith("(target 99.5 %)")


def test_json_is_one_object_a_line(status_page: StatusPage) -> None:
    values = json.loads(printed("--json", "shop"))
    assert (values["team"], values["sentence"]) == ("Shop", "This page shows no data yet.")


def test_what_does_not_exist_is_said_with_what_may_be_meant(status_page: StatusPage) -> None:
    with pytest.raises(CommandError, match="There is no status page 'shoop'"):
        printed("shoop")
    with pytest.raises(CommandError, match="There is no team 'Shp'"):
        printed("--team", "Shp")


def test_without_a_page_it_says_where_to_make_one(db: None) -> None:
    assert "There is no status page yet." in printed()
