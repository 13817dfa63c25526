"""What shows that Midwatch itself works."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Heartbeat(models.Model):
    """When a process of Midwatch last did its work. `process` is web, worker, beat, dispatcher, auditor or canary."""

    process = models.CharField(max_length=40)
    host = models.CharField(max_length=200)
    worked_at = models.DateTimeField(help_text="When work was last done, not when the process was last alive.")
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering: ClassVar = ["process", "host"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["process", "host"], name="one_heartbeat_per_process_and_host")
        ]

    def __str__(self) -> str:
        return f"{self.process} on {self.host}"
