"""What only few use is loaded only where it is used."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.project.files import ROOT

LOADED = (
    "import django; django.setup(); import sys, {module}; print([name for name in {heavy!r} if name in sys.modules])"
)


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("apps.rules.runner", ["openai", "httpx", "apps.summaries.texts", "apps.summaries.generated.guard"]),
        ("apps.alerts.outbox.loop", ["openai", "httpx", "apps.summaries.texts", "apps.summaries.generated.guard"]),
        ("config.urls", ["openai", "httpx"]),
    ],
)
def test_neither_a_check_nor_a_dispatcher_nor_a_page_loads_the_language_model(module: str, heavy: list[str]) -> None:
    command = [sys.executable, "-c", LOADED.format(module=module, heavy=heavy)]
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.splitlines()[-1] == "[]"
