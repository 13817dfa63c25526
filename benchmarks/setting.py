"""Midwatch itself, set up inside the benchmark's process on a database of its own."""

from __future__ import annotations

import os
from pathlib import Path

import django
from django.core.management import call_command

from config import collector, keys


def start(home: Path, *, database_url: str = "", redis_url: str = "") -> None:
    """Configure Django for this process and the processes that it starts, and migrate."""
    os.environ |= {name: make() for name, make in keys.MAKERS.items()}
    os.environ |= {"MIDWATCH_HOME": str(home), "DJANGO_SETTINGS_MODULE": "config.settings"}
    if database_url:
        os.environ["DATABASE_URL"] = database_url
    if redis_url:
        os.environ["REDIS_URL"] = redis_url
    collector.relax()
    django.setup()
    call_command("migrate", verbosity=0)
