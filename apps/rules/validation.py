"""Whether a drafted rule can work: by itself, and on the tables that the store really has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

from apps.alerts.models import Severity
from apps.common.errors import InvalidInput, MidwatchError, NotFoundNearby
from apps.common.records import record
from apps.connections.models import Connection
from apps.connections.services import ENGINES, Column, Engine, TableName, add_asked, matches, open_engine, parse_table
from apps.rules.drafts import RuleDraft
from apps.rules.items import pattern_words
from apps.rules.kinds.contract import Kind, Subject
from apps.rules.shaping.making import make_kind
from apps.rules.told import check_told
from apps.rules.trial import other_of, try_all
from apps.teams.models import Team, check_time_zone

NAMED = 5  # how many tables a warning names


@record
class CheckedDraft:
    """A draft in canonical form, its kind, and the tables it covers (None: the store could not be asked)."""

    draft: RuleDraft
    kind: Kind
    subject: Subject
    tables: tuple[TableName, ...] | None
    warnings: tuple[str, ...] = ()


@record
class Catalogue:
    """What a store has: the kind of each table, and columns of those that matter. `silent`: why nothing is known;
    `unreadable`: why the columns of a table are not."""

    kinds: Mapping[TableName, str] = field(default_factory=dict)
    columns: Mapping[TableName, Sequence[Column]] = field(default_factory=dict)
    unreadable: Mapping[TableName, str] = field(default_factory=dict)
    silent: str = ""


def check(*, team: Team, draft: RuleDraft, verify: bool, now: datetime) -> CheckedDraft:
    """Raise InvalidInput (naming the field) where the draft cannot work; `verify` asks the store about its tables."""
    _check_frame(team, draft)
    checked = read(draft)
    other_of(draft, checked.kind)
    if not verify:
        return checked
    catalogue = ask(draft.connection, [checked], now)
    (tried,) = try_all([verified(checked, catalogue)], _silent({draft.connection.name: catalogue}), now)
    if isinstance(tried, InvalidInput):
        raise tried
    return tried


def check_all(*, team: Team, drafts: Sequence[RuleDraft], now: datetime) -> list[CheckedDraft | InvalidInput]:
    """Each draft verified, or why it cannot work. However many there are, each store is asked once."""
    results: list[CheckedDraft | InvalidInput] = []
    for draft in drafts:
        try:
            results.append(check(team=team, draft=draft, verify=False, now=now))
        except InvalidInput as error:
            results.append(error)
    readable = [found for found in results if isinstance(found, CheckedDraft)]
    stores = {checked.draft.connection.name: checked.draft.connection for checked in readable}
    catalogues = {
        name: ask(connection, [checked for checked in readable if checked.draft.connection.name == name], now)
        for name, connection in stores.items()
    }
    results = [found if isinstance(found, InvalidInput) else _verified_or_not(found, catalogues) for found in results]
    return try_all(results, _silent(catalogues), now)


def _silent(catalogues: Mapping[str, Catalogue]) -> set[str]:
    return {name for name, catalogue in catalogues.items() if catalogue.silent}


def _verified_or_not(checked: CheckedDraft, catalogues: Mapping[str, Catalogue]) -> CheckedDraft | InvalidInput:
    try:
        return verified(checked, catalogues[checked.draft.connection.name])
    except InvalidInput as error:
        return error


def ask(connection: Connection, drafts: Sequence[CheckedDraft], now: datetime) -> Catalogue:
    """One look at the store for all `drafts`, counted in the ledger. Raises InvalidInput for settings that make no
    sense."""
    try:
        engine = open_engine(connection=connection)
        try:
            with engine:
                return _catalogue(engine, drafts)
        finally:
            add_asked(connection, engine, now)
    except InvalidInput:
        raise
    except MidwatchError as error:
        note = f"{connection.name} could not be asked, so the tables were not verified. {error}"
        return Catalogue(silent=note)


def _catalogue(engine: Engine, drafts: Sequence[CheckedDraft]) -> Catalogue:
    kinds = {info.name: info.kind for info in engine.tables()}
    wanted: dict[TableName, None] = {}
    for checked in drafts:
        covered = [name for name in kinds if _covers(checked, name)]
        others = [other for name in covered for other in checked.kind.also_reads(replace(checked.subject, table=name))]
        wanted |= dict.fromkeys([*covered, *(other for other in others if other in kinds)])
    return Catalogue(kinds, engine.columns(list(wanted)) if wanted else {}, engine.unreadable)


def verified(checked: CheckedDraft, catalogue: Catalogue) -> CheckedDraft:
    if catalogue.silent:
        return replace(checked, warnings=(catalogue.silent,))
    if checked.draft.table:
        if reason := catalogue.unreadable.get(checked.subject.table):
            return replace(checked, warnings=(f"{checked.draft.table} was not verified. {reason}",))
        return _check_table(checked, catalogue.kinds, catalogue.columns)
    wanted = [name for name in catalogue.kinds if _covers(checked, name)]
    return _check_patterns(checked, catalogue.kinds, catalogue.columns, wanted)


def read(draft: RuleDraft) -> CheckedDraft:
    """The draft in canonical form, with its kind. Raises InvalidInput; asks nobody."""
    kind = make_kind(draft.kind, draft.settings)
    driver = ENGINES[draft.connection.engine]
    table: TableName | None = None
    if draft.table:
        try:
            table = parse_table(draft.table, default_schema=driver.default_schema)
        except ValueError as error:
            raise InvalidInput(f"{error}.", field="table") from error
    canonical = replace(draft, table=str(table or ""), settings=kind.settings.plain())
    words = "" if table else pattern_words(draft.include)
    named = table or TableName("", "")
    subject = Subject(
        draft.connection.name, named, _zone(draft.timezone), words=words, dialect=driver.dialect, sql=driver.sql
    )
    kind.refuse_sql(subject)
    return CheckedDraft(canonical, kind, subject, (table,) if table else None)


def _zone(name: str) -> ZoneInfo:
    try:
        check_time_zone(name)
    except ValidationError as error:
        raise InvalidInput(error.messages[0], field="timezone") from error
    return ZoneInfo(name)


def _check_frame(team: Team, draft: RuleDraft) -> None:
    if not draft.name.strip() or len(draft.name) > 150:
        raise InvalidInput("A rule needs a name of at most 150 characters.", field="name")
    if draft.severity not in Severity.values:
        raise NotFoundNearby(
            f"{draft.severity!r} is no severity: critical, high, medium or low.", draft.severity, Severity.values,
            field="severity",
        )  # fmt: skip
    if draft.connection.team_id != team.pk:
        raise InvalidInput("The connection belongs to another team.", field="connection")
    if any(channel.team_id != team.pk for channel in draft.channels):
        raise InvalidInput("A channel belongs to another team.", field="notify")
    check_told(team, draft)
    if bool(draft.table) == bool(draft.include):
        raise InvalidInput("Name either one table, or patterns of tables to include.", field="table")


def _covers(checked: CheckedDraft, name: TableName) -> bool:
    draft = checked.draft
    return name == checked.subject.table if draft.table else matches(name, draft.include, draft.exclude)


def _tells_changes(checked: CheckedDraft, kind: str) -> bool:
    """Whether the store tells without a column when a table of this kind was written."""
    return kind == "table" and bool(ENGINES[checked.draft.connection.engine].change_source)


def _refuse(
    checked: CheckedDraft, subject: Subject, kinds: Mapping[TableName, str],
    columns: Mapping[TableName, Sequence[Column]],
) -> None:  # fmt: skip
    """Raise InvalidInput where the kind cannot work on a table that is there."""
    own = columns.get(subject.table, ())
    checked.kind.refuse(subject, own, tells_changes=_tells_changes(checked, kinds[subject.table]))
    if checked.kind.also_reads(subject):
        others = {name: columns.get(name, ()) for name in kinds}
        checked.kind.refuse_others(subject, own, others)


def _check_table(
    checked: CheckedDraft, kinds: Mapping[TableName, str], columns: Mapping[TableName, Sequence[Column]]
) -> CheckedDraft:
    table = checked.subject.table
    if table not in kinds:
        raise NotFoundNearby(
            f"There is no table {table} in {checked.draft.connection.name}.", str(table), map(str, kinds), field="table"
        )
    subject = replace(checked.subject, is_view=kinds[table] == "view")
    _refuse(checked, subject, kinds, columns)
    return replace(checked, subject=subject, tables=(table,))


def refusals(
    checked: CheckedDraft,
    kinds: Mapping[TableName, str],
    columns: Mapping[TableName, Sequence[Column]],
    wanted: Sequence[TableName],
) -> dict[TableName, str]:
    """Why the rule cannot work on some of the `wanted` tables, by table."""
    refused: dict[TableName, str] = {}
    for name in wanted:
        subject = replace(checked.subject, table=name, is_view=kinds[name] == "view", words="")
        try:
            _refuse(checked, subject, kinds, columns)
        except InvalidInput as error:
            refused[name] = str(error)
    return refused


def _check_patterns(
    checked: CheckedDraft,
    kinds: Mapping[TableName, str],
    columns: Mapping[TableName, Sequence[Column]],
    wanted: Sequence[TableName],
) -> CheckedDraft:
    refused = refusals(checked, kinds, columns, wanted)
    warnings = []
    if not wanted:
        warnings.append(f"No table matches {' or '.join(checked.draft.include)} yet; tables that appear are covered.")
    elif len(refused) == len(wanted):
        raise InvalidInput(f"The rule can work on none of the {len(wanted):,} tables: {refused[wanted[0]]}")
    elif refused:
        some = ", ".join(str(name) for name in list(refused)[:NAMED])
        more = f" and {len(refused) - NAMED:,} more" if len(refused) > NAMED else ""
        first = next(iter(refused.values()))
        warnings.append(f"{len(refused):,} of {len(wanted):,} tables cannot be checked: {some}{more}. {first}")
    return replace(checked, tables=tuple(wanted), warnings=tuple(warnings))
