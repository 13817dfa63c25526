"""The settings of a process that checks rules and ends, such as `manage.py run_rules`: those of `settings`, fewer apps.

Such a process is started often, and pays for each app at every start. It has our apps up to the layer of rules, and
what their models stand on; what serves pages, signs people in, or stands above rules is left to the other processes.
"""

from django.apps import AppConfig

from config.settings import *  # noqa: F403


class UsersConfig(AppConfig):
    """Django's own config would also load what checks and migrates users."""

    name = "django.contrib.auth"
    default_auto_field = "django.db.models.AutoField"


class ContentTypesConfig(AppConfig):
    """As above."""

    name = "django.contrib.contenttypes"
    default_auto_field = "django.db.models.AutoField"


INSTALLED_APPS = [
    "config.checking.UsersConfig",
    "config.checking.ContentTypesConfig",
    "simple_history",
    "apps.common",
    "apps.teams",
    "apps.connections",
    "apps.summaries",
    "apps.alerts",
    "apps.changes",
    "apps.rules",
]
