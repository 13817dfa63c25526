"""Bytes that are no YAML, or no YAML that is meant to be read."""

from __future__ import annotations

from typing import Any

import pytest

from apps.api.problems import FileRefused
from apps.api.yaml_tree import MAX_BYTES, Items, Leaf, parse


def refusal(data: bytes) -> str:
    with pytest.raises(FileRefused) as refused:
        parse(data, file="monitors.yml")
    return str(refused.value)


def value(word: str) -> Any:
    leaf = parse(f"key: {word}".encode(), file="monitors.yml").values["key"]
    assert isinstance(leaf, Leaf)
    return leaf.value


@pytest.mark.parametrize("word", ["17:00", "07:00", "yes", "off", "No", "2026-11-21", "20%", "1_000", ".inf", "0x1F"])
def test_words_that_other_readers_misread_are_text(word: str) -> None:
    assert value(word) == word


@pytest.mark.parametrize(
    ("word", "meant"),
    [("true", True), ("False", False), ("null", None), ("~", None), ("", None), ("5432", 5432), ("-1.5e3", -1500.0)],
)
def test_plain_words_mean_what_yaml_1_2_says(word: str, meant: object) -> None:
    assert value(word) == meant
    assert type(value(word)) is type(meant)


@pytest.mark.parametrize("word", ['"true"', "'5432'", '"null"'])
def test_quoted_words_are_text(word: str) -> None:
    assert isinstance(value(word), str)


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"", 1, "The file is empty"),
        (b"# only a comment\n", 1, "The file is empty"),
        (b"- a\n- b\n", 1, "must be a mapping"),
        (b"just text", 1, "must be a mapping"),
        (b"version: 1\nteam: \xff\n", 2, "not UTF-8"),
        ("version: 1\n".encode("utf-16"), 1, "not UTF-8"),
        (b"version: 1\n---\nversion: 1\n", 2, "A second document begins here"),
        (b"rules:\n\t- name: x\n", 2, "Indent with spaces"),
        (b"a: 1\nb: x: y\n", 2, "Text with a ':' needs quotes"),
        (b"a: 1\nb: @x\n", 2, "text that begins with @ needs quotes"),
        (b"a: 1\nb: {c: ${NAME}}\n", 2, 'such as "${NAME}"'),
        (b"a: 1\nb: [c, d\n", 3, "bracket or brace is not closed"),
        (b'a: 1\nb: "c\n', 2, "never closed"),
        (b"a: 1\nb: 'it's'\n", 2, "quote is closed too early"),
        (b"a: 1\nb: \x07\n", 2, "control character"),
        (b'a: 1\nb: "\\0"\n', 2, "NUL"),
        (b'a: 1\nb: "\\ud800"\n', 2, "no character"),
        (b"a: 1\nb: *gone\n", 2, "refers to nothing above"),
        (b"a: 1\nb: &b {c: *b}\n", 2, "refers to nothing above"),
        (b"a: 1\nb: ! 1\n", 2, "is not read here"),
        (b"a: 1\nb: !!python/object:os.system x\n", 2, "is not read here"),
        (b"a: 1\n? [b, c]\n: d\n", 2, "A key must be one word"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(data: bytes, line: int, words: str) -> None:
    message = refusal(data)
    assert message.startswith(f"monitors.yml, line {line}: ")
    assert words in message


def test_a_repeated_key_names_both_lines() -> None:
    assert refusal(b"team: a\nversion: 1\nteam: b\n") == (
        "monitors.yml, line 3: 'team' stands here a second time; the first is in line 1."
    )


def test_a_file_that_is_too_big_is_not_parsed() -> None:
    assert "at most 2,097,152 are read" in refusal(b"#" * (MAX_BYTES + 1))


def test_aliases_that_multiply_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "more than 200,000 values" in refusal("\n".join(lines).encode())


def test_a_small_alias_is_written_out() -> None:
    tree = parse(b"a: &to [x, y]\nb: *to\n", file="monitors.yml")
    assert isinstance(tree.values["b"], Items)
    assert tree.values["b"] == tree.values["a"]


def test_deep_nesting_is_refused() -> None:
    assert "nested more than 20 levels" in refusal(b"a: " + b"[" * 100_000 + b"]" * 100_000)
