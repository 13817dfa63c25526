"""Exports: stable to the byte, and an apply of one changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from apps.api.export import write
from apps.api.grammar import read
from apps.api.plan_text import render
from apps.api.secret_names import with_secret_names
from apps.api.specs import ChannelSpec, RuleSpec, StoreSpec, TeamSpec
from apps.api.yaml_tree import parse
from apps.common.errors import NotFoundNearby
from apps.teams.models import Team
from tests.api.conftest import HOOK_SECRET, Desk

EXPORTED = """\
version: 1
team: data-ops

connections:
  shop:
    engine: duckdb
    path: {folder}/shop.duckdb

channels:
  ops-hook:
    type: webhook
    url: http://127.0.0.1:9000/hook
    secret: ${{HOOK_SECRET}}
  ops-mail:
    type: email
    to: [ops@example.com]

rules:
  - name: Orders keep arriving
    connection: shop
    table: main.orders
    kind: freshness
    column: updated_at
    every: 1h
    notify: [ops-hook, ops-mail]
  - name: Orders volume
    connection: shop
    table: main.orders
    kind: volume
    column: created_at
    notify: [ops-mail]
"""


def test_an_export_reads_like_a_file_that_a_person_wrote(desk: Desk) -> None:
    desk.apply()
    without_comments = [line for line in desk.export().splitlines() if not line.startswith("  #")]
    assert without_comments == EXPORTED.format(folder=desk.folder).splitlines()


def test_each_rule_stands_under_its_sentence(desk: Desk) -> None:
    sentences = desk.apply().sentences
    lines = desk.export().splitlines()
    for name, sentence in sentences.items():
        assert lines[lines.index(f"  - name: {name}") - 1] == f"  # {sentence}"


@pytest.mark.parametrize("environ", [{}, {"HOOK_SECRET": HOOK_SECRET}])
def test_applying_an_export_changes_nothing(desk: Desk, environ: dict[str, str]) -> None:
    desk.apply()
    outcome = desk.apply(desk.export(), environ=environ)
    assert outcome.plan.summary == "0 to add, 0 to change, 0 to remove, 5 unchanged."


def test_an_export_from_an_empty_database_is_the_same_to_the_byte(desk: Desk) -> None:
    desk.apply()
    text = desk.export()
    Team.objects.all().delete()
    desk.apply(text)
    assert desk.export() == text


def test_no_secret_is_exported(desk: Desk) -> None:
    desk.apply()
    assert HOOK_SECRET not in desk.export()


def test_a_secret_that_came_from_a_form_gets_a_name_of_its_own(desk: Desk) -> None:
    desk.apply()
    Team.objects.get().channels.filter(name="ops-hook").update(secret_names={})
    assert "secret: ${OPS_HOOK_SECRET}" in desk.export()


def test_an_unknown_team_is_refused_with_near_names(desk: Desk) -> None:
    desk.apply()
    with pytest.raises(NotFoundNearby, match="Did you mean data-ops"):
        desk.export("data-op")


def test_two_secrets_never_share_a_variable_by_accident() -> None:
    channels = {name: ChannelSpec(name, "webhook", secrets={"secret": "x"}) for name in ("a b", "a-b", "日本")}
    named = with_secret_names(TeamSpec("t", channels=channels)).channels
    assert [named[name].secret_names["secret"] for name in channels] == ["A_B_SECRET", "A_B_SECRET_2", "SECRET"]


CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXT = st.text(CHARACTERS, min_size=1, max_size=30) | st.sampled_from(
    ["yes", "1e3", "null", "~", "0x1F", "2026-11-21", "17:00", "- a", "a: b", "#no", "'", '"', "@x", "%", "a\nb",
     "${X}", "$${", "x #y", "\u2028", "\x85", "*a", "&a", "!a", "{}", "[", "?", "", "😀", "\ufeff", "=", "<<", "\t",
     "1_0", "0o7"]
)  # fmt: skip
HOSTS = st.sampled_from(["db", "db.example.com", "::1", "/run/postgresql"])
NAMES = TEXT.map(str.strip).filter(bool)


PEOPLE = ["anna@example.com", "o'neil+x@example.com"]
TAGS = ["finance", "null", "7", "a: b", "${x}", "#1", "größe"]


@st.composite
def teams(draw: st.DrawFn) -> TeamSpec:
    """A team with names and settings of every sort."""
    stores = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    channels = draw(st.lists(NAMES.filter(str.isprintable), max_size=2, unique=True))
    rules = draw(st.lists(NAMES, max_size=3, unique=True))
    secret = st.dictionaries(st.just("password"), TEXT.filter(bool))
    spec = TeamSpec(
        name=draw(NAMES),
        connections={
            name: StoreSpec(
                name,
                "postgres",
                {"host": draw(HOSTS), "database": draw(TEXT.filter(bool)), "user": draw(TEXT.filter(bool))},
                draw(secret),
                timezone=draw(st.sampled_from(["UTC", "Europe/Berlin"])),
            )
            for name in stores
        },
        channels={
            name: ChannelSpec(name, "email", {"to": ["ops@example.com", "x.y@example.com"]}) for name in channels
        },
        rules={
            name: RuleSpec(
                name,
                draw(st.sampled_from(stores)),
                "freshness",
                include=tuple(draw(st.lists(TEXT.filter(bool), min_size=1, max_size=2))),
                settings={"every": "1h", "column": draw(TEXT.filter(bool))},
                severity=draw(st.sampled_from(["critical", "high", "medium", "low"])),
                notify=frozenset(draw(st.lists(st.sampled_from(channels), max_size=2)) if channels else ()),
                people=frozenset(draw(st.lists(st.sampled_from(PEOPLE), max_size=2))),
                owner=draw(st.sampled_from(["", *PEOPLE])),
                tags=frozenset(draw(st.lists(st.sampled_from(TAGS), max_size=3))),
                paused=draw(st.booleans()),
                max_bytes=draw(st.none() | st.integers(1, 10**15)),
            )
            for name in rules
        },
    )
    return with_secret_names(spec)


@given(team=teams(), sentence=TEXT)
@example(team=TeamSpec("plain"), sentence="Alerts\nif…")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_names_and_settings_are_an_export_reads_back_as_the_same(team: TeamSpec, sentence: str) -> None:
    text = write(team, sentences=dict.fromkeys(team.rules, sentence))
    environ = {
        store.secret_names[field]: secret
        for store in team.connections.values()
        for field, secret in store.secrets.items()
    }
    tree = parse(text.encode(), file="export.yml")
    existing = TeamSpec(team.name, members=frozenset(PEOPLE))
    wanted = read(tree, file="export.yml", folder="/", existing=existing, environ=environ)
    assert wanted.team == team
    assert write(with_secret_names(wanted.team), sentences=dict.fromkeys(team.rules, sentence)) == text


QUERY = """\
  - name: No negative totals
    connection: shop
    table: main.orders
    kind: sql
    expect: no_rows
    sql: |-
      SELECT id, created_at
      FROM {table}  -- "quoted": 'as is', $${not filled}

      WHERE id < 0
"""


def test_a_query_of_several_lines_stays_as_a_person_wrote_it(desk: Desk) -> None:
    text = (desk.apply(), desk.export())[1] + QUERY
    assert desk.apply(text).plan.summary == "1 to add, 0 to change, 0 to remove, 5 unchanged."
    exported = desk.export()
    assert QUERY in exported
    assert desk.apply(exported.replace("|-", "|")).plan.summary == "0 to add, 0 to change, 0 to remove, 6 unchanged."
    assert desk.export() == exported


def test_the_plan_tells_a_changed_query_line_by_line(desk: Desk) -> None:
    text = (desk.apply(), desk.export())[1] + QUERY
    desk.apply(text)
    told = render(desk.apply(text.replace("id < 0", "id < 1"), dry_run=True)).splitlines()
    at = told.index("    sql:")
    assert [line.rstrip() for line in told[at + 1 : at + 6]] == [
        "        SELECT id, created_at",
        "        FROM {table}  -- \"quoted\": 'as is', ${not filled}",
        "",
        "      - WHERE id < 0",
        "      + WHERE id < 1",
    ]
