from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportinConfig(AppConfig):
    name = "huying.reportin"
    label = "reportin"
    verbose_name = _("双报到")
    default_auto_field = "django.db.models.BigAutoField"
