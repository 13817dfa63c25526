"""The examples in the documentation work, and the published schema is the current one."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from apps.alerts.models import Channel, Delivery, Incident, Silence, TimelineEntry
from apps.api.json_schema import schema_text
from apps.api.rest.root import api
from apps.connections.models import Table, TableVersion
from apps.connections.services import refresh_catalogue
from apps.rules.models import Feedback, Rule, RuleState
from apps.rules.services import check_now
from apps.status.models import Product, StatusPage
from apps.teams.models import Team
from apps.teams.services import issue_token
from tests.api.conftest import HOOK_SECRET, NIGHT, Desk
from tests.api.grammars import read_text

DOCS = Path(__file__).parents[2] / "docs"


def blocks(page: str, language: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_published_schema_is_current() -> None:
    published = (DOCS / "monitors.schema.json").read_text(encoding="utf-8")
    assert published == schema_text(), "Run: python manage.py schema > docs/monitors.schema.json"


def test_the_documented_file_is_in_the_grammar() -> None:
    [text] = blocks("yaml.md", "yaml")
    wanted = read_text(text, environ={"APP_DB_PASSWORD": "x", "HOOK_SECRET": HOOK_SECRET})
    assert [len(group) for group in (wanted.team.connections, wanted.team.channels, wanted.team.rules)] == [2, 2, 3]


def documented_calls() -> list[tuple[str, str, str]]:
    """(heading, command, documented reply or nothing) of each example."""
    parts = re.split(r"^## ", (DOCS / "api.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    found = []
    for part in parts:
        if command := re.search(r"^```sh\n(.*?)^```", part, re.MULTILINE | re.DOTALL):
            reply = re.search(r"^```json\n(.*?)^```", part, re.MULTILINE | re.DOTALL)
            found.append((part.splitlines()[0], command[1], reply[1] if reply else ""))
    return found


@pytest.fixture
def environ(transactional_db: None, desk: Desk, live_server: LiveServer) -> dict[str, str]:
    """What the examples take from the environment, with a rule that was checked and an open incident."""
    desk.apply()
    team, rule = Team.objects.get(), Rule.objects.get(name="Orders keep arriving")
    check_now(rules=[rule], clock=lambda: NIGHT)
    incident = Incident.objects.create(
        team=team, key="x", title="late", opened_at=NIGHT, last_seen_at=NIGHT, next_action_at=NIGHT
    )
    TimelineEntry.objects.create(incident=incident, at=NIGHT, kind="detected", text="late")
    incident.parts.create(
        team=team, key="y", title="late too", opened_at=NIGHT, last_seen_at=NIGHT, next_action_at=NIGHT, rule_id=rule.pk
    )
    refresh_catalogue(connection=rule.connection, now=NIGHT)
    table = Table.objects.get(name="orders")
    TableVersion.objects.create(table=table, seen_at=NIGHT - timedelta(days=1), columns=[])  # so that something changed
    state = RuleState.objects.get(rule=rule)
    said = Feedback.objects.create(
        state=state, meaning="ignore", begins=NIGHT, ends=NIGHT + timedelta(hours=1), at=NIGHT, by_name="docs"
    )
    given_up = Delivery.objects.create(
        channel=Channel.objects.get(name="ops-hook"), incident=incident, kind="opened", key="docs", status="dead",
        created_at=NIGHT, due_at=NIGHT,
    )  # fmt: skip
    board = StatusPage.objects.create(team=team, name="Data of the shop", slug="shop")
    Product.objects.create(page=board, name="Orders").rules.add(rule)
    token = issue_token(team=team, name="docs")
    ids = {
        "RULE": str(rule.pk),
        "INCIDENT": str(incident.pk),
        "CONNECTION": str(rule.connection_id),
        "TABLE": str(table.pk),
        "FEEDBACK": str(said.pk),
        "DELIVERY": str(given_up.pk),
        "PAGE": str(board.pk),
        "SILENCE": str(Silence.objects.create(team=team, reason="x", starts_at=NIGHT, tables=["main.*"]).pk),
    }
    return {"PATH": os.environ["PATH"], "MIDWATCH": live_server.url, "TOKEN": token, **ids}


def keys(value: Any) -> Any:
    """The shape of a reply: its keys, all the way down, with the first item of a list for all."""
    if isinstance(value, dict):
        return {key: keys(child) for key, child in value.items() if key not in {"facts", "items"} or child}
    return [keys(value[0])] if isinstance(value, list) and value and isinstance(value[0], dict) else None


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize(
    ("heading", "command", "reply"), documented_calls(), ids=lambda part: str(part).split("\n")[0][:30]
)
def test_every_curl_example_works(environ: dict[str, str], heading: str, command: str, reply: str) -> None:
    done = subprocess.run(["bash", "-ec", command], env=environ, capture_output=True, text=True, check=False)  # noqa: S603, S607
    assert done.returncode == 0, done.stdout + done.stderr
    if reply and heading != "List rules":
        assert keys(json.loads(done.stdout)) == keys(json.loads(reply))


def test_every_endpoint_is_documented_with_an_example() -> None:
    paths = api.get_openapi_schema(path_prefix="/")["paths"]
    offered = {
        f"{method.upper()} {path.replace('{pk}', 'ID')}" for path, methods in paths.items() for method in methods
    }
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`((?:GET|POST|PATCH|DELETE) [^`]+)`", text)) == offered
    assert len(documented_calls()) == len(offered)
