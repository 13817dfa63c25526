"""The catalogues: complete, compiled, and gone through by every word of a message."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from apps.alerts.answering.acts import Answer
from apps.alerts.channels import mails
from apps.alerts.outbox import fallback
from apps.alerts.routing import recipients
from apps.alerts.silences import rollups, summing
from apps.summaries import language
from apps.summaries.phrases import told
from apps.summaries.phrases.parts import PARTS
from apps.summaries.phrases.said import SAID
from apps.summaries.services import write_message
from tests.project.files import ROOT
from tests.summaries.test_every_situation import BASE, KINDS, TOLD
from tests.summaries.test_german_texts import DIGEST, ROLLUP

FOLDER = ROOT / "apps/summaries"
CATALOGUE = FOLDER / "locale/de/LC_MESSAGES/django.po"
MARKS = {"gettext", "_", "gettext_noop", "pgettext", "ngettext", "ngettext_lazy", "npgettext"}
PLACE = re.compile(r"\{\w+\}")
Key = tuple[str, str]  # context, English

# Words that are one with the facts: what a situation is given, and what a place is called.
FACTS = ("Orders", "main.orders", "shop", "dwh", "ops-mail", "Europe/Berlin", "Ada", "Umsatz", "Lager", "Daten", "crm")


def entries() -> dict[Key, tuple[str, list[str]]]:
    """Both English forms of each message, as one text, and its German ones, as the .po has them."""
    found: dict[Key, tuple[str, list[str]]] = {}
    for block in CATALOGUE.read_text(encoding="utf-8").split("\n\n")[1:]:
        assert "fuzzy" not in block
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if not line.startswith('"'):
                name, line = line.split(" ", 1)
            fields[name] = fields.get(name, "") + ast.literal_eval(line)
        forms = [text for field, text in fields.items() if field.startswith("msgstr")]
        found[fields.get("msgctxt", ""), fields["msgid"]] = fields["msgid"] + fields.get("msgid_plural", ""), forms
    return found


def marked() -> Iterator[Key]:
    """Every message that the code marks, by the functions that `makemessages` looks for."""
    for path in sorted(FOLDER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in MARKS:
                continue
            texts = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            with_context = node.func.id in ("pgettext", "npgettext")
            if texts:
                yield (texts[0], texts[1]) if with_context else ("", texts[0])


def test_every_marked_message_has_a_german_one_and_nothing_else_has() -> None:
    assert set(marked()) == set(entries())


def test_every_german_message_is_there_with_the_places_of_the_english_one() -> None:
    for english, forms in entries().values():
        wanted = set(PLACE.findall(english))
        for form in forms:
            assert form.strip(), english
            # Of two forms, that for 1 may leave the number out.
            assert set(PLACE.findall(form)) | ({"{number}"} & wanted if len(forms) > 1 else set()) == wanted, english


def test_the_compiled_catalogue_says_what_the_written_one_says() -> None:
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled: dict[Any, str] = vars(gettext.GNUTranslations(file))["_catalog"]
    written: dict[Any, str] = {}
    for (context, english), (_, forms) in entries().items():
        key = f"{context}\x04{english}" if context else english
        written |= {(key, place): form for place, form in enumerate(forms)} if len(forms) > 1 else {key: forms[0]}
    assert {key: text for key, text in compiled.items() if key} == written


def test_what_the_alerts_write_into_facts_is_known() -> None:
    rules = ("the rule “{rule}”", "a rule that this concerns", "the rule")
    texts = [form.format(rule=rule) for form in (recipients.BY_RULE, recipients.BY_NAME) for rule in rules]
    texts += [recipients.BY_ROUTE, recipients.BY_RISE, recipients.BY_STEP, recipients.BY_RANK, recipients.LEFT]
    texts += [recipients.HEARD, fallback.BECAUSE, summing.BECAUSE, rollups.BECAUSE]
    texts += [*mails.LABELS.values(), *mails.FIXED.values(), mails.LEFT_OUT, *(answer.label for answer in Answer)]
    assert [text for text in texts if text not in SAID] == []


def test_a_sentence_of_which_a_part_is_not_known_stays_whole() -> None:
    with language.speaking("de"):
        assert told("Alerts if main.orders has something odd.") == "Alerts if main.orders has something odd."
        assert told("Alerts if main.orders has no rows.") == "Alarmiert, wenn main.orders Folgendes hat: keine Zeilen."
        assert (
            told("The severity went from low to high. It was odd.") == "The severity went from low to high. It was odd."
        )


def test_facts_for_a_language_model_stay_english_while_german_is_spoken() -> None:
    from apps.summaries.texts import incident_facts  # noqa: PLC0415 (kept apart in the code as well)

    facts = BASE | {"situation": "stale", "age_seconds": 7800.0, "language": "de"}
    with language.speaking("de"):
        sent = incident_facts(facts=facts, severity="high", kind="opened", taken=False)
    assert sent["what happened"] == "main.orders has not changed for 2 h 10 min."
    assert sent["Severity"] == "High"


@pytest.fixture
def brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A language that writes every message in brackets, so that what goes around the catalogue stands outside."""
    monkeypatch.setattr(translation, "gettext", lambda message: f"⟦{message}⟧")
    monkeypatch.setattr(
        translation, "pgettext", lambda context, message: f"⟦{message}⟧" if len(message) > 1 else message
    )
    monkeypatch.setattr(translation, "ngettext", lambda one, many, number: f"⟦{one if number == 1 else many}⟧")
    monkeypatch.setattr(translation, "npgettext", lambda c, one, many, number: f"⟦{one if number == 1 else many}⟧")


def outside(text: str) -> str:
    """The letters that stand outside of brackets, without those of facts."""
    while "⟦" in text:
        shorter = re.sub(r"⟦[^⟦⟧]*⟧", "", text)
        if shorter == text:
            break
        text = shorter
    return text


def given(value: Any) -> set[str]:
    """Every text among the facts."""
    if isinstance(value, dict):
        return {text for each in value.values() for text in given(each)}
    if isinstance(value, list | tuple):
        return {text for each in value for text in given(each)}
    return {value} if isinstance(value, str) else set()


@pytest.mark.parametrize("kind", [*KINDS, "test", "rollup", "digest"])
def test_every_word_of_a_message_goes_through_the_catalogue(brackets: None, kind: str) -> None:
    own = {"test": {"channel": "ops-mail"}, "rollup": ROLLUP, "digest": DIGEST}
    cases = [own[kind]] if kind in own else [{"situation": name, **facts} for name, (facts, _) in TOLD.items()]
    for case in cases:
        facts = BASE | {"change": "", "held_because": "", "language": "de", "reopened": 2} | case
        text = write_message(kind=kind, facts=facts, severity="high", link="", repeated=True)
        pairs = [pair for _, rows in text.sections for pair in rows] + list(text.details)
        for part in (text.subject, text.headline, text.footer, *(each for pair in pairs for each in pair)):
            left = outside(part)
            for fact in sorted({*given(facts), *FACTS}, key=len, reverse=True):
                left = left.replace(fact, "") if fact else left
            assert not re.search(r"[A-Za-z]{3}", left), (case, part)


def test_what_is_told_of_other_parts_is_marked_once() -> None:
    assert len(set(SAID)) == len(SAID)
    assert len(set(PARTS)) == len(PARTS)
