"""The Celery application and the one list of periodic tasks."""

from __future__ import annotations

import os

from celery import Celery

from config import collector

collector.relax()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("midwatch")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Beat only ticks: which rules are due stands in the database, so a second beat or a lost tick does no harm.
app.conf.beat_schedule = {
    "claim due rules": {"task": "apps.rules.tasks.tick", "schedule": 1.0, "options": {"expires": 5}},
    "read catalogues": {"task": "apps.connections.tasks.tick", "schedule": 5.0, "options": {"expires": 5}},
    "send what waits": {"task": "apps.alerts.tasks.nudge", "schedule": 5.0, "options": {"expires": 5}},
    "write what a model adds": {"task": "apps.alerts.tasks.write_texts", "schedule": 10.0, "options": {"expires": 9}},
    "say that all is well": {"task": "apps.api.tasks.heartbeat", "schedule": 60.0, "options": {"expires": 30}},
    "seal the audit": {"task": "apps.changes.tasks.seal", "schedule": 60.0, "options": {"expires": 50}},
    "send digests": {"task": "apps.api.tasks.digests", "schedule": 60.0, "options": {"expires": 30}},
    "remove old results": {"task": "apps.rules.tasks.remove_old", "schedule": 3600.0, "options": {"expires": 600}},
}
