from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AppraisalsConfig(AppConfig):
    name = "huying.appraisals"
    label = "appraisals"
    verbose_name = _("双评议")
    default_auto_field = "django.db.models.BigAutoField"
