"""Regular expressions: what is offered means the same in every store, and what is not is refused with a reason."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.errors import InvalidInput
from apps.connections.services import ENGINES
from apps.rules.kinds.pattern import FORMATS
from apps.rules.kinds.regular import LONGEST, portable
from tests.rules.kinds.watching import make_kind, make_subject


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        (r"[A-Z]{2}\d+", "[A-Z]{2}[0-9]+"),
        (r"^a.b$", "a[^\n]b"),
        (r"x\$", r"x\$"),
        (r"a\\$", r"a\\"),
        (r"(?:ab|c)?\.\w", r"(ab|c)?\.[A-Za-z0-9_]"),
        (r"\S+", "[^ \t\n\r\f\v]+"),
        (r"[^a\]\-z\d]", r"[^a\]\-z0-9]"),
        ("[a-]", r"[a\-]"),
        ("]}", r"\]\}"),
        ("(a|b)*c", "(a|b)*c"),
        ("Größe 'x'", "Größe 'x'"),
    ],
)
def test_a_pattern_is_written_as_all_stores_understand_it(pattern: str, written: str) -> None:
    assert portable(pattern) == written


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(?=a)b", "no look-arounds, names or flags"),
        ("(?<!a)b", "no look-arounds"),
        ("(?P<x>a)", "no look-arounds, names"),
        ("(?i)a", "flags"),
        (r"(a)\1", r"refers back to a group with \1"),
        (r"\bword", r"has \b, which not every store knows"),
        (r"\p{L}", r"has \p"),
        ("a*?", "repeats a repetition"),
        ("a++", "repeats a repetition"),
        ("(a+)+", "may take for ever"),
        ("(a|b*)*", "may take for ever"),
        ("((a{1,9}b)c){2,}", "may take for ever"),
        ("a{300}", "255 at most"),
        ("a{3,2}", "the smaller number first"),
        ("a{,3}", "a { that is no number of times"),
        ("a^b", "has a ^ inside"),
        ("*a", "nothing to repeat"),
        ("[a", "ends too early"),
        ("a\\", "ends too early"),
        ("(a", "a ( without its )"),
        ("a)", "a ) without its ("),
        ("[]", "an empty [ ]"),
        ("[[:alpha:]]", "a [ within [ ]"),
        ("[z-a]", "the range z-a"),
        (r"[a-\d]", "which is none"),
        (r"[\D]", r"has \D"),
        ("a|", "an empty part"),
        ("()", "an empty part"),
        ("^$", "an empty part"),
        ("a\nb", "cannot be seen"),
        ("(" * 11 + "a" + ")" * 11, "more than 10 groups"),
        ("a" * (LONGEST + 1), "200 characters at most"),
    ],
)
def test_what_stores_do_not_share_or_what_may_explode_is_refused(pattern: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(reason)) as refusal:
        make_kind("pattern", column="status", pattern=pattern)
    assert refusal.value.field == "pattern"


@given(st.text(alphabet="ab.\\[](){}^$*+?|-&~d1 é'\"", max_size=12))
def test_whatever_is_accepted_is_a_regular_expression(pattern: str) -> None:
    with suppress(ValueError):
        re.compile(f"^({portable(pattern)})$")


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("email", ["ann@example.com", "o'neil+x@a.b.c", "jürgen@exämple.de"],
         ["ann", "a@b", "a b@c.d", "a@@b.c", "a@b."]),
        ("uuid", ["550e8400-E29b-41d4-a716-446655440000"], ["550e8400e29b41d4a716446655440000", "g50e8400"]),
        ("url", ["https://x.de", "HTTP://x/y?z#a"], ["x.de", "ftp://x", "http://", "http://a b"]),
        ("date", ["2026-11-21"], ["2026-13-01", "2026-1-1", "21.11.2026", "2026-11-21 "]),
        ("datetime", ["2026-11-21T03:00:00Z", "2026-11-21 03:00", "2026-11-21T03:00:00.5+01:00"],
         ["2026-11-21", "2026-11-21T24:00"]),
        ("digits", ["007"], ["", "-1", "1.5", "٣"]),
        ("country", ["DE"], ["de", "DEU", ""]),
        ("currency", ["EUR"], ["eur", "€"]),
        ("language", ["de", "pt-BR", "zh-Hant-TW"], ["German", "DE"]),
        ("phone", ["+491701234567"], ["0170 1234567", "+49 170", "+0123456789"]),
        ("iban", ["DE89370400440532013000"], ["DE89 3704", "de89370400440532013000"]),
        ("ipv4", ["10.0.0.255"], ["10.0.0.256", "10.0.0", "::1"]),
    ],
)  # fmt: skip
def test_a_format_takes_what_has_its_form(name: str, good: list[str], bad: list[str]) -> None:
    expression = re.compile(FORMATS[name].expression)  # type: ignore[index]
    assert [text for text in good if not expression.fullmatch(text)] == []
    assert [text for text in bad if expression.fullmatch(text)] == []


def test_every_format_is_tried_and_written_portably() -> None:
    for form in FORMATS.values():
        assert "(?" not in form.expression
        assert "\\d" not in form.expression
        re.compile(form.expression)


@pytest.mark.parametrize("key", sorted(key for key, driver in ENGINES.items() if not driver.sql.matches))
def test_a_store_that_cannot_match_texts_refuses_the_rule(key: str) -> None:
    subject = make_subject(sql=ENGINES[key].sql)
    with pytest.raises(InvalidInput, match="cannot match texts against a pattern") as refusal:
        make_kind("pattern", column="status", format="email", where="id > 1").refuse_sql(subject)
    assert refusal.value.field == "format"
