"""Which rows of a partitioned table a statement of the double reads, and which statements it refuses.

As on the pages "Query partitioned tables" (pruning by constant filters on the partitioning column) and "Manage
partitioned tables" (require partition filter). Partitions are days; of a table that is partitioned by numbers, all of
them are read.
"""

from __future__ import annotations

import sqlglot
from sqlglot import exp

INGESTED = "_PARTITIONTIME"
WIDER: dict[type[exp.Expr], type[exp.Expr]] = {exp.GT: exp.GTE, exp.LT: exp.LTE}  # a part of a partition is read whole
RANGES = (exp.GTE, exp.GT, exp.LTE, exp.LT, exp.EQ)


def partition_column(create: exp.Create) -> str:
    """The column that a new table is partitioned by; empty when it is not."""
    found = create.find(exp.PartitionedByProperty)
    if found is None:
        return ""
    column = found.find(exp.Column) or found
    name = column.name
    return INGESTED if name.upper() in (INGESTED, "_PARTITIONDATE") else name


def requires_filter(create: exp.Create) -> bool:
    """Whether OPTIONS(require_partition_filter = TRUE) stands in it."""
    options = (option for option in create.find_all(exp.Property) if option.name == "require_partition_filter")
    return any(option.args["value"].sql().upper() == "TRUE" for option in options)


def pruning(table: exp.Table, column: str) -> exp.Expr | None:
    """The conditions on nothing but `column` that every row must meet; None when there is none."""
    select = table.find_ancestor(exp.Select)
    where = select.args.get("where") if select else None
    if where is None:
        return None
    parts = where.this.flatten() if isinstance(where.this, exp.And) else [where.this]
    chosen = [part for part in parts if _columns(part) == {column.lower()}]
    return exp.and_(*(part.copy() for part in chosen)) if chosen else None


def by_days(condition: exp.Expr) -> str:
    """The condition for DuckDB, widened to whole days."""

    def widen(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, RANGES) or isinstance(node.expression.unnest(), exp.Literal | exp.Neg):
            return node
        kind = WIDER.get(type(node), type(node))
        return kind(this=_day(node.this), expression=_day(node.expression))

    return sqlglot.parse_one(condition.sql("duckdb"), read="duckdb").transform(widen).sql("duckdb")


def _day(value: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="date_trunc", expressions=[exp.Literal.string("day"), value])


def _columns(part: exp.Expr) -> set[str]:
    return {column.name.lower() for column in part.find_all(exp.Column)}
