"""`manage.py schema`: the grammar of the YAML file as a JSON Schema, for editors and for checks before a commit."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.api.json_schema import schema_text


class Command(BaseCommand):
    help = "Print the JSON Schema (draft 2020-12) of the YAML file."
    requires_system_checks = ()

    def handle(self, **_: Any) -> None:
        self.stdout.write(schema_text(), ending="")
