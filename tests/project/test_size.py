"""Files and functions stay short, as a rule that a machine keeps."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project.files import python_files, text_of

CODE = python_files("apps", "config", "benchmarks")
TESTS = python_files("tests")
CODE_LINES, TEST_LINES, FUNCTION_LINES = 300, 400, 40


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(text_of(path))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


@pytest.mark.parametrize(("paths", "limit"), [(CODE, CODE_LINES), (TESTS, TEST_LINES)], ids=["code", "tests"])
def test_files_are_short(paths: list[Path], limit: int) -> None:
    lines = {str(path): text_of(path).count("\n") for path in paths}
    assert {path: count for path, count in lines.items() if count >= limit} == {}


def test_functions_are_short() -> None:
    long = {
        f"{path}:{function.lineno} {function.name}": length(function)
        for path in CODE
        for function in functions(path)
        if length(function) >= FUNCTION_LINES
    }
    assert long == {}
