from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CallsConfig(AppConfig):
    name = "huying.calls"
    label = "calls"
    verbose_name = _("诉求")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        """Calls follow the switches of modes."""
        from huying.calls.actions import modes
        from huying.modes import following

        following.on_switch(modes.follow)
        following.foresees(modes.foresee)
