"""Small requests and files that would grow large: each is refused before it does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.api.problems import FileRefused
from apps.api.yaml_tree import MAX_BYTES, parse
from tests.api.rest import program
from tests.pages import routes
from tests.pages.conftest import World

TENFOLD = "\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
)
LONG_TEXT = f"a: &a {'x' * 1_000_000}\nb: [{', '.join(['*a'] * 1_000)}]"
FILES = {
    "aliases of aliases": (TENFOLD, "more than 200,000"),
    "a long text many times": (LONG_TEXT, "more than 200,000"),
    "depth": ("a: " + "[" * 100_000 + "]" * 100_000, "nested more than 20 levels"),
    "depth of mappings": ("{a: " * 50_000 + "}" * 50_000, "nested more than 20 levels"),
    "size": ("#" * (MAX_BYTES + 1), "at most 2,097,152 are read"),
    "an object of Python": ("a: !!python/object/apply:os.system [id]", "The tag"),
    "another file": ("a: !include /etc/passwd", "The tag"),
}
DEEP = '{"a":' * 100_000 + "1" + "}" * 100_000


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_would_grow_is_refused(name: str) -> None:
    text, words = FILES[name]
    with pytest.raises(FileRefused, match=words):
        parse(text.encode(), file="monitors.yml")


def test_long_texts_that_stand_there_once_are_read() -> None:
    text = "\n".join(f"t{number}: {'x' * 1_000}" for number in range(1_900))
    assert len(parse(text.encode(), file="monitors.yml").values) == 1_900


@pytest.mark.django_db
@pytest.mark.parametrize("body", [DEEP, "[" * 200_000, "9" * 100_000, '{"a": 1e999999}', '"' + "x" * 100_000],
                         ids=["deep objects", "deep lists", "a long number", "a large number", "no end"])  # fmt: skip
def test_no_operation_breaks_down_at_a_body(world: World, body: str) -> None:
    api = program(world.team)
    writes = [each for each in routes.operations() if not each.startswith("GET ")]
    for operation in writes:
        verb, path = operation.split(" ")
        address = "/api/v1" + re.sub(r"\{\w+\}", "1", path)
        answer = api.client.generic(verb, address, body, "application/json", headers=api.headers)
        assert answer.status_code < 500, operation
    scim = api.client.generic("POST", "/scim/v2/Users", body, "application/scim+json", headers=api.headers)
    assert scim.status_code == 401


@pytest.mark.django_db
def test_a_body_that_is_too_large_is_not_read(world: World) -> None:
    api, body = program(world.team), json.dumps({"name": "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE})
    answer = api.client.post("/api/v1/rules", body, "application/json", headers=api.headers)
    assert answer.status_code in (400, 413)
    assert api.client.post("/login/", {"username": "x" * 3_000_000}).status_code in (400, 413)
    fields = {f"f{number}": "x" for number in range(1_100)}
    assert api.client.post("/login/", fields).status_code == 400


@pytest.mark.django_db
def test_nobody_can_fill_the_disk_with_files(client: Client, tmp_path: Path, settings: Any) -> None:
    """Midwatch takes no files, so it stores none, not even for as long as the request takes."""
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    big = SimpleUploadedFile("big.bin", b"x" * 3_000_000)
    assert client.post("/login/", {"username": "a", "password": "b", "file": big}).status_code == 400
    assert not list(tmp_path.iterdir())
