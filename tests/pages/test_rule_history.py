"""The history of a rule: who changed what, and the newest change taken back from there."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.test import Client

from apps.rules.models import Rule
from apps.rules.services import RuleDraft, save_rule
from tests.pages.conftest import NOW, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def changed(world: World, django_capture_on_commit_callbacks: object) -> Rule:
    rule = world.rule
    draft = RuleDraft(
        name=rule.name, connection=world.connection, kind="freshness", table="main.orders", settings=rule.settings,
        channels=(world.channel,), severity="low",
    )  # fmt: skip
    save_rule(team=world.team, draft=replace(draft, severity="high"), instance=rule, now=NOW)
    return save_rule(team=world.team, draft=draft, instance=rule, now=NOW).rule


def history(client: Client, rule: Rule) -> str:
    return client.get(f"/rules/rule/{rule.pk}/history/").content.decode()


def test_the_newest_change_is_undone_from_the_history_which_is_shown_again(manager: Client, changed: Rule) -> None:
    found = re.findall(r'action="(/audit/\d+/undo/)"', history(manager, changed))
    assert len(found) == 1
    answer = manager.post(found[0], {"back": f"/rules/rule/{changed.pk}/history/"})
    assert answer.headers["Location"] == f"/rules/rule/{changed.pk}/history/"
    assert Rule.objects.get(pk=changed.pk).severity == "high"


def test_it_leads_to_no_other_host(manager: Client, changed: Rule) -> None:
    (address,) = re.findall(r'action="(/audit/\d+/undo/)"', history(manager, changed))
    assert manager.post(address, {"back": "//evil.example/"}).headers["Location"] == "/audit/"


def test_who_may_not_configure_sees_no_button(operator: Client, stranger: Client, changed: Rule) -> None:
    page = history(operator, changed)
    assert ("Severity" in page, "/undo/" in page) == (True, False)
    assert stranger.get(f"/rules/rule/{changed.pk}/history/").status_code == 404
