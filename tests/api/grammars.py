"""A small file in the grammar, and ways to read variants of it without a database."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from apps.api.grammar import Wanted, read
from apps.api.problems import FileRefused
from apps.api.specs import TeamSpec
from apps.api.yaml_tree import parse

SMALL = """\
version: 1
team: data-ops
defaults:
  timezone: Europe/Berlin
  severity: high
  notify: [ops-mail]
connections:
  shop:
    engine: duckdb
    path: /data/shop.duckdb
channels:
  ops-mail: {type: email, to: [ops@example.com]}
rules:
  - name: Orders keep arriving
    connection: shop
    table: main.orders
    kind: freshness
    every: 1h
"""


def read_text(text: str, *, environ: Mapping[str, str] | None = None, existing: TeamSpec | None = None) -> Wanted:
    """Read a file that lies in /configs."""
    return read(
        parse(text.encode(), file="monitors.yml"),
        file="monitors.yml",
        folder="/configs",
        existing=existing or TeamSpec("data-ops"),
        environ=environ or {},
    )


def complaints(text: str, *, environ: Mapping[str, str] | None = None, existing: TeamSpec | None = None) -> list[str]:
    """What is wrong with a file, line by line, as a person sees it."""
    with pytest.raises(FileRefused) as refusal:
        read_text(text, environ=environ, existing=existing)
    return str(refusal.value).splitlines()
