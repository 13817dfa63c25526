"""A folder of Parquet files for the contract suite, written as another program's pipeline would: by DuckDB's COPY."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import sqlglot
from sqlglot import exp

from apps.connections.names import TableName
from tests.connections.stores import Standard

HOME = "files"


class LakeStore(Standard):
    """`execute` runs a statement in a database of the pipeline's own, and writes the table that it names anew."""

    key = "lake"
    home = HOME
    has_views = False
    keeps_not_null = False
    everywhere: ClassVar[dict[str, Any]] = {}
    commented: tuple[str, ...] = ("CREATE TABLE orders (id integer)",)
    comments: tuple[str, str] = ("", "")
    told: frozenset[str] = frozenset({"bytes"})

    def __init__(self, root: Path) -> None:
        self.root = root
        self.wrong_settings = {"path": str(root / "nowhere")}
        root.mkdir(exist_ok=True)
        self._number = count(1)
        self._pipeline = duckdb.connect(config={"threads": 1})
        self._pipeline.execute(f"CREATE SCHEMA {HOME}; USE {HOME}")

    def settings(self, **changes: Any) -> dict[str, Any]:
        return {"path": str(self.root), **changes}

    def execute(self, *statements: str) -> None:
        for statement in statements:
            self._pipeline.execute(statement)
            parsed = sqlglot.parse_one(statement, dialect="duckdb")
            named = parsed.this.find(exp.Table) if parsed.this else None
            if named is not None and named.name:
                self._write(TableName(named.db or HOME, named.name))

    def folder(self, table: TableName) -> Path:
        return self.root / table.name if table.schema == HOME else self.root / table.schema / table.name

    def _write(self, table: TableName) -> None:
        """The files of a table anew, as far as it is still there."""
        folder = self.folder(table)
        before = list(folder.glob("*.parquet"))
        named = exp.table_(table.name, db=table.schema, quoted=True).sql("duckdb")
        if self._pipeline.execute(
            "SELECT 1 FROM duckdb_tables() WHERE (schema_name, table_name) = ($1, $2)", [table.schema, table.name]
        ).fetchall():
            folder.mkdir(parents=True, exist_ok=True)
            self._pipeline.table(named).write_parquet(str(folder / f"part-{next(self._number):05}.parquet"))
        for file in before:
            file.unlink()
