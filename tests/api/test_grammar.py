"""What a file may say, and what it is told when it says something else."""

from __future__ import annotations

import pytest

from apps.api.specs import ChannelSpec, StoreSpec, TeamSpec
from tests.api.grammars import SMALL, complaints, read_text


def test_a_rule_inherits_the_defaults() -> None:
    rule = read_text(SMALL).team.rules["Orders keep arriving"]
    assert (rule.severity, rule.timezone, rule.notify) == ("high", "Europe/Berlin", frozenset({"ops-mail"}))


def test_null_in_a_rule_switches_a_default_off() -> None:
    text = SMALL + "    severity: null\n    timezone: null\n    notify: null\n"
    rule = read_text(text).team.rules["Orders keep arriving"]
    assert (rule.severity, rule.timezone, rule.notify) == ("medium", "UTC", frozenset())


def test_a_rule_overrides_the_defaults() -> None:
    text = SMALL + "    severity: low\n    timezone: Asia/Tokyo\n    notify: []\n"
    rule = read_text(text).team.rules["Orders keep arriving"]
    assert (rule.severity, rule.timezone, rule.notify) == ("low", "Asia/Tokyo", frozenset())


def test_a_path_starts_from_the_folder_of_the_file() -> None:
    text = SMALL.replace("/data/shop.duckdb", "./shop.duckdb")
    assert read_text(text).team.connections["shop"].settings["path"] == "/configs/shop.duckdb"


def test_a_table_without_a_schema_is_in_the_default_one() -> None:
    assert read_text(SMALL.replace("main.orders", "orders")).team == read_text(SMALL).team


def test_a_clock_time_needs_no_quotes() -> None:
    rule = read_text(SMALL.replace("every: 1h", "by: 17:00")).team.rules["Orders keep arriving"]
    assert rule.settings["by"] == "17:00"


def test_names_that_look_like_other_things_are_names() -> None:
    text = SMALL.replace("  shop:", "  yes:").replace("connection: shop", 'connection: "yes"')
    assert list(read_text(text).team.connections) == ["yes"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "    every: 1h",
            "    every: 1h\n    tolerence: 5m",
            "line 19: 'tolerence' is not known here. Did you mean tolerance?",
        ),
        ("version: 1\n", "", "line 1: 'version' is missing."),
        ("version: 1", "version: 2", "line 1: version: must be 1, not 2."),
        ("team: data-ops\n", "", "line 1: 'team' is missing."),
        ("team: data-ops", "team: 7", "line 2: team: must be text; put it in quotes."),
        ("defaults:", "default:", "line 3: 'default' is not known here. Did you mean defaults?"),
        ("  severity: high", "  severty: high", "line 5: 'severty' is not known here. Did you mean severity?"),
        (
            "Europe/Berlin",
            "Europe/Berln",
            "line 4: defaults.timezone: 'Europe/Berln' is no time zone. Did you mean Europe/Berlin",
        ),
        (
            "high",
            "hihg",
            "line 5: defaults.severity: must be 'critical', 'high', 'medium' or 'low', not 'hihg'. Did you mean high?",
        ),
        ("notify: [ops-mail]", "notify: ops-mail", "line 6: defaults.notify: must be a list, such as [a, b]."),
        (
            "notify: [ops-mail]",
            "notify: [ops-male]",
            "line 6: notify: there is no channel 'ops-male', neither in this file nor in the team. "
            "Did you mean ops-mail?",
        ),
        ("engine: duckdb", "engine: dukdb", "line 9: engine: There is no engine 'dukdb'. Did you mean duckdb?"),
        ("    engine: duckdb\n", "", "line 8: 'engine' is missing. Known: bigquery, duckdb, lake, mysql, postgres"),
        ("    engine: duckdb", "    engin: duckdb", "line 9: 'engin' is not known here. Did you mean engine?"),
        ("path: /data", "paht: /data", "line 10: 'paht' is not known here. Did you mean path?"),
        ("    path: /data/shop.duckdb", "    timezone: UTC", "line 8: 'path' is missing."),
        ("type: email", "type: emial", "line 12: type: There is no channel type 'emial'. Did you mean email?"),
        ("ops@example.com", "nobody", "line 12: to: 'nobody' is no mail address"),
        (
            "kind: freshness",
            "kind: freshnes",
            "line 17: kind: There is no kind of rule 'freshnes'. Did you mean freshness?",
        ),
        (
            "connection: shop",
            "connection: shp",
            "line 15: connection: there is no connection 'shp', neither in this file nor in the team. "
            "Did you mean shop?",
        ),
        ("table: main.orders", "table: a.b.c", "line 16: table: 'a.b.c' has 3 parts; write schema.table."),
        ("    table: main.orders\n", "", "line 14: A rule names either one 'table', or 'tables' by patterns."),
        ("table: main.orders", "tables: {include: []}", "line 16: tables.include: must have at least 1 item."),
        (
            "table: main.orders",
            "tables: {includ: [a.*]}",
            "line 16: 'includ' is not known here. Did you mean include?",
        ),
        ("every: 1h", "every: soon", "line 18: every: "),
        ("every: 1h", "every: 1h\n    tolerance: 10", "line 19: tolerance: "),
        ("every: 1h", "every: 1h\n    tolerance: 99999999999d", "line 19: tolerance: "),
        ("every: 1h", "every: 1h\n    paused: perhaps", "line 19: paused: must be true or false."),
        ("every: 1h", "every: 1h\n    max_bytes: 1 gig", "line 19: max_bytes: '1 gig' is no size; write a number"),
        ("every: 1h", "every: 1h\n    max_bytes: 0", "line 19: max_bytes: must be more than 0 bytes"),
        (
            "- name: Orders keep arriving",
            "- name: ' Orders'",
            "line 14: name: a name takes no space at its beginning or end.",
        ),
        ("  - name: Orders keep arriving\n    connection", "  - connection", "line 14: 'name' is missing."),
        (
            "  shop:\n    engine: duckdb\n    path: /data/shop.duckdb",
            "  shop: 5",
            "line 8: connections.shop: must be a mapping of keys and values.",
        ),
        ("rules:", "rules:\n  - 5", "line 14: rules.0: must be a mapping of keys and values."),
    ],
)
def test_each_mistake_names_its_line_its_key_and_the_nearest_known(old: str, new: str, expected: str) -> None:
    assert old in SMALL
    found = complaints(SMALL.replace(old, new, 1))
    assert any(line.startswith(f"monitors.yml, {expected}") for line in found), found


def test_two_rules_of_one_name_are_refused() -> None:
    again = SMALL[SMALL.index("  - name") :]
    assert complaints(SMALL + again) == [
        "monitors.yml, line 19: name: 'Orders keep arriving' is the name of the rule in line 14 already."
    ]


def test_all_mistakes_are_listed_in_the_order_of_their_lines() -> None:
    text = SMALL.replace("high", "hihg").replace("path:", "paht:").replace("every:", "evry:").replace(": shop", ": shp")
    lines = [line.split(":")[0] for line in complaints(text)]
    assert lines == [f"monitors.yml, line {number}" for number in (5, 8, 10, 15, 18)]


def test_at_most_twenty_mistakes_are_listed() -> None:
    found = complaints(SMALL + "".join(f"    key{number}: 1\n" for number in range(30)))
    assert len(found) == 21
    assert found[-1] == "… and 10 more."


def test_a_rule_may_name_what_only_the_team_has() -> None:
    existing = TeamSpec(
        "data-ops",
        connections={"old": StoreSpec("old", "postgres")},
        channels={"old-mail": ChannelSpec("old-mail", "email")},
    )
    text = SMALL.replace("connection: shop", "connection: old") + "    notify: [old-mail]\n"
    assert read_text(text, existing=existing).team.rules["Orders keep arriving"].connection == "old"


def test_the_message_about_a_secret_does_not_show_it() -> None:
    text = SMALL.replace(
        "    engine: duckdb\n    path: /data/shop.duckdb", "    engine: postgres\n    password: [hunter2]"
    )
    assert "hunter2" not in "\n".join(complaints(text))
