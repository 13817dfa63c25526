"""A folder with a real DuckDB file, and the file in the grammar that watches it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from apps.api.apply import Source, apply_file, export_team
from apps.api.plan_text import Outcome
from apps.api.problems import FileRefused

NIGHT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
CONFIG = """\
version: 1
team: data-ops
defaults:
  notify: [ops-mail]
connections:
  shop:
    engine: duckdb
    path: ./shop.duckdb
channels:
  ops-mail: {type: email, to: [ops@example.com]}
  ops-hook: {type: webhook, url: "http://127.0.0.1:9000/hook", secret: "${HOOK_SECRET}"}
rules:
  - name: Orders keep arriving
    connection: shop
    table: main.orders
    kind: freshness
    every: 1h
    column: updated_at
    notify: [ops-mail, ops-hook]
  - name: Orders volume
    connection: shop
    table: main.orders
    kind: volume
    column: created_at
"""
HOOK_SECRET = "whsec_bWlkd2F0Y2gtbWlkd2F0Y2gtbWlkd2F0Y2g="


@dataclass
class Desk:
    """A person at a command line: a folder with files, and an environment."""

    folder: Path
    environ: dict[str, str] = field(default_factory=lambda: {"HOOK_SECRET": HOOK_SECRET})

    def apply(self, text: str = CONFIG, *, environ: Mapping[str, str] | None = None, dry_run: bool = False,
              prune: bool = False) -> Outcome:  # fmt: skip
        source = Source(text.encode(), "monitors.yml", str(self.folder))
        known = self.environ if environ is None else environ
        return apply_file(source=source, environ=known, now=NIGHT, dry_run=dry_run, prune=prune)

    def refused(self, text: str) -> list[str]:
        """The lines that say why a file is refused."""
        with pytest.raises(FileRefused) as refusal:
            self.apply(text)
        return str(refusal.value).splitlines()

    def export(self, team: str = "data-ops") -> str:
        return export_team(team)


@pytest.fixture
def make_store(tmp_path: Path) -> Callable[..., None]:
    """Write a DuckDB file into the folder, as somebody else's pipeline would."""

    def make(*statements: str, name: str = "shop.duckdb") -> None:
        with duckdb.connect(str(tmp_path / name)) as store:
            for statement in statements:
                store.execute(statement)

    return make


@pytest.fixture
def desk(db: None, tmp_path: Path, make_store: Callable[..., None]) -> Desk:
    make_store(
        "CREATE TABLE orders (id BIGINT, created_at TIMESTAMP, updated_at TIMESTAMP)",
        f"INSERT INTO orders SELECT range, TIMESTAMP '{NIGHT:%Y-%m-%d %H:%M:%S}' - range * INTERVAL 1 HOUR, "
        f"TIMESTAMP '{NIGHT:%Y-%m-%d %H:%M:%S}' - range * INTERVAL 1 HOUR FROM range(2000)",
    )
    return Desk(tmp_path)
