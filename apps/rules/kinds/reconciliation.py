"""Reconciliation: two tables or queries, be it of two connections, hold the same rows, or the same sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.utils.module_loading import import_string

from apps.common.errors import InvalidInput, NotFoundNearby
from apps.connections.services import Column, TableName, parse_table
from apps.rules.kinds.columns import check_column
from apps.rules.kinds.comparing import Comparison, compare
from apps.rules.kinds.contract import Judgement, Kind, Known, Reading, Subject, Unit
from apps.rules.kinds.keyed import KeyedRows
from apps.rules.kinds.masking import masked
from apps.rules.kinds.reconciliation_settings import ReconciliationSettings
from apps.rules.kinds.wants import Elsewhere, Select, Want
from apps.rules.kinds.written import CHECKS
from apps.rules.limits import count_words

SOURCE = "both sides, compared by Midwatch"
KEPT = "compared"  # where the last number stands in the memory, and how many a person has accepted
SAMPLES = 5
CONDITION = "apps.rules.shaping.condition.check_condition"
CAST = "No key is on both sides: they are texts on one and not on the other, so let a query cast one of them."


class Reconciliation(Kind):
    label = "Reconciliation"
    tells = "Two tables or queries, also of two data stores, do not hold the same rows or sums."
    unit: ClassVar[Unit] = "rows"
    own_statements: ClassVar[bool] = True
    Settings = ReconciliationSettings
    settings: ReconciliationSettings

    @property
    def check_every(self) -> timedelta:
        return self.settings.every

    @property
    def other_connection(self) -> str:
        return self.settings.other or ""

    def refuse(self, subject: Subject, columns: Sequence[Column], *, tells_changes: bool) -> None:
        if not self.settings.sql:
            for field in ("key", "columns"):
                for name in getattr(self.settings, field):
                    check_column(name, subject, columns, field=field)

    def refuse_sql(self, subject: Subject) -> None:
        self._refuse_side("", subject.dialect)
        if not self._is_elsewhere(subject):
            self.refuse_other_sql(subject.dialect)

    def refuse_other_sql(self, dialect: str) -> None:
        self._refuse_side("other_", dialect)

    def also_reads(self, subject: Subject) -> Sequence[TableName]:
        other = self._there(subject)
        return (other.of,) if isinstance(other, KeyedRows) and other.of else ()

    def refuse_others(
        self, subject: Subject, columns: Sequence[Column], others: Mapping[TableName, Sequence[Column]]
    ) -> None:
        other = self._other_table(subject)
        if other not in others:
            message = f"There is no table {other} in {subject.connection}."
            raise NotFoundNearby(message, str(other), map(str, others), field="other_table")
        if others[other] and not self.settings.other_sql:
            for name in (*self.settings.key_there, *self.settings.values_there):
                check_column(name, replace(subject, table=other), others[other], field="other_columns")

    def wants(self, subject: Subject, known: Known, now: datetime) -> Sequence[Want]:
        return (self._here, self._there(subject))  # what is elsewhere may have changed, too

    def judge(
        self, subject: Subject, known: Known, answers: Mapping[Want, Any], now: datetime, *, accepted: bool
    ) -> Judgement:
        before: Mapping[str, Any] = known.memory.get(KEPT, {})
        settings = self.settings
        found = compare(
            answers[self._here], answers[self._there(subject)], key=len(settings.key), summed=settings.sums,
            tolerance=settings.tolerance,
        )  # fmt: skip
        count = found.differences
        excused = count if accepted else int(before.get("excused", 0))
        breached = count > max(settings.at_most, excused)
        return Judgement(
            "breached" if breached else "ok",
            memory={KEPT: {"differences": count, "excused": excused if count > settings.at_most else 0}},
            measured=float(count),
            high=float(settings.at_most),
            source=SOURCE,
            reason=self._reason(subject, found, breached=breached),
            facts=self._facts(subject, found) if breached else {},
            readings=(Reading("measured", now, float(count)),) if count != before.get("differences") else (),
            basis=float(found.compared),
        )

    def sentence(self, subject: Subject, memory: Mapping[str, Any]) -> str:
        settings, there = self.settings, self._there_words(subject)
        here = f"the query of this rule for {subject}" if settings.sql else str(subject)
        keys, most = " and ".join(settings.key), settings.at_most
        if settings.sums:
            mine, theirs = " and ".join(settings.columns), " and ".join(settings.values_there)
            apart = (f" for more than {most:,} values of {keys}" if most else f" for any {keys}") if keys else ""
            return f"Alerts if the sum of {mine} in {here} is not that of {theirs} in {there}{apart}."
        which, verbs = (f"more than {count_words(most)}", ("are", "have")) if most else ("any row", ("is", "has"))
        values = f", or {verbs[1]} another {' or '.join(settings.columns)} there" if settings.columns else ""
        return f"Alerts if {which} of {here}, by {keys}, {verbs[0]} missing in {there}, or the other way round{values}."

    def _refuse_side(self, side: str, dialect: str) -> None:
        """Raise InvalidInput where the SQL of this side (empty: the rule's own) is not what it may be."""
        checks = {f"{side}sql": f"{CHECKS}.check_written", f"{side}where": CONDITION}
        for field, check in checks.items():
            if text := getattr(self.settings, field):
                try:
                    import_string(check)(text, dialect)
                except InvalidInput as error:
                    raise InvalidInput(f"{field}: {error}", field=field) from error

    def _is_elsewhere(self, subject: Subject) -> bool:
        return self.other_connection not in ("", subject.connection)

    @property
    def _here(self) -> KeyedRows:
        settings = self.settings
        return KeyedRows(
            settings.key, settings.columns, settings.most_rows, settings.sums, settings.sql or "", settings.where or ""
        )

    def _there(self, subject: Subject) -> Select:
        settings = self.settings
        of = None if self._is_elsewhere(subject) or not settings.other_table else self._other_table(subject)
        rows = KeyedRows(
            settings.key_there, settings.values_there, settings.most_rows, settings.sums, settings.other_sql or "",
            settings.other_where or "", of,
        )  # fmt: skip
        if not self._is_elsewhere(subject):
            return rows
        return Elsewhere(self.other_connection, rows, settings.other_table or "")

    def _other_table(self, subject: Subject) -> TableName:
        """The other table of the rule's own connection. Without a schema it is in that of the rule's table."""
        return parse_table(self.settings.other_table or "", default_schema=subject.table.schema)

    def _there_words(self, subject: Subject) -> str:
        of = f" of {self.other_connection}" if self._is_elsewhere(subject) else ""
        if self.settings.other_sql:
            return f"the other query{of}"
        same = str(subject.table) if subject.table.name else "the table of that name"
        return f"{self.settings.other_table or same}{of}"

    def _reason(self, subject: Subject, found: Comparison, *, breached: bool) -> str:
        if found.differences <= self.settings.at_most:
            return ""
        there = self._there_words(subject)
        parts = [
            (len(found.missing_here), f"missing in {subject.table}"),
            (len(found.missing_there), f"missing in {there}"),
            (len(found.unlike), "different"),
            (len(found.repeated), "there more than once"),
            (found.keyless, "without a key"),
        ]
        told = ", ".join(f"{count:,} {words}" for count, words in parts if count)
        words = f"{subject.table} and {there} do not agree: {told}."
        words += f" {CAST}" if found.mixed else ""
        return words if breached else f"{words} A person accepted this many."

    def _facts(self, subject: Subject, found: Comparison) -> dict[str, Any]:
        return {
            "situation": "reconciliation",
            "other": self._there_words(subject),
            "sums": self.settings.sums,
            "compared": found.compared,
            "differences": found.differences,
            "allowed": self.settings.at_most,
            "missing_here": len(found.missing_here),
            "missing_there": len(found.missing_there),
            "different": len(found.unlike),
            "repeated": len(found.repeated),
            "keyless": found.keyless,
            "samples": {
                "missing_here": [self._key_words(key) for key in found.missing_here[:SAMPLES]],
                "missing_there": [self._key_words(key) for key in found.missing_there[:SAMPLES]],
                "different": [self._unlike_words(*each) for each in found.unlike[:SAMPLES]],
                "repeated": [self._key_words(key) for key in found.repeated[:SAMPLES]],
            },
            "hint": CAST if found.mixed else "",
            "reason": "",
        }

    def _key_words(self, key: Sequence[Any]) -> str:
        return ", ".join(f"{name} {masked(name, value)}" for name, value in zip(self.settings.key, key, strict=True))

    def _unlike_words(self, key: Sequence[Any], values: Sequence[tuple[int, Any, Any]]) -> str:
        """`account_id 7: amount 10.00 here, 9.99 there`"""
        names = self.settings.columns
        told = ", ".join(
            f"{names[place]} {masked(names[place], mine)} here, {masked(names[place], theirs)} there"
            for place, mine, theirs in values
        )
        return f"{self._key_words(key)}: {told}" if key else told
