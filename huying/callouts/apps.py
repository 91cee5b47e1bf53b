from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CalloutsConfig(AppConfig):
    name = "huying.callouts"
    label = "callouts"
    verbose_name = _("召集")
    default_auto_field = "django.db.models.BigAutoField"
