#!/usr/bin/env python
"""The command line of Midwatch: `python manage.py help` lists the commands."""

import gc
import os
import sys

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from config import collector

collector.relax()
SETTINGS = {"run_rules": "config.checking"}  # by command; all others have "config.settings"


def main() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS.get(command, "config.settings"))
    try:
        django.setup()
        gc.freeze()  # what is loaded by now stays: no search for garbage goes through it, nor does the one at the end
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # Nearly always a wrong environment variable: the sentence helps, a traceback does not.
        sys.exit(f"Midwatch cannot start: {error}")
    except BrokenPipeError:
        # Whoever reads, such as `head`, has had enough. What is still held back must not fail once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    finally:
        # Going through every object once more at the end would take another tenth of a second. DuckDB's bindings
        # would call all that is then left a leak, at length, on the error output.
        if "duckdb" not in sys.modules:
            gc.freeze()


if __name__ == "__main__":
    main()
