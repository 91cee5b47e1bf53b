from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SiteConfig(AppConfig):
    name = "huying.site"
    label = "huying_site"
    verbose_name = _("站点")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        # Imported for its readers.
        from huying.site import wiring  # noqa: F401
