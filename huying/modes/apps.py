from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ModesConfig(AppConfig):
    name = "huying.modes"
    label = "modes"
    verbose_name = _("平急模式")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        """Tell before a switch who would read of which households."""
        from huying.modes import following, households

        following.foresees(households.foresee)
