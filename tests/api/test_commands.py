"""The commands as a script sees them: what they print, and how they exit."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from apps.common.clock import utc_now
from apps.rules.models import Rule
from apps.teams.models import Team
from tests.api.conftest import CONFIG, HOOK_SECRET, Desk


def run(*arguments: str) -> tuple[int, str, str]:
    """The exit code, the output and the error output of a command."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command(*arguments, stdout=out, stderr=err)
    except SystemExit as stop:
        code = int(str(stop.code))
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def file(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOOK_SECRET", HOOK_SECRET)
    path = desk.folder / "monitors.yml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def test_apply_prints_the_plan_with_the_sentences(file: Path) -> None:
    code, out, _ = run("apply", str(file))
    assert code == 0
    assert out.startswith("Team data-ops (new)\n+ connection shop\n+ channel ops-mail\n")
    assert "+ rule Orders keep arriving\n    Alerts if main.orders has not changed for more than 70 min" in out
    assert out.endswith("5 to add, 0 to change, 0 to remove, 0 unchanged.\nApplied.\n")


def test_a_plan_shows_changes_and_what_is_kept(file: Path) -> None:
    run("apply", str(file))
    file.write_text(CONFIG.replace("every: 1h", "every: 2h").split("  - name: Orders volume")[0], encoding="utf-8")
    _, out, _ = run("apply", str(file), "--dry-run")
    assert "~ rule Orders keep arriving\n    every: 1h -> 2h\n    Alerts if" in out
    assert "Not in the file (kept; --prune removes them):\n    rule Orders volume\n" in out
    assert out.endswith("0 to add, 1 to change, 0 to remove, 3 unchanged.\nDry run: nothing was changed.\n")


def test_prune_shows_what_it_removes(file: Path) -> None:
    run("apply", str(file))
    file.write_text(CONFIG.split("  - name: Orders volume")[0], encoding="utf-8")
    assert "- rule Orders volume\n" in run("apply", str(file), "--prune")[1]


def test_a_refused_file_exits_with_two_and_changes_nothing(file: Path) -> None:
    file.write_text(CONFIG.replace("every", "evry"), encoding="utf-8")
    code, out, err = run("apply", str(file))
    assert (code, out) == (2, "")
    assert err.startswith(f"{file}, line 17: 'evry' is not known here. Did you mean every")
    assert err.endswith("Nothing was changed.\n")
    assert not Team.objects.exists()


def test_a_missing_file_is_a_sentence(db: None, tmp_path: Path) -> None:
    code, _, err = run("apply", str(tmp_path / "gone.yml"))
    assert (code, "cannot be read: No such file or directory." in err) == (2, True)


def test_apply_speaks_json(file: Path) -> None:
    _, out, _ = run("apply", str(file), "--json")
    plan = json.loads(out)
    assert (plan["applied"], plan["counts"]["add"], plan["steps"][0]["what"]) == (True, 5, "connection")
    file.write_text("version: 1\n", encoding="utf-8")
    assert json.loads(run("apply", str(file), "--json")[1])["errors"][0]["error"] == "'team' is missing."


def test_apply_reads_standard_input(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(CONFIG.encode())))
    assert run("apply", "-")[0] == 0
    assert Rule.objects.count() == 2


def test_export_prints_the_only_team(file: Path) -> None:
    run("apply", str(file))
    assert run("export") == run("export", "--team", "data-ops")
    assert run("export")[1].startswith("version: 1\nteam: data-ops\n")


def test_export_asks_which_team_when_there_are_several(file: Path) -> None:
    run("apply", str(file))
    Team.objects.create(name="finance")
    assert run("export")[::2] == (2, "There are 2 teams: data-ops, finance. Choose one with --team.\n")


def results(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
    code, out, _ = run("run_rules", "--json", *arguments)
    return code, [json.loads(line) for line in out.splitlines()]


def test_run_rules_prints_one_object_a_line(file: Path) -> None:
    run("apply", str(file))
    _, found = results("--rule", "Orders keep arriving")
    assert list(found[0]) == [
        "rule", "table", "verdict", "sentence", "measured", "unit", "expected", "source", "trust", "reason",
    ]  # fmt: skip
    assert (found[0]["rule"], found[0]["table"], found[0]["unit"]) == ("Orders keep arriving", "main.orders", "seconds")
    assert found[0]["expected"] == {"low": None, "high": 4200.0}


@pytest.mark.parametrize(("age", "code", "verdict"), [(60, 0, "ok"), (71 * 60, 1, "breached")])
def test_run_rules_exits_by_the_verdict(
    desk: Desk, file: Path, age: int, code: int, verdict: str, make_store: Any
) -> None:
    stamp = f"{utc_now() - timedelta(seconds=age):%Y-%m-%d %H:%M:%S}"
    make_store(f"UPDATE orders SET updated_at = TIMESTAMP '{stamp}'")
    run("apply", str(file))
    found = results("--rule", "Orders keep arriving")
    assert (found[0], found[1][0]["verdict"]) == (code, verdict)


def test_a_rule_that_cannot_look_exits_with_two(file: Path) -> None:
    run("apply", str(file))
    (file.parent / "shop.duckdb").unlink()
    code, found = results()
    assert (code, {result["verdict"] for result in found}) == (2, {"unknown"})


def test_the_table_is_for_people(file: Path) -> None:
    run("apply", str(file))
    _, out, _ = run("run_rules")
    assert out.splitlines()[0].split() == ["VERDICT", "RULE", "TABLE", "MEASURED", "WHY"]
    assert "Orders keep arriving" in out
    assert re.search(r"\d+ (s|min) since the last change", out)


def test_a_reader_that_has_had_enough_gets_no_traceback() -> None:
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "schema"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as writing:  # noqa: S603
        assert writing.stdout
        assert writing.stderr
        writing.stdout.close()
        assert writing.stderr.read() == ""
    assert writing.returncode == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--rule", "Orders volum"), "There is no rule 'Orders volum'. Did you mean Orders volume?\n"),
        (("--team", "data-op"), "There is no team 'data-op'. Did you mean data-ops?\n"),
    ],
)
def test_an_unknown_name_exits_with_two_and_near_names(file: Path, arguments: tuple[str, str], message: str) -> None:
    run("apply", str(file))
    code, _, err = run("run_rules", *arguments)
    assert (code, err) == (2, message)


def test_a_paused_rule_is_named_and_not_checked(file: Path) -> None:
    file.write_text(CONFIG.replace("every: 1h", "every: 1h\n    paused: true"), encoding="utf-8")
    run("apply", str(file))
    code, out, err = run("run_rules", "--rule", "Orders keep arriving")
    assert (code, out) == (0, "There was no rule to check.\n")
    assert err == "Orders keep arriving is paused and was not checked.\n"


def test_run_rules_starts_without_what_it_does_not_need() -> None:
    program = (
        "import django, sys; django.setup(); import apps.rules.management.commands.run_rules; "
        "print([name for name in ('yaml', 'ninja', 'celery', 'urllib3', 'apps.rules.services') if name in sys.modules])"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program], capture_output=True, text=True, check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"},
    )  # fmt: skip
    assert done.stdout == "[]\n"
