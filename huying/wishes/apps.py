from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WishesConfig(AppConfig):
    name = "huying.wishes"
    label = "wishes"
    verbose_name = _("微心愿")
    default_auto_field = "django.db.models.BigAutoField"
