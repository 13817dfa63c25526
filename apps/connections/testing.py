"""What the test of a connection reports to a person."""

from __future__ import annotations

from collections.abc import Sequence

from apps.common.records import record
from apps.connections.engines.contract import Engine, TableInfo, WriteAccess


@record
class TestReport:
    """How the test of a connection went. `warning` and `script` are empty where there is nothing to warn of."""

    __test__ = False  # its name is not that of a test class

    ok: bool
    message: str
    tables: int = 0
    views: int = 0
    warning: str = ""
    script: str = ""


def try_out(engine: Engine) -> TestReport:
    """Open a session and look around. Raises EngineError."""
    with engine:
        found = engine.tables()
        access = engine.write_access()
    return report_of(engine, found, access)


def report_of(engine: Engine, found: Sequence[TableInfo], access: WriteAccess) -> TestReport:
    """The report on a session that could be opened. Pure."""
    views = sum(info.kind == "view" for info in found)
    tables = len(found) - views
    schemas = sorted({info.name.schema for info in found}) or [engine.default_schema]
    return TestReport(
        ok=True,
        message=f"Connected: {counted(tables, 'table')}, {counted(views, 'view')}.",
        tables=tables,
        views=views,
        warning=_warning(access),
        script=engine.grant_script(schemas) if access and not access.by_files else "",
    )


def _warning(access: WriteAccess) -> str:
    if not access:
        return ""
    if access.by_files:
        return (
            f"Midwatch may write to the files here, for example to those of {', '.join(access.tables)}. It never does; "
            "permission to read them is enough."
        )
    what = "is a superuser" if access.superuser else f"may write, for example to {', '.join(access.tables)}"
    return f"This login {what}. Midwatch never writes; a login that can only read is safer."


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
