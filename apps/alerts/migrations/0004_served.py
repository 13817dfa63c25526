"""Who was served, when times were set, and which event a line of a timeline tells of; lines are only ever added.

PostgreSQL and SQLite refuse to change what a line says. Who wrote it may be forgotten, when the user is removed.
"""

from typing import Any

from django.db import migrations, models

POSTGRES = """
CREATE FUNCTION alerts_timelineentry_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Lines of a timeline are only added.';
END $$;
CREATE TRIGGER alerts_timelineentry_guard BEFORE UPDATE OF incident_id, at, kind, text, event ON alerts_timelineentry
    FOR EACH ROW EXECUTE FUNCTION alerts_timelineentry_guard();
"""
SQLITE = """
CREATE TRIGGER alerts_timelineentry_guard BEFORE UPDATE OF incident_id, at, kind, text, event ON alerts_timelineentry
BEGIN
    SELECT RAISE(ABORT, 'Lines of a timeline are only added.');
END;
"""
UNDO_POSTGRES = """
DROP TRIGGER alerts_timelineentry_guard ON alerts_timelineentry;
DROP FUNCTION alerts_timelineentry_guard();
"""
UNDO_SQLITE = "DROP TRIGGER alerts_timelineentry_guard;"


def guard(_: Any, editor: Any) -> None:
    editor.execute(POSTGRES if editor.connection.vendor == "postgresql" else SQLITE)


def unguard(_: Any, editor: Any) -> None:
    editor.execute(UNDO_POSTGRES if editor.connection.vendor == "postgresql" else UNDO_SQLITE)


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0003_incident_life'),
    ]

    operations = [
        migrations.AddField(
            model_name='delivery',
            name='planned_at',
            field=models.DateTimeField(blank=True, editable=False, help_text='When its times were set last; empty: when it was made.', null=True),
        ),
        migrations.AddField(
            model_name='delivery',
            name='served',
            field=models.JSONField(blank=True, default=dict, editable=False, help_text='How it went for each recipient, where there are several.'),
        ),
        migrations.AddField(
            model_name='timelineentry',
            name='event',
            field=models.CharField(blank=True, editable=False, help_text='The event that it begins, tells or explains.', max_length=120),
        ),
        migrations.RunPython(guard, unguard),
    ]
