"""The admin's app configs: our own site, and no import of admin modules until pages are served."""

from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig


class MidwatchAdminConfig(SimpleAdminConfig):
    default_site = "config.site.MidwatchSite"


class ThemeConfig(AppConfig):
    """The theme's templates and static files. Its own config would load the whole admin at every start."""

    name = "unfold"
