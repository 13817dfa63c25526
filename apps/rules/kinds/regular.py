"""Regular expressions as all stores understand them. A person's pattern is read, refused where stores differ or a
match may take for ever, and written anew in what PostgreSQL, RE2 (BigQuery, DuckDB), PCRE (MariaDB), ICU (MySQL) and
the extended expressions of POSIX (Redshift, Snowflake) have in common, so that it means the same in each of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

LONGEST = 200
MOST_TIMES = 255  # more repetitions than that are an error in PostgreSQL (its RE_DUP_MAX)
DEEPEST = 10
SPECIAL = frozenset(".^$*+?()[]{}|\\")
SPECIAL_IN_SET = frozenset("\\[]^-&~")
CLASSES = {"d": "0-9", "w": "A-Za-z0-9_", "s": " \t\n\r\f\v"}
CONTROLS = {"n": "\n", "t": "\t", "r": "\r"}
TIMES = re.compile(r"\{(\d{1,4})(,(\d{1,4})?)?\}")


class Piece(NamedTuple):
    """A part as it is written anew; `varies`: something in it is repeated, not always as often."""

    text: str
    varies: bool = False


def portable(pattern: str) -> str:
    """The pattern as all stores understand it, without the ^ and $ around it: it is meant for the whole text. Raises
    ValueError with what to write instead."""
    if len(pattern) > LONGEST:
        raise ValueError(f"may have {LONGEST} characters at most")
    if not pattern.isprintable():
        raise ValueError(r"has a character that cannot be seen; write \n, \t or \s")
    inner = pattern.removeprefix("^")
    ends = inner.endswith("$") and (len(inner) - len(inner[:-1].rstrip("\\"))) % 2 == 1
    reader = _Reader(inner[:-1] if ends else inner)
    written = reader.branches().text
    if reader.rest:
        raise ValueError("has a ) without its (")
    try:
        re.compile(written)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error
    return written


@dataclass
class _Reader:
    text: str
    at: int = 0
    depth: int = 0

    @property
    def rest(self) -> str:
        return self.text[self.at :]

    def take(self, token: str) -> bool:
        if not token or not self.rest.startswith(token):
            return False
        self.at += len(token)
        return True

    def next(self) -> str:
        if not self.rest:
            raise ValueError(r"ends too early; write \\ for a backslash, and close every [ and (")
        self.at += 1
        return self.text[self.at - 1]

    def branches(self) -> Piece:
        pieces = [self.sequence()]
        while self.take("|"):
            pieces.append(self.sequence())
        return Piece("|".join(piece.text for piece in pieces), any(piece.varies for piece in pieces))

    def sequence(self) -> Piece:
        pieces = []
        while self.rest and self.rest[0] not in "|)":
            pieces.append(self.repeated())
        if not pieces:
            raise ValueError("has an empty part; write ? after what may be missing")
        return Piece("".join(piece.text for piece in pieces), any(piece.varies for piece in pieces))

    def repeated(self) -> Piece:
        piece = self.atom()
        times, least, most = self.times()
        if not times:
            return piece
        if self.rest[:1] in ("*", "+", "?", "{"):
            raise ValueError("repeats a repetition, such as +? or ++; write one of * + ? {2,5} after a part")
        if piece.varies and (most is None or most > 1):
            raise ValueError(
                "repeats a group in which a part may be repeated more or less often, which may take for ever; "
                "write a fixed number inside the group, such as {3}"
            )
        return Piece(piece.text + times, piece.varies or most is None or most > max(1, least))

    def times(self) -> tuple[str, int, int | None]:
        """How often the part before stands there: as written, at least and at most (None: as often as you like)."""
        for sign, most in (("*", None), ("+", None), ("?", 1)):
            if self.take(sign):
                return sign, 0, most
        if not self.rest.startswith("{"):
            return "", 1, 1
        found = TIMES.match(self.rest)
        if found is None:
            raise ValueError(r"has a { that is no number of times; write {2}, {2,} or {2,5}, or \{ for the character")
        least, most = int(found[1]), int(found[3]) if found[3] else None if found[2] else int(found[1])
        if max(least, most or 0) > MOST_TIMES or (most is not None and most < least):
            raise ValueError(f"has {found[0]}; write the smaller number first, and {MOST_TIMES} at most")
        self.at += len(found[0])
        return found[0], least, most

    def atom(self) -> Piece:
        sign = self.next()
        if sign == "(":
            return self.group()
        if sign == "[":
            return Piece(self.characters())
        if sign == "\\":
            return Piece(self.escape())
        if sign == ".":
            return Piece("[^\n]")  # in some stores it would take a line break as well
        if sign in "^$":
            raise ValueError(rf"has a {sign} inside; the whole text must match anyway; write \{sign} for the character")
        if sign in "*+?{":
            raise ValueError(rf"has a {sign} with nothing to repeat before it; write \{sign} for the character")
        return Piece(_plain(sign))

    def group(self) -> Piece:
        if self.rest.startswith("?") and not self.take("?:"):
            raise ValueError("has a (?, which not every store knows: no look-arounds, names or flags; write ( or (?:")
        self.depth += 1
        if self.depth > DEEPEST:
            raise ValueError(f"has more than {DEEPEST} groups within each other")
        inner = self.branches()
        if not self.take(")"):
            raise ValueError("has a ( without its )")
        self.depth -= 1
        return Piece(f"({inner.text})", inner.varies)

    def escape(self) -> str:
        sign = self.next()
        if sign in CLASSES:
            return f"[{CLASSES[sign]}]"
        if sign.lower() in CLASSES:
            return f"[^{CLASSES[sign.lower()]}]"
        if sign.isdigit():
            raise ValueError(rf"refers back to a group with \{sign}, which not every store can do")
        return _plain(_escaped(sign))

    def characters(self) -> str:
        """What stands between [ and ]."""
        negated, parts = self.take("^"), list[str]()
        while not self.take("]"):
            if self.rest.startswith("["):
                raise ValueError(r"has a [ within [ ]; write \[ for the character, and \d or a-z for a class")
            first = self.member()
            if len(first) > 1 or not self.rest.startswith("-") or self.rest[1:2] in ("]", ""):
                parts.append(first if len(first) > 1 else _in_set(first))
                continue
            self.take("-")
            last = self.member()
            if len(last) > 1 or last < first:
                raise ValueError(f"has the range {first}-{last}, which is none; write the smaller character first")
            parts.append(f"{_in_set(first)}-{_in_set(last)}")
        if not parts:
            raise ValueError(r"has an empty [ ]; write \[ for the character")
        return f"[{'^' if negated else ''}{''.join(parts)}]"

    def member(self) -> str:
        """A character, or the characters that a class such as \\d stands for."""
        sign = self.next()
        if sign != "\\":
            return sign
        sign = self.next()
        return CLASSES.get(sign) or _escaped(sign)


def _escaped(sign: str) -> str:
    if sign in CONTROLS:
        return CONTROLS[sign]
    if sign.isalnum():
        raise ValueError(
            rf"has \{sign}, which not every store knows; there are \d \w \s, their opposites \D \W \S, \n and \t"
        )
    return sign


def _plain(sign: str) -> str:
    return f"\\{sign}" if sign in SPECIAL else sign


def _in_set(sign: str) -> str:
    return f"\\{sign}" if sign in SPECIAL_IN_SET else sign
