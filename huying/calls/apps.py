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
        from huying.modes import following, report

        following.on_switch(modes.follow)
        following.foresees(modes.foresee)
        report.missing("calls_waiting", _("还没人受理的诉求"), modes.waiting)
        report.missing("calls_late", _("过了期限还没办结的诉求"), modes.late)
