"""The database itself refuses to change entries of the audit, beyond giving them their place in the chain.

PostgreSQL refuses to delete them as well. SQLite does not: its tests empty tables by DELETE. There the chain shows it.
"""

from typing import Any

from django.db import migrations

POSTGRES = """
CREATE FUNCTION changes_auditentry_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.number IS NULL
        AND to_jsonb(NEW) - 'number' - 'digest' = to_jsonb(OLD) - 'number' - 'digest' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Entries of the audit are never changed or removed.';
END $$;
CREATE TRIGGER changes_auditentry_guard BEFORE UPDATE OR DELETE ON changes_auditentry
    FOR EACH ROW EXECUTE FUNCTION changes_auditentry_guard();
"""
SQLITE = """
CREATE TRIGGER changes_auditentry_guard BEFORE UPDATE ON changes_auditentry
WHEN OLD.number IS NOT NULL OR OLD.sentence <> NEW.sentence OR OLD.at <> NEW.at OR OLD.actor <> NEW.actor
    OR OLD.changes <> NEW.changes OR OLD.act <> NEW.act OR OLD.object_name <> NEW.object_name
BEGIN
    SELECT RAISE(ABORT, 'Entries of the audit are never changed.');
END;
"""
UNDO_POSTGRES = """
DROP TRIGGER changes_auditentry_guard ON changes_auditentry;
DROP FUNCTION changes_auditentry_guard();
"""
UNDO_SQLITE = "DROP TRIGGER changes_auditentry_guard;"


def guard(_: Any, editor: Any) -> None:
    editor.execute(POSTGRES if editor.connection.vendor == "postgresql" else SQLITE)


def unguard(_: Any, editor: Any) -> None:
    editor.execute(UNDO_POSTGRES if editor.connection.vendor == "postgresql" else UNDO_SQLITE)


class Migration(migrations.Migration):
    dependencies = [("changes", "0001_audit")]

    operations = [migrations.RunPython(guard, unguard)]
